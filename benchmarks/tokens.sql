-- Tokens as years of sales leave them behind, made inside the server. Parameter: tokens (integer).
-- One customer for five tokens. Of a thousand tokens about 50 repeat the module of the one before, 30 are over, 10 have
-- no owner and 5 no module; a third of the rest has no end.
alter table auth.users disable trigger user;

insert into auth.users (id, email)
select md5('customer ' || n)::uuid, 'customer' || n || '@example.test'
  from generate_series(0, greatest(%(tokens)s::integer / 5, 1) - 1) n;

insert into public.profiles (id, email)
select u.id, u.email from auth.users u;

alter table auth.users enable trigger user;

insert into public.modules (id, title, category, price)
select n, 'Module ' || n, 'IA PHOTO', 9.90 from generate_series(1, 50) n;

insert into public.access_tokens (name, module_id, module_name, created_by, expires_at, created_at)
select 'Token ' || n,
       case when n %% 200 = 3 then null else 1 + (n / 5 + n - case when n %% 20 = 7 then 1 else 0 end) %% 50 end,
       'Module',
       case when n %% 100 = 5 then null else md5('customer ' || n / 5)::uuid::text end,
       case when n %% 33 = 0 then (now() at time zone 'utc') - interval '1 day'
            when n %% 3 > 0 then (now() at time zone 'utc') + interval '90 days' + n * interval '1 second'
       end,
       (now() at time zone 'utc') - interval '300 days' + n * interval '1 second'
  from generate_series(0, %(tokens)s::integer - 1) n;
