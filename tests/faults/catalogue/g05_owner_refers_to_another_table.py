"""G05: user_id refers to a table that does not have everybody."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

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
    repair=(sql("alter table public.module_access drop constraint of_members"), resend),
    after={"carol": ["15"]},
)
