"""G04: a unique index lets each customer have a single access."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import BOB, World


def carol_buys_twice(world: World) -> None:
    world.buys("carol", 6, id="cs_live_first")
    world.buys("carol", 15)


FAULT = Fault(
    what="the customer's second module is refused (23505)",
    inject=(
        sql(
            f"""
            delete from public.access_tokens;
            update public.module_access set is_active = false,
                   metadata = metadata || '{{"revoked_by": "admin"}}'
             where user_id = '{BOB}' and module_id = 6;
            create unique index one_each on public.module_access (user_id) where is_active
            """
        ),
    ),
    then=carol_buys_twice,
    cause="schema.grant-accepted",
    says="the unique index one_each refuses a second module for the same customer (23505)",
    before={"carol": ["6"]},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    statuses={"data.deactivated": "warn"},
    follows_hint=True,
    after={"carol": ["6", "15"]},
)
