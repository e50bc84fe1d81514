-- A large module_access as the operator's guide made it: no index but the key.
create table public.module_access (
  id serial primary key,
  user_id varchar(255) not null,
  module_id integer references public.modules (id) on delete cascade,
  access_type varchar(50) default 'purchase',
  token_id varchar(255),
  expires_at timestamp,
  is_active boolean default true,
  created_at timestamp default current_timestamp,
  updated_at timestamp default current_timestamp,
  metadata jsonb default '{}'::jsonb);
insert into public.modules (id, title) values (6, 'Cogstudio'), (13, 'ruinedfooocus');
insert into public.module_access (user_id, module_id) select 'customer ' || n, 6 from generate_series(1, %(rows)s) n
