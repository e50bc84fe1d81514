-- The baseline: one plain INSERT … SELECT as in the operator's guide, with the two things without which it stops half
-- way: tokens that have nobody, or nothing, to give are left out, and so is the second token for a module.
insert into public.module_access (user_id, module_id, access_type, token_id, expires_at, is_active, metadata)
select t.created_by, t.module_id, 'token', t.id, t.expires_at, t.is_active,
       jsonb_build_object('token_id', t.id, 'created_from_token', true)
  from public.access_tokens t
 where t.is_active = true
   and t.created_by is not null
   and t.module_id is not null
   and not exists (select 1 from public.module_access a
                    where a.user_id = t.created_by and a.module_id = t.module_id and a.is_active = true)
    on conflict do nothing
