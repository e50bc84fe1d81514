-- (within a block) Nothing of a transaction is kept where what it wrote is not there, which would make a part look like the
-- whole, nor where others lost what they had for it (repair/gone). Mark: missing, how many are not there.
if /* missing */ > 0 then
  raise exception '% accesses were written and are not there', /* missing */ using errcode = 'IF004';
end if;
if coalesce(nullif(current_setting('iahome_fix.gone', true), ''), '0')::integer > 0 then
  raise exception '% other accesses were taken away for those that were written', current_setting('iahome_fix.gone')
    using errcode = 'IF004';
end if;
