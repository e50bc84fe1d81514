-- IAHome as its operator had it when the guide was written: module_access was never created.
-- Runs as `postgres`. The grants are explicit, so the tables are the same in every regime of default privileges.
create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  email text not null unique,
  role text default 'user' check (role in ('user', 'admin')),
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now()
);

create table public.modules (
  id serial primary key,
  title character varying(255) not null,
  description text,
  category character varying(100) default 'AI Tools',
  price numeric(10, 2) default 0,
  youtube_url text,
  url text,
  created_at timestamp without time zone default now(),
  updated_at timestamp without time zone default now()
);

create table public.access_tokens (
  id text primary key default gen_random_uuid()::text,
  name character varying(255) not null,
  description text,
  module_id integer references public.modules (id) on delete cascade,
  module_name character varying(100) not null,
  access_level character varying(50) default 'basic',
  permissions text[] default array['access'],
  max_usage integer default 1000,
  current_usage integer default 0,
  is_active boolean default true,
  created_by character varying(255),
  expires_at timestamp without time zone,
  jwt_token text,
  last_used_at timestamp without time zone,
  usage_log jsonb default '[]'::jsonb,
  metadata jsonb default '{}'::jsonb,
  created_at timestamp without time zone default now()
);
create index idx_access_tokens_module_id on public.access_tokens (module_id);
create index idx_access_tokens_is_active on public.access_tokens (is_active);
create index idx_access_tokens_expires_at on public.access_tokens (expires_at);

create table public.user_applications (
  id serial primary key,
  user_id character varying(255) not null,
  module_id integer references public.modules (id) on delete cascade,
  module_title character varying(255) not null,
  access_level character varying(50) default 'basic',
  is_active boolean default true,
  expires_at timestamp without time zone,
  created_at timestamp without time zone default now()
);

create table public.payments (
  id bigserial primary key,
  session_id text,
  customer_email text,
  amount integer,
  currency text,
  status text,
  module_id text,
  metadata jsonb default '{}'::jsonb,
  created_at timestamp with time zone default now()
);

-- A sign-up makes the profile. The app's function swallows every error, so that a sign-up never fails,
-- which is also how an account comes to have no profile.
create function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, email) values (new.id, new.email);
  return new;
exception when others then
  raise warning 'no profile for the new user: %', sqlstate;
  return new;
end
$$;
revoke execute on function public.handle_new_user() from public, anon, authenticated;
create trigger on_auth_user_created after insert on auth.users
  for each row execute function public.handle_new_user();

alter table public.profiles enable row level security;
alter table public.modules enable row level security;
alter table public.access_tokens enable row level security;
alter table public.user_applications enable row level security;
alter table public.payments enable row level security;

create policy "own profile" on public.profiles
  for select to authenticated using (id = (select auth.uid()));
create policy "modules are public" on public.modules
  for select to anon, authenticated using (true);
create policy "own tokens" on public.access_tokens
  for select to authenticated using (created_by = (select auth.uid())::text);
create policy "own applications" on public.user_applications
  for select to authenticated using (user_id = (select auth.uid())::text);

revoke all on public.profiles, public.modules, public.access_tokens, public.user_applications, public.payments
  from anon, authenticated, service_role;
revoke all on sequence public.modules_id_seq, public.user_applications_id_seq, public.payments_id_seq
  from anon, authenticated, service_role;
grant select, insert, update, delete
  on public.profiles, public.modules, public.access_tokens, public.user_applications, public.payments
  to service_role;
grant usage, select
  on sequence public.modules_id_seq, public.user_applications_id_seq, public.payments_id_seq
  to service_role;
grant select on public.profiles, public.modules, public.access_tokens, public.user_applications to authenticated;
grant select on public.modules to anon;
