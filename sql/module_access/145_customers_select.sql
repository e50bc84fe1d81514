-- title: A signed-in customer may select
-- why: The page reads with the login of the customer; a policy alone lets nobody in.
-- check: permissions.owner-reads
-- detect
-- The right is given where that shows own rows and no more: by the policy of 130, or one that says the same, also for
-- who has the rights of authenticated. Where another decides, a person gives it (147).
select 'authenticated' as item,
       case when to_regclass('public.module_access') is null then 'no select'
            else 'no select (' || string_agg(w.name, ', ' order by w.place) || ')' end as detail
  from (/* include schema/unselectable */) w
 where /* include schema/customers_see_no_more */
having count(*) > 0;
-- repair
-- Where columns were granted one by one, the ones that the page asks for are added, else the table.
do $$
declare
  lacking text;
begin
  select string_agg(format('%I', w.name), ', ' order by w.place) into lacking
    from (/* include schema/unselectable */) w;
  if lacking is not null and /* include schema/customers_see_no_more */ then
    if exists (select from pg_catalog.pg_attribute a cross join aclexplode(a.attacl) x
                where a.attrelid = 'public.module_access'::regclass and not a.attisdropped
                  and x.privilege_type = 'SELECT' and x.grantee = 'authenticated'::regrole) then
      execute format('grant select (%s) on public.module_access to authenticated', lacking);
    else
      grant select on public.module_access to authenticated;
    end if;
  end if;
end $$;
