-- title: A signed-in customer may select, where policies of others decide what
-- why: The right lets the customer see whatever those policies show; nobody but their author knows whether that is meant.
-- check: permissions.owner-reads
-- only: a person
-- needs: table
-- detect
select 'authenticated' as item,
       'no right to select, and what it would show is decided by '
       || (select string_agg(p.name, ', ' order by p.name) from (/* include schema/customers_policies */) p) as detail,
       'grant select on public.module_access to authenticated' as statement
 where exists (/* include schema/unselectable */)
   and not /* include schema/customers_see_no_more */;
