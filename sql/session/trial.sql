-- What a trial is told before it acts: role, claims, and which tables its statement touches, as one JSON object.
select set_config('iahome_fix.trial', %(trial)s::text, true)
