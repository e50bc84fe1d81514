-- (an expression) The line by which the database says that a run made a change of the schema, which its journal has to agree
-- with. A constraint is the same before it is checked and after. Marks: run, item, was, now.
concat_ws(' ', 'iahome-fix', /* run */, left(md5(/* item */), 8),
          left(md5(jsonb_build_array(/* run */, /* item */, regexp_replace(/* was */, ' NOT VALID$', ''),
                                     regexp_replace(/* now */, ' NOT VALID$', ''))::text), 16))
