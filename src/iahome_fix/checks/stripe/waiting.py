"""How many payment events wait for a delivery, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix.domain.money import UNDER_WAY
from iahome_fix.facts import sales
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.stripe_objects import Event

AGES = (
    ("under_5_minutes", UNDER_WAY),
    ("under_3_days", timedelta(days=3)),
    ("under_15_days", timedelta(days=15)),
    ("under_30_days", timedelta(days=31)),
)
"""Each age and its end. Stripe tries by itself for three days, its dashboard sends again for 15, and the API
keeps events for 30 (Stripe, Webhooks and Events)."""


def waiting(ctx: Seen) -> dict[str, Any] | None:
    """`{"count": n, "by_age": {…}}` of the last 30 days; None when Stripe was not asked or did not tell."""
    found = sales.waiting.or_none(ctx, (COMPLETED,))
    return None if found is None else by_age(sales.undelivered(ctx), sales.now(ctx))


def by_age(events: Iterable[Event], now: datetime) -> dict[str, Any]:
    """The events counted by age; each is in one group."""
    counted = dict.fromkeys((name for name, _end in AGES), 0)
    for event in events:
        age = now - event.created
        counted[next((name for name, end in AGES if age < end), AGES[-1][0])] += 1
    return {"count": sum(counted.values()), "by_age": counted}
