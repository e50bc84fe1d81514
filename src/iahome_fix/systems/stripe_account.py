"""A Stripe account, for reading. Nothing in here can change anything: it only ever sends GET.

A list is either complete or an exception: no total is built on some of the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from iahome_fix.systems import expected, stripe_windows
from iahome_fix.systems.stripe_billing import Billing, BillingReader, renewals, with_invoices
from iahome_fix.systems.stripe_client import StripeConnection
from iahome_fix.systems.stripe_errors import NO_SUCH_LIST, PermissionMissing, StripeFailure, unexpected
from iahome_fix.systems.stripe_objects import SESSIONS, Destination, Endpoint, Event
from iahome_fix.systems.stripe_pace import Pace
from iahome_fix.systems.stripe_payments import Payment, Session

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.profile import CheckoutKeys
    from iahome_fix.systems.stripe_invoices import Invoice

_PAGE = 100
_MOST_PAGES = 2_000
_REFUNDS = "data.payment_intent.latest_charge"
ITEMS = "line_items"
"""The first ten of each session; the others are a list of their own."""
_SETTLED = ("won", "warning_closed")


Paid = TypeVar("Paid", bound=Payment)
Place = tuple[float, str]


class StripeAccount:
    """What one key can see. All methods raise StripeFailure (a CouldNotTell) when Stripe did not tell."""

    def __init__(
        self,
        key: str,
        *,
        keys: CheckoutKeys | Callable[[], CheckoutKeys],
        base_url: str | None,
        timeout: float,
    ) -> None:
        """`keys`: what the app means by the keys of metadata, or what gives them once they are needed;
        `base_url`: another address of the API (a stand-in), None for Stripe; `timeout`: seconds per try.

        Raises KeyRejected for a publishable key.
        """
        self._connection = StripeConnection(key, base_url=base_url, timeout=timeout)
        self._pace = Pace()
        self._keys = keys
        self._billings: dict[int, Billing] = {}

    @cached_property
    def keys(self) -> CheckoutKeys:
        """What the app means by the keys of metadata."""
        return self._keys() if callable(self._keys) else self._keys

    @cached_property
    def billing_reader(self) -> BillingReader:
        """Reads what belongs to subscriptions."""
        return BillingReader(self._get, self.keys, patience=3 * self._connection.timeout, pace=self._pace)

    @property
    def mode(self) -> str | None:
        """`live`, `test`, or None when the prefix of the key does not say."""
        return self._connection.mode

    def check_key(self) -> None:
        """Ask for one Checkout Session: the permission that everything about payments needs.

        Raises KeyRejected, PermissionMissing or another StripeFailure.
        """
        self._connection.call(lambda client: client.v1.checkout.sessions.list({"limit": 1}))

    def endpoints(self) -> tuple[Endpoint, ...]:
        """All webhook endpoints of the key's mode, newest first, from the v1 list."""
        return tuple(Endpoint.of(item) for item in self._all("/v1/webhook_endpoints", {}))

    def endpoint(self, endpoint_id: str) -> Endpoint | None:
        """One webhook endpoint as it is now; None when it is gone."""
        try:
            return Endpoint.of(
                self._connection.call(lambda client: client.v1.webhook_endpoints.retrieve(endpoint_id))
            )
        except StripeFailure as failure:
            if failure.reason == "not-found":
                return None
            raise

    def destinations(self) -> tuple[Destination, ...] | None:
        """All event destinations from v2, the wider list; None when this key or account has no such list."""
        found: list[Mapping[str, Any]] = []
        path, query = "/v2/core/event_destinations", {"include": ["webhook_endpoint.url"], "limit": _PAGE}
        try:
            for _page in range(_MOST_PAGES):
                answer = self._get(path, query)
                expected.repeated([item["id"] for item in answer["data"]], {item["id"] for item in found})
                found += answer["data"]
                if not answer["next_page_url"]:
                    return tuple(Destination.of(item) for item in found)
                path, query = str(answer["next_page_url"]), {}
        except expected.Misfit as misfit:
            raise unexpected(str(misfit), path) from None
        except StripeFailure as failure:
            if failure.reason in NO_SUCH_LIST:
                return None
            raise
        raise unexpected(str(expected.endless()), path)

    def sessions(self, since: datetime) -> tuple[Session, ...]:
        """Completed Checkout Sessions opened at `since` (UTC) or later, newest first, with their refunds.

        Without the permission to read payments they come with `refund_known` False.
        """
        with closing(self.visible_pages(since)) as pages:
            found = (session for page in pages for session in page)
            return tuple(sorted(found, key=newest_first))

    def visible_pages(self, since: datetime) -> Generator[tuple[Session, ...], None, None]:
        """The same page by page, as `session_pages` gives them, with or without their refunds."""
        begun = False
        try:
            for page in self.session_pages(since):
                begun = True
                yield page
        except PermissionMissing:
            if begun:
                raise
            # One missing permission refuses the whole call, and the message names only one of them.
            with closing(self._sessions(since, refunds_asked=False)) as pages:
                yield from map(tuple, pages)

    def with_items(self, session: Mapping[str, Any]) -> Mapping[str, Any]:
        """The session with all its line items, where an answer held only the first of them."""
        listed = session.get(ITEMS)
        if not isinstance(listed, Mapping) or not listed.get("has_more"):
            return session
        items = self._all(f"/v1/checkout/sessions/{session['id']}/line_items", {})
        return {**session, ITEMS: {"data": items, "has_more": False}}

    def renewals(self, since: datetime, sessions: Iterable[Payment]) -> tuple[Invoice, ...]:
        """The paid invoices of subscriptions since then (UTC) that are no session's own payment.

        `sessions` are those since then; where a subscription is older, its session is asked for. Empty where
        the key may not read invoices (`billing` says so).
        """
        return renewals(
            self.billing(since), sessions, lambda ids: self.billing_reader.sessions_of(ids, _epoch(since))
        )

    def billing(self, since: datetime) -> Billing:
        """The invoices of subscriptions made at `since` (UTC) or later; read once, in bulk."""
        first = _epoch(since)
        if first not in self._billings:
            found = self.billing_reader.since(first)
            self._billings[first] = replace(found, invoices=self.with_disputes(found.invoices))
        return self._billings[first]

    def with_disputes(self, payments: tuple[Paid, ...]) -> tuple[Paid, ...]:
        """The payments, without the mark of a dispute that was decided for the shop.

        A charge says for ever that it was disputed; how that ended only the disputes say. They are listed
        once, where a payment needs it. Without the right to read them the mark stays.
        """
        return tuple(
            replace(payment, disputed=False)
            if payment.disputed
            and payment.disputed_charges
            and self._settled_charges.issuperset(payment.disputed_charges)
            else payment
            for payment in payments
        )

    def _told(self, sessions: tuple[Session, ...], since: datetime) -> tuple[Session, ...]:
        """The sessions with what became of their money; in mode subscription their first invoices say it."""
        if any(session.subscription for session in sessions):
            sessions = with_invoices(sessions, self.billing(since))
        return self.with_disputes(sessions)

    @cached_property
    def _settled_charges(self) -> frozenset[str]:
        """The charges whose disputes, all of them, were won or were inquiries that were closed."""
        try:
            found = self._all("/v1/disputes", {})
        except StripeFailure as failure:
            if failure.reason in NO_SUCH_LIST:
                return frozenset()
            raise
        ended = {str(item.get("charge")) for item in found if item.get("status") in _SETTLED}
        return frozenset(ended - {str(d.get("charge")) for d in found if d.get("status") not in _SETTLED})

    def session_pages(self, since: datetime) -> Generator[tuple[Session, ...], None, None]:
        """The same sessions page by page, in no particular order, each once; for more than fit into memory.

        Several windows of time are read at once. Nothing may be concluded before the last page: what cannot
        be read raises. Raises PermissionMissing where payments, and so refunds, may not be read. Close the
        iterator (`contextlib.closing`) when leaving it early.
        """
        with closing(self._sessions(since)) as pages:
            for page in pages:
                yield self._told(tuple(page), since)

    def payment_pages(self, since: datetime) -> Generator[tuple[Payment, ...], None, None]:
        """The same, and behind them the renewals of subscriptions, which are payments of their own."""
        subscribed: list[Payment] = []
        with closing(self.session_pages(since)) as pages:
            for page in pages:
                subscribed += (session for session in page if session.subscription)
                yield page
        yield self.renewals(since, subscribed)

    def events(
        self, types: Iterable[str], since: datetime, *, delivery_success: bool | None = None
    ) -> tuple[Event, ...]:
        """Events of these types (at most 20) made at `since` (UTC) or later, newest first.

        Stripe keeps 30 days. `delivery_success` False: still pending or failed at one endpoint at least.
        """
        query: dict[str, Any] = {"types": list(types), "created": {"gte": _epoch(since)}}
        if delivery_success is not None:
            query["delivery_success"] = delivery_success
        return tuple(Event.of(item) for item in self._all("/v1/events", query))

    def stored_event(self, event_id: str) -> dict[str, Any]:
        """One event as Stripe stores it, for 30 days; StripeFailure (not-found) afterwards."""
        return self._get(f"/v1/events/{event_id}", {})

    def newest_items(self) -> tuple[Mapping[str, Any], ...]:
        """The newest Checkout Sessions as Stripe has them, 100 at most, whatever became of them."""
        return tuple(self._get(SESSIONS, {"limit": _PAGE})["data"])

    def newest_sessions(self) -> tuple[Session, ...]:
        """The same, read; refunds are not looked at."""
        return self.as_read(self.newest_items())

    def as_read(self, items: Iterable[Mapping[str, Any]]) -> tuple[Session, ...]:
        """Sessions of a list, as this tool reads them; refunds were not looked at."""
        return tuple(Session.of(item, self.keys, refunds_asked=False) for item in items)

    def allows(self, path: str) -> bool:
        """Whether the key may read what lies at a path with an invented id (`/v1/events/evt_…`).

        Stripe looks at the permission before it looks for the object. Raises StripeFailure when it does not
        say.
        """
        try:
            self._get(path, {})
        except PermissionMissing:
            return False
        except StripeFailure as failure:
            if failure.reason != "not-found":
                raise
        return True

    def close(self) -> None:
        """End all connections."""
        self._connection.close()

    def read_session(self, item: Mapping[str, Any], *, refunds_asked: bool = True) -> Session:
        """A session of a list as this tool reads it, with all its line items."""
        return Session.of(self.with_items(item), self.keys, refunds_asked=refunds_asked)

    def _sessions(
        self, since: datetime, *, refunds_asked: bool = True
    ) -> Generator[list[Session], None, None]:
        expand = [*((_REFUNDS,) if refunds_asked else ()), f"data.{ITEMS}"]
        fixed = {"status": "complete", "expand": expand}
        return stripe_windows.read(
            lambda more: self._get(SESSIONS, {**fixed, **more}),
            partial(self.read_session, refunds_asked=refunds_asked),
            _epoch(since),
            patience=3 * self._connection.timeout,
            pace=self._pace,
        )

    def _all(self, path: str, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """All objects of a v1 list, each once."""
        found: dict[str, Mapping[str, Any]] = {}
        following: dict[str, Any] = {}
        for _page in range(_MOST_PAGES):
            answer = self._get(path, {**query, "limit": _PAGE, **following})
            items = {item["id"]: item for item in answer["data"]}
            try:
                expected.repeated(items, found)
            except expected.Misfit as misfit:
                raise unexpected(str(misfit), path) from None
            found |= items
            if not answer["has_more"]:
                return list(found.values())
            following = {"starting_after": answer["data"][-1]["id"]}
        raise unexpected(str(expected.endless()), path)

    def _get(self, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """One page."""
        return self._connection.read(path, query)


def newest_first(payment: Payment) -> Place:
    """By which payments are put in the order in which Stripe lists them."""
    return -payment.created.timestamp(), payment.id


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())
