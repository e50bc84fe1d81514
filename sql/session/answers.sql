-- What sql/session/wave.sql put there.
select current_setting('iahome_fix.answers') as answers
