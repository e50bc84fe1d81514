"""What Stripe's own deliveries say of the route: they weigh more than what one machine was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.stripe.undelivered import not_delivered
from iahome_fix.facts import sales
from iahome_fix.facts.seen import derived
from iahome_fix.facts.webhook import expected_url, registered
from iahome_fix.systems import webhook_urls
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.facts.seen import Seen

_FROM_HERE = ("timeout", "network", "closed")
BY_DELIVERIES = "by_deliveries"
"""The key in the evidence of what cannot be told from here, though deliveries say that it works."""


def work(ctx: Seen) -> datetime | None:
    """When that was paid of which the newest delivery left a row; None where nothing proves deliveries.

    They prove the route as long as the endpoint of this address is enabled and none of its events has waited
    since, in the 30 days that Stripe keeps them. What cannot be read proves nothing.
    """
    return _newest.or_none(ctx)


def meets_only_us(status: int | None, reason: str | None, *, challenge: bool) -> bool:
    """Whether such an answer may be for this machine alone: a challenge, a limit, no way through."""
    if status is None:
        return reason in _FROM_HERE
    return (challenge or status in (403, 429)) and status >= 400


@derived
def _newest(ctx: Seen) -> datetime | None:
    ours = registered(ctx)
    exact = ours is not None and not webhook_urls.differences(expected_url(ctx), ours.url)
    if ours is None or not (exact and ours.enabled and ours.receives(COMPLETED)):
        return None
    since = sales.now(ctx) - sales.EVENTS_KEPT
    if ours.as_it_is_since:
        since = max(since, ours.as_it_is_since)
    last = sales.written(ctx).last
    if last is None or last < since:
        return None
    waiting = not_delivered(ctx)
    if waiting and any(s.session.id in waiting and s.session.created > last for s in sales.sales(ctx)):
        return None
    return last
