"""D20, a decoy: the modules and the profiles are views over tables elsewhere, and everything works."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the app reads the views as it would read tables",
    inject=(
        sql(
            """
            create schema private;
            alter table public.modules rename to modules_base;
            create view public.modules with (security_invoker = on) as select * from public.modules_base;
            grant select on public.modules to anon, authenticated, service_role;
            alter table public.profiles set schema private;
            create view public.profiles as select * from private.profiles where true;
            grant select on public.profiles to authenticated, service_role
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"], "alice": ["15"]},
    statuses={
        "payments.unfulfilled": "ok",
        "permissions.service-role": "ok",
        "site.webhook-handler": "ok",
    },
)
