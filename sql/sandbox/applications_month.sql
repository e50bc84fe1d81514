-- From the tables of the guide's time to those of 2026: ids of modules are text slugs, and user_applications was made
-- anew, with a uuid for its key, for the login, and with time zones. module_access was never there.
alter table public.access_tokens drop constraint if exists access_tokens_module_id_fkey;
drop table public.user_applications;
alter table public.modules alter column id drop default;
alter table public.modules alter column id type text using id::text;
drop sequence if exists public.modules_id_seq;
alter table public.access_tokens alter column module_id type text using module_id::text;
update public.access_tokens as t set module_id = lower(replace(m.title, ' ', ''))
  from public.modules as m where m.id = t.module_id;
update public.modules set id = lower(replace(title, ' ', ''));

create table public.user_applications (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  module_id character varying(50) not null,
  module_title character varying(255) not null,
  access_level character varying(50) default 'standard',
  is_active boolean default true,
  usage_count integer default 0,
  max_usage integer default 0,
  expires_at timestamp with time zone,
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now()
);
create index idx_user_applications_user_id on public.user_applications (user_id);
alter table public.user_applications enable row level security;
create policy "own applications" on public.user_applications
  for select to authenticated using (user_id = (select auth.uid()));
revoke all on public.user_applications from anon, authenticated, service_role;
grant select, insert, update, delete on public.user_applications to service_role;
grant select on public.user_applications to authenticated;
