-- Data as they are in life, on top of sandbox/iahome: a dozen customers, and every kind of token that a naive
-- backfill trips over. The Checkout Sessions that go with it are in iahome_fix/sandbox/world.py; every customer
-- and module that is paid for there has a token here that outlasts the term bought. Runs as `postgres`.
insert into public.modules (id, title, category, price, url) values
  (3, 'Metube', 'WEB TOOLS', 0, 'https://metube.example.test'),
  (6, 'Cogstudio', 'IA PHOTO', 9.90, 'https://cogstudio.example.test'),
  (8, 'Invoke', 'IA PHOTO', 9.90, 'https://invoke.example.test'),
  (13, 'ruinedfooocus', 'IA PHOTO', 9.90, 'https://ruinedfooocus.example.test'),
  (15, 'Stable diffusion', 'IA VIDEO', 9.90, 'https://stablediffusion.example.test');
select setval('public.modules_id_seq', 19);

-- The trigger on auth.users makes the profiles.
insert into auth.users (id, aud, role, email, email_confirmed_at, created_at, updated_at)
select customer.id::uuid, 'authenticated', 'authenticated', customer.email,
  now() - interval '40 days', now() - interval '40 days', now() - interval '40 days'
from (values
  ('11111111-aaaa-4000-8000-000000000001', 'amelie.durand@example.test'),
  ('11111111-aaaa-4000-8000-000000000002', 'bastien.leroy@example.test'),
  ('11111111-aaaa-4000-8000-000000000003', 'chloe.martin@example.test'),
  ('11111111-aaaa-4000-8000-000000000004', 'david.nguyen@example.test'),
  ('11111111-aaaa-4000-8000-000000000005', 'elodie.petit@example.test'),
  ('11111111-aaaa-4000-8000-000000000006', 'farid.benali@example.test'),
  ('11111111-aaaa-4000-8000-000000000007', 'gaelle.robin@example.test'),
  ('11111111-aaaa-4000-8000-000000000008', 'hugo.moreau@example.test'),
  ('11111111-aaaa-4000-8000-000000000009', 'ines.garcia@example.test'),
  ('11111111-aaaa-4000-8000-000000000010', 'julien.fabre@example.test'),
  ('11111111-aaaa-4000-8000-000000000011', 'karim.haddad@example.test'),
  ('11111111-aaaa-4000-8000-000000000012', 'lea.bernard@example.test')
) as customer (id, email);

-- A module was deleted at a time when nothing guarded the tokens; the guard was put back for new rows only.
alter table public.access_tokens drop constraint access_tokens_module_id_fkey;

insert into public.access_tokens (name, module_id, module_name, created_by, is_active, expires_at, created_at)
select token.name, token.module_id, coalesce(m.title, 'module'),
  case when token.owner is null then null else '11111111-aaaa-4000-8000-0000000000' || token.owner end,
  token.is_active,
  timezone('utc', now()) + token.ends_in,
  timezone('utc', now()) - token.age
from (values
  -- the ordinary ones: paid for (see world.py), or given by hand
  ('Accès Amélie',            15,   '01', true,  interval '4 days',   interval '5 hours'),
  ('Accès Bastien',            6,   '02', true,  interval '5 days',   interval '26 hours'),
  ('Accès Bastien',           13,   '02', true,  interval '30 days',  interval '26 hours'),
  ('Accès Chloé',              8,   '03', true,  null,                interval '49 hours'),
  ('Accès Farid',             15,   '06', true,  interval '10 days',  interval '12 hours'),
  ('Accès Karim',              6,   '11', true,  null,                interval '20 days'),
  -- two for one customer and module: the longer one counts, though it is the older
  ('Accès David',             13,   '04', true,  interval '20 days',  interval '58 hours'),
  ('Accès David (bis)',       13,   '04', true,  interval '2 days',   interval '50 hours'),
  -- a free module: no Checkout Session exists for it
  ('Accès Élodie',             3,   '05', true,  null,                interval '8 days'),
  -- still marked active, though its term is over
  ('Accès Gaëlle',             6,   '07', true,  interval '-6 days',  interval '9 days'),
  -- taken away when the payment was refunded
  ('Accès Hugo',               8,   '08', false, interval '5 days',   interval '20 hours'),
  -- the app's own initial data: nobody owns it
  ('Token formation IAHome',   3,   null, true,  null,                interval '90 days'),
  ('Accès Julien',          null,   '10', true,  interval '60 days',  interval '15 days'),
  ('Accès Julien (ancien)',   11,   '10', true,  interval '60 days',  interval '70 days'),
  -- an account that was deleted: this owner is in no table
  ('Accès compte supprimé',    8,   '99', true,  interval '45 days',  interval '33 days')
) as token (name, module_id, owner, is_active, ends_in, age)
left join public.modules as m on m.id = token.module_id
order by token.age desc, token.module_id;

alter table public.access_tokens add constraint access_tokens_module_id_fkey
  foreign key (module_id) references public.modules (id) on delete cascade not valid;

-- What the webhook noted before its grant failed.
insert into public.payments (session_id, customer_email, amount, currency, status, module_id, created_at) values
  ('cs_test_bastien', 'bastien.leroy@example.test', 1980, 'eur', 'succeeded', '6', now() - interval '26 hours'),
  ('cs_test_david', 'david.nguyen@example.test', 990, 'eur', 'succeeded', '13', now() - interval '58 hours'),
  ('cs_test_hugo', 'hugo.moreau@example.test', 990, 'eur', 'succeeded', '8', now() - interval '20 hours'),
  ('cs_test_gaelle', 'gaelle.robin@example.test', 990, 'eur', 'succeeded', '6', now() - interval '9 days');
