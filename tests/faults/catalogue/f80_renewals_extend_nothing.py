"""F80: the subscription of an invoice is in a field that the handler does not read."""

from __future__ import annotations

from tests.faults.model import Fault, nobody_buys
from tests.faults.world import World, ago


def first_month(world: World) -> None:
    """Carol subscribed a month ago, and the handler gave her the first term."""
    bought = world.paid("carol", 15, when=ago(days=31))
    world.endpoint.enabled_events = [*world.endpoint.enabled_events, "invoice.paid"]
    world.stripe.subscribe(**bought, subscription="sub_carol")
    world.sql(
        "insert into public.module_access (user_id, module_id, expires_at, created_at, updated_at, metadata)"
        " select id, 15, now() at time zone 'utc' - interval '28 days',"
        " now() at time zone 'utc' - interval '31 days', now() at time zone 'utc' - interval '31 days',"
        " '{\"session_id\": \"cs_live_carol\"}' from public.profiles where email = 'carol@example.test'"
    )


def renewed(world: World) -> None:
    """Her renewal of an hour ago was paid."""
    world.stripe.add_invoice("sub_carol", id="in_carol", created=ago(hours=1))


FAULT = Fault(
    what="renewal invoices carry the subscription in a field that the handler does not read",
    inject=[first_month, renewed],
    then=nobody_buys,
    cause="payments.renewals",
    says="renewals are paid and extend nothing: 1 invoice (9.90 EUR) gave no access",
    hint="parent.subscription_details.subscription",
    fix="reconcile",
    before={"carol": []},
    after={"carol": ["15"]},
)
