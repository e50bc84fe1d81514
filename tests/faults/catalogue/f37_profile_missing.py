"""F37: a customer has a login but no profile."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="the trigger at sign-up failed, and hid it",
    inject=(sql("delete from public.profiles where email = 'carol@example.test'"),),
    cause="data.profiles-missing",
    says="1 customer has a login but no profile",
    before={"carol": "profile:PGRST116(0)"},
    hint="insert into public.profiles (id, email) select u.id",
    quiet=("payments.unknown-customer",),
    follows_hint=True,
    repair=(resend,),
    after={"carol": ["15"]},
)
