"""The customer's Checkout Sessions, what became of the money, and of the events about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from iahome_fix.domain import money as domain_money
from iahome_fix.domain.money import UNDER_WAY
from iahome_fix.domain.verdicts import JUDGED
from iahome_fix.facts import sales
from iahome_fix.facts.webhook import registered
from iahome_fix.systems.stripe_objects import ASYNC_SUCCEEDED, COMPLETED, RENEWED

if TYPE_CHECKING:
    from iahome_fix.explain.account import Bought
    from iahome_fix.facts.context import Context
    from iahome_fix.systems.stripe_objects import Endpoint, Event
    from iahome_fix.systems.stripe_payments import Payment

TYPES = (
    COMPLETED,
    ASYNC_SUCCEEDED,
    *RENEWED,
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)


class Money(StrEnum):
    """What became of a session."""

    PAID = "paid"
    FREE = "free"
    UNPAID = "unpaid"
    OPEN = "open"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly-refunded"
    DISPUTED = "disputed"


_ALIKE = {
    domain_money.Money.SETUP: Money.FREE,
    domain_money.Money.UNPAID: Money.UNPAID,
    domain_money.Money.REFUNDED: Money.REFUNDED,
    domain_money.Money.DISPUTED: Money.DISPUTED,
}


class Delivery(StrEnum):
    """What became of the event that says a session is complete.

    `settled`: nothing waits; that nobody was to get it looks the same. `forgotten`: older than the 30 days
    for which Stripe keeps events. `unknown`: the events could not be read.
    """

    SETTLED = "settled"
    PENDING = "pending"
    NO_EVENT = "no-event"
    FORGOTTEN = "forgotten"
    UNKNOWN = "unknown"
    NOT_DUE = "not-due"


@dataclass(frozen=True)
class Events:
    """What Stripe still knows: events about the customer's sessions, newest first, and who is to get them.

    `found` and `endpoint` are None where they could not be read, or there is no endpoint for this site.
    """

    now: datetime
    found: tuple[Event, ...] | None
    endpoint: Endpoint | None

    def about(self, session: Payment) -> tuple[Event, ...]:
        return tuple(event for event in self.found or () if event.object_id == session.id)

    def completed(self, session: Payment) -> Event | None:
        """The event that the handler acts on."""
        return next((event for event in self.about(session) if event.type in (COMPLETED, *RENEWED)), None)

    def delivery(self, session: Payment) -> Delivery:
        if session.status != "complete":
            return Delivery.NOT_DUE
        event = self.completed(session)
        if event is not None:
            return Delivery.PENDING if event.pending_webhooks else Delivery.SETTLED
        # A session is completed up to a day after it was opened, and its charge says when.
        if session.moment <= self.now - sales.EVENTS_KEPT:
            return Delivery.FORGOTTEN
        return Delivery.UNKNOWN if self.found is None else Delivery.NO_EVENT


def money_of(session: Payment) -> Money:
    """What became of the money of one session, in the words of this story."""
    if session.status != "complete":
        return Money.EXPIRED if session.status == "expired" else Money.OPEN
    became = domain_money.became_of(session)
    if became in _ALIKE:
        return _ALIKE[became]
    if session.refunded_amount:
        return Money.PARTLY_REFUNDED
    return Money.FREE if session.payment_status == "no_payment_required" else Money.PAID


def is_due(session: Payment) -> bool:
    """Whether its money is there, under way or not."""
    moment = session.moment + UNDER_WAY
    return domain_money.money_of(session, now=moment, mode="live" if session.livemode else "test") in JUDGED


def read_events(ctx: Context, bought: Iterable[Bought]) -> tuple[Event, ...]:
    """The events about these sessions that Stripe still has. Raises StripeFailure."""
    oldest = sales.now(ctx) - sales.EVENTS_KEPT
    young = [one.session for one in bought if one.session.moment > oldest]
    if not young:
        return ()
    since = max(oldest, min(session.created for session in young))
    ids = {session.id for session in young}
    return tuple(event for event in ctx.stripe.events(TYPES, since) if event.object_id in ids)


def read_endpoint(ctx: Context) -> Endpoint | None:
    """The endpoint that events of this site go to, or were meant to. Raises StripeFailure."""
    return registered(ctx)
