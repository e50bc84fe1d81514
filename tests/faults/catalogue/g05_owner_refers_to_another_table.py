"""G05: user_id refers to a table that does not have everybody."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="23503 for whoever is not in it",
    inject=(
        sql(
            """
            create table public.members (id text primary key);
            insert into public.members select distinct user_id from public.module_access;
            alter table public.module_access add constraint of_members
              foreign key (user_id) references public.members (id)
            """
        ),
    ),
    cause="schema.grant-accepted",
    says="the foreign key of_members lets user_id only have values of members, which lacks 1 of 3",
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    follows_hint=True,
    after={"carol": ["15"]},
)
