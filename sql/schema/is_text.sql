-- Column a takes the ids of customers as text. A domain over text is compared as text, too; whether it takes the values
-- is grant-accepted's.
(a.atttypid = 'text'::regtype
 or a.atttypid = 'varchar'::regtype and (a.atttypmod = -1 or a.atttypmod >= 255 + 4)
 or exists (select from pg_catalog.pg_type d
             where d.oid = a.atttypid and d.typtype = 'd'
               and (d.typbasetype = 'text'::regtype
                    or d.typbasetype = 'varchar'::regtype and (d.typtypmod = -1 or d.typtypmod >= 255 + 4))))
