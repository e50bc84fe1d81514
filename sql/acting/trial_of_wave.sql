-- (in session/wave) A question of the wave that is a trial is asked as its role.
if asked ->> 'trial' is not null then
  perform set_config('iahome_fix.trial', asked ->> 'trial', true);
  /* include acting/becoming */
end if;
