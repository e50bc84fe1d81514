"""G04: a unique index on the session lets a payment bring one module only."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import World


def carol_buys_two(world: World) -> None:
    world.buys("carol", 6, 13)


FAULT = Fault(
    what="of two modules that were paid together the second is refused (23505)",
    inject=(
        sql(
            """
            delete from public.module_access where module_id = 13;
            delete from public.payments where session_id = 'cs_live_bob';
            create unique index once on public.module_access ((metadata ->> 'session_id'))
            """
        ),
    ),
    cause="schema.grant-accepted",
    says="the unique index once refuses the second module of one payment (23505)",
    before={"carol": ["6"], "bob": ["6"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    then=carol_buys_two,
    follows_hint=True,
    after={"carol": ["6", "13"]},
)
