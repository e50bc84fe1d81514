"""F37: a customer has a login but no profile."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql
from tests.faults.world import World


def as_the_hint_says(world: World) -> None:
    hint = world.look().check("data.profiles-missing")["hint"]
    world.sql(hint.removeprefix("in the SQL editor: ").partition("; then look")[0])


FAULT = Fault(
    what="the trigger at sign-up failed, and hid it",
    inject=(sql("delete from public.profiles where email = 'carol@example.test'"),),
    cause="data.profiles-missing",
    says="1 customer has a login but no profile",
    before={"carol": "profile:PGRST116(0)"},
    hint="insert into public.profiles (id, email) select u.id",
    quiet=("payments.unknown-customer",),
    repair=(as_the_hint_says, resend),
    after={"carol": ["15"]},
)
