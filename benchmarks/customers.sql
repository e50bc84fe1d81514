-- So many customers, each with accesses to three modules that were given at different times, and every tenth with a
-- token. Parameters: customers, accesses (integers).
alter table auth.users disable trigger user;
insert into auth.users (id, email)
select md5('customer ' || n)::uuid, 'customer' || n || '@example.test' from generate_series(1, %(customers)s) n;
insert into public.profiles (id, email) select u.id, u.email from auth.users u on conflict do nothing;
insert into public.modules (id, title) select n, 'module ' || n from generate_series(1, 20) n on conflict do nothing;
insert into public.module_access (user_id, module_id, expires_at, is_active, created_at, updated_at, metadata)
select md5('customer ' || 1 + n %% %(customers)s)::uuid::text, 1 + n / %(customers)s %% 20,
       (now() at time zone 'utc') + ((n %% 200) - 100) * interval '1 hour', true,
       (now() at time zone 'utc') + ((n %% 200) - 172) * interval '1 hour',
       (now() at time zone 'utc') + ((n %% 200) - 172) * interval '1 hour',
       jsonb_build_object('session_id', 'cs_' || n)
  from generate_series(0, %(accesses)s - 1) n
    on conflict do nothing;
analyze;
