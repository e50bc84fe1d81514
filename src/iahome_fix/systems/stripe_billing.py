"""The invoices of subscriptions, read in bulk: one list of invoices, one of their payments.

Both lists can be limited to a window of `created` (Stripe, "List all invoices", "List all payments for an
invoice"), and a payment is made after its invoice, so that the second list covers the first. Nothing is
asked about a single invoice, and nothing at all about payments where no invoice is a subscription's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from iahome_fix.systems import stripe_windows
from iahome_fix.systems.stripe_errors import NO_SUCH_LIST, StripeFailure
from iahome_fix.systems.stripe_invoices import Invoice, bill, charge_of
from iahome_fix.systems.stripe_objects import SESSIONS
from iahome_fix.systems.stripe_pace import Pace
from iahome_fix.systems.stripe_payments import Payment, Session, reference

if TYPE_CHECKING:
    from iahome_fix.profile import CheckoutKeys

_INVOICES, _PAYMENTS = "/v1/invoices", "/v1/invoice_payments"
_CHARGED: Mapping[str, Any] = {
    "status": "paid",
    "expand": ["data.payment.payment_intent.latest_charge", "data.payment.charge"],
}
_BEGUN: Mapping[str, Any] = {"status": "complete", "expand": ["data.line_items"]}
_MOST_SINGLE = 20
"""Subscriptions whose sessions are asked for one by one; more of them are found by reading what is older."""

T = TypeVar("T")
Item = Mapping[str, Any]
Get = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Billing:
    """The invoices of subscriptions. `readable` False: the key may not list them."""

    invoices: tuple[Invoice, ...] = ()
    readable: bool = True

    def of_session(self, session: Payment) -> Invoice | None:
        """The invoice by which a session of mode subscription was paid, the first of its subscription."""
        if session.mode != "subscription" or not session.subscription:
            return None
        return self._by_id.get(session.payment_id or "") or self._first.get(session.subscription)

    @cached_property
    def _by_id(self) -> Mapping[str, Invoice]:
        return {invoice.id: invoice for invoice in self.invoices}

    @cached_property
    def _first(self) -> Mapping[str | None, Invoice]:
        return {invoice.subscription: invoice for invoice in self.invoices if invoice.first}


class BillingReader:
    """Reads with the right of one key. All methods raise StripeFailure when Stripe did not tell."""

    def __init__(self, get: Get, keys: CheckoutKeys, *, patience: float, pace: Pace) -> None:
        """`get` gives the answer of one list; `keys`: what the app means by the keys of metadata;
        `patience`: seconds for which a rate limit is waited out; `pace`: that of the key."""
        self._get = get
        self._keys = keys
        self._patience = patience
        self._pace = pace

    def since(self, first: int) -> Billing:
        """Every invoice of a subscription made then (seconds since the epoch) or later, with its charges."""
        items = self._tried(_INVOICES, {}, first, bill)
        if items is None:
            return Billing(readable=False)
        items = [item for item in items if item]
        if not any(item.get("amount_paid") for item in items):
            return _billing(items, (), self._keys)
        first = min(int(item["created"]) for item in items)
        return _billing(items, self._tried(_PAYMENTS, _CHARGED, first, charge_of), self._keys)

    def of_subscriptions(self, ids: Collection[str]) -> Billing:
        """All invoices of one customer's subscriptions, of all times; their payments invoice by invoice."""
        items: list[Item] = []
        payments: list[Item] | None = []
        for key in ids:
            found = self._tried(_INVOICES, {"subscription": key}, 0, bill)
            if found is None:
                return Billing(readable=False)
            items += filter(None, found)
        for item in items:
            if item.get("amount_paid") and payments is not None:
                made = self._tried(_PAYMENTS, {**_CHARGED, "invoice": item["id"]}, 0, charge_of)
                payments = None if made is None else payments + made
        return _billing(items, payments, self._keys)

    def bare(self, first: int) -> tuple[Invoice, ...]:
        """The same without their charges, which is much faster; none where they may not be read."""

        def read(item: Item) -> Invoice | None:
            return Invoice.of(item, None, self._keys)

        return tuple(filter(None, self._tried(_INVOICES, {}, first, read) or ()))

    def sessions_of(self, subscriptions: Collection[str], before: int) -> dict[str, Session]:
        """The Checkout Sessions that began these subscriptions, opened before that (seconds), by them."""

        def read(item: Item) -> Session | None:
            session = Session.of(item, self._keys, refunds_asked=False)
            return session if session.subscription in subscriptions else None

        if len(subscriptions) <= _MOST_SINGLE:
            found: Iterable[Session | None] = [
                read(item)
                for key in subscriptions
                for item in self._get(SESSIONS, {"subscription": key, **_BEGUN, "limit": 1})["data"]
            ]
        else:
            found = self._listed(SESSIONS, _BEGUN, 0, read, before)
        return {s.subscription: s for s in found if s is not None and s.subscription}

    def _tried(
        self, path: str, fixed: Mapping[str, Any], first: int, keep: Callable[[Item], T]
    ) -> list[T] | None:
        """A whole list; None where this key or account has no such list."""
        try:
            return list(self._listed(path, fixed, first, keep))
        except StripeFailure as failure:
            if failure.reason in NO_SUCH_LIST:
                return None
            raise

    def _listed(
        self,
        path: str,
        fixed: Mapping[str, Any],
        first: int,
        keep: Callable[[Item], T],
        last: int | None = None,
    ) -> Iterator[T]:
        pages = stripe_windows.read(
            lambda more: self._get(path, {**fixed, **more}),
            keep,
            first,
            last,
            patience=self._patience,
            pace=self._pace,
        )
        with closing(pages):
            for page in pages:
                yield from page


def _billing(items: Iterable[Item], payments: Iterable[Item] | None, keys: CheckoutKeys) -> Billing:
    """Invoices with those of the invoice payments that are theirs; None: these could not be read."""
    theirs: dict[str | None, list[Item]] = defaultdict(list)
    for payment in payments or ():
        theirs[reference(payment.get("invoice"))].append(payment)
    made = (Invoice.of(item, None if payments is None else theirs[item["id"]], keys) for item in items)
    return Billing(tuple(invoice for invoice in made if invoice is not None))


def with_invoices(sessions: Iterable[Session], billing: Billing) -> tuple[Session, ...]:
    """The sessions; those of mode subscription with the money of the invoice that is their payment."""
    pairs = ((session, billing.of_session(session)) for session in sessions)
    return tuple(session.with_money_of(invoice) if invoice else session for session, invoice in pairs)


def renewals(
    billing: Billing, sessions: Iterable[Payment], ask: Callable[[Collection[str]], Mapping[str, Session]]
) -> tuple[Invoice, ...]:
    """The paid invoices that are a payment of their own, with what their subscriptions' sessions say.

    The first invoice of a subscription that a Checkout Session began is that session's. `ask` gives the
    sessions of subscriptions that are not among `sessions`.
    """
    due = [i for i in billing.invoices if i.sells and i.status == "complete"]
    known: dict[str | None, Payment] = {s.subscription: s for s in sessions if s.subscription}
    missing = {i.subscription for i in due if i.subscription and i.subscription not in known}
    if missing:
        known.update(ask(missing))
    return tuple(
        i.bought_by(known.get(i.subscription)) for i in due if not (i.first and i.subscription in known)
    )
