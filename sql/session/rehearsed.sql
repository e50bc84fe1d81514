-- What a rehearsal is told before it acts: the sale, as one JSON object.
select set_config('iahome_fix.sale', %(sale)s::text, true)
