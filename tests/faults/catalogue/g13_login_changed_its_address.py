"""G13: the login got a new address, and its profile kept the old one."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql
from tests.faults.world import World


def buys_as_she_logs_in(world: World) -> None:
    world.buys("carol", 15, email="carol.new@example.test")


FAULT = Fault(
    what="neither the handler nor the page finds a profile of the new address",
    inject=(
        sql(
            """
            update auth.users set email = 'carol.new@example.test' where email = 'carol@example.test'
            """
        ),
    ),
    cause="data.profile-email",
    says="1 profile has another e-mail than its login",
    before={"carol.new": "profile:PGRST116(0)"},
    quiet=("payments.unknown-customer",),
    then=buys_as_she_logs_in,
    follows_hint=True,
    repair=(resend,),
    after={"carol.new": ["15"]},
)
