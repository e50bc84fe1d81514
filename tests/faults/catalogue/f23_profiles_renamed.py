"""F23: the table profiles is called users."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="neither handler nor page finds anybody",
    inject=(sql("alter table public.profiles rename to users"),),
    cause="schema.profiles",
    says="the table profiles does not exist, but users does",
    before={"carol": "profile:42P01", "alice": "profile:42P01"},
    hint="alter table public.users rename to profiles",
    quiet=("permissions.owner-reads", "data.orphans", "payments.unfulfilled", "payments.unknown-customer"),
    repair=(sql("alter table public.users rename to profiles"), resend),
    after={"carol": ["15"], "alice": ["15"]},
)
