-- title: The foreign key is checked against the rows that were there before it
-- why: PostgreSQL relies on a foreign key, and says so to others, only once all rows were held against it.
-- check: schema.foreign-key
-- needs: table
-- detect
-- Rows of a module that is gone stay as they are, and the foreign key unchecked. A foreign key of another name is
-- another's; one that is due, 070 is about to make.
select 'module_id' as item, 'the rows that were there before were not checked' as detail
 where (/* include schema/module_key_is_unchecked */
        or /* include schema/module_key_is_due */)
   and /* include schema/modules_are_there */;
-- repair
do $$
begin
  if /* include schema/module_key_is_unchecked */
     and /* include schema/modules_are_there */ then
    alter table public.module_access validate constraint module_access_module_id_fkey;
  end if;
end $$;
