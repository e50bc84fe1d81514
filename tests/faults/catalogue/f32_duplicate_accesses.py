"""F32: no unique index, and several active rows for one customer and module."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import ALICE, World


def both(world: World) -> None:
    """Carol buys, and Alice's event is delivered a second time."""
    world.buys("carol", 15)
    world.resend("alice")


FAULT = Fault(
    what="the handler takes two rows for none, so that every delivery adds one",
    inject=(
        sql(
            f"""
            drop index public.idx_module_access_unique_user_module;
            insert into public.module_access (user_id, module_id, expires_at)
            values ('{ALICE}', 15, now() + interval '3 days')
            """
        ),
    ),
    cause="schema.one-active-access",
    says="1 pair of customer and module has several active rows",
    then=both,
    before={"alice": ["15", "15", "15"]},
    fix="migrate",
    after={"alice": ["15"], "carol": ["15"]},
)
