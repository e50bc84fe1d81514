"""D11, a decoy: checks, indexes and references that every purchase meets."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="none of them refuses the row of the handler",
    inject=(
        sql(
            """
            alter table public.module_access
              add constraint kinds check (access_type in ('purchase', 'token', 'admin')),
              add constraint dates check (expires_at is null or expires_at > '2020-01-01'),
              add constraint named check (metadata ->> 'session_id' <> '' or token_id is not null);
            create unique index once on public.module_access ((metadata ->> 'session_id'), module_id);
            create unique index one_token on public.module_access (token_id);
            create table public.members (id text primary key);
            insert into public.members select id::text from public.profiles;
            alter table public.module_access add constraint of_members
              foreign key (user_id) references public.members (id);
            alter table public.module_access alter column id type bigint;
            alter sequence public.module_access_id_seq as bigint;
            select setval('public.module_access_id_seq', 9000000000000)
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"]},
)
