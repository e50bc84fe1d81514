"""A Stripe account as one customer's: their payments, whatever became of them."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from iahome_fix.explain.address import same
from iahome_fix.explain.near import difference
from iahome_fix.systems import stripe_windows
from iahome_fix.systems.stripe_account import ITEMS, StripeAccount
from iahome_fix.systems.stripe_billing import Billing, renewals, with_invoices
from iahome_fix.systems.stripe_errors import PermissionMissing, StripeFailure
from iahome_fix.systems.stripe_invoices import Invoice
from iahome_fix.systems.stripe_objects import SESSIONS
from iahome_fix.systems.stripe_payments import Payment, Session, reference

if TYPE_CHECKING:
    from datetime import datetime

_REFUNDS = "payment_intent.latest_charge"
_PATIENCE = 60.0
_MOST_SINGLE = 50
"""Sessions that are asked for one by one, the newest; a hundred more would be somebody's test address."""


@dataclass(frozen=True)
class Bought:
    """A payment of the customer: a Checkout Session, or a renewal of a subscription.

    `named_in`: the fields that hold an address, in the session's order, with what stands in them.
    """

    session: Payment
    named_in: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True)
class Search:
    """What was found. `unread`: why the sessions of everybody could not be read, None if they were.

    `nearly`: addresses in other people's sessions that nearly are the one asked for.
    """

    bought: tuple[Bought, ...]
    unread: StripeFailure | None
    nearly: tuple[str, ...] = field(default=(), repr=False)


class CustomersAccount(StripeAccount):
    """The checks of the payments link, run on it, speak of this customer's payments alone.

    Stripe finds sessions by the address that was typed at the checkout, letter by letter, for all times. An
    address in another field or in other letters is found only by reading the sessions of everybody, which is
    done from a certain moment on.
    """

    _found: tuple[Session, ...] = ()
    _renewed: tuple[Invoice, ...] = ()
    _of_others: frozenset[str] = frozenset()
    """Subscriptions that somebody else's sessions began, as far as they were read."""

    def search(self, spellings: Iterable[str], since: datetime, ids: Collection[str] = ()) -> Search:
        """Every session of the address, newest first: typed in one of these spellings at any time, or in any
        field and in any letters since `since` (UTC); since then also those that name one of these profiles.

        Raises StripeFailure when even the first could not be asked for.
        """
        asked = list(dict.fromkeys(spellings))
        items: dict[str, Mapping[str, Any]] = {}
        for spelling in asked:
            items |= self._typed(spelling)
        unread = None
        nearly: dict[str, None] = {}
        try:
            others = self._anywhere(asked[0], since, ids, nearly)
            for spelling in sorted({_typed_in(item) for item in others.values()} - {*asked, ""}):
                if same(spelling, asked[0]):
                    items |= self._typed(spelling)
            items |= self._with_refunds({key: item for key, item in others.items() if key not in items})
        except StripeFailure as failure:
            unread = failure
        sessions = tuple(
            self.read_session(item, refunds_asked=item.get("asked", True)) for item in items.values()
        )
        billing = self._billing(sessions, asked[0], since, ids)
        self._found = self.with_disputes(with_invoices(sessions, billing))
        self._renewed = tuple(
            invoice
            for invoice in self.with_disputes(self._renewals_of(billing, sessions, since))
            if invoice.session_id in items or _is_theirs(invoice, asked[0], ids)
        )
        bought = [
            *(Bought(session, named_in(items[session.id])) for session in self._found),
            *(Bought(one, tuple(("customer_email", text) for text in one.emails)) for one in self._renewed),
        ]
        bought.sort(key=lambda one: (one.session.created, one.session.id), reverse=True)
        return Search(tuple(bought), unread, tuple(nearly))

    def visible_pages(self, since: datetime) -> Generator[tuple[Session, ...], None, None]:  # noqa: ARG002
        """The completed sessions that `search` found, however old: theirs are few."""
        yield tuple(session for session in self._found if session.status == "complete")

    def renewals(self, since: datetime, sessions: Iterable[Payment]) -> tuple[Invoice, ...]:  # noqa: ARG002
        """The renewals that `search` found, however old."""
        return self._renewed

    def _billing(
        self, sessions: Iterable[Session], address: str, since: datetime, ids: Collection[str]
    ) -> Billing:
        """The invoices of the customer's subscriptions: those of their sessions, and those since then that
        name them, themselves or by an older session."""
        theirs = {session.subscription for session in sessions if session.subscription}
        first = int(since.timestamp())
        made = self.billing_reader.bare(first)
        theirs |= {i.subscription for i in made if i.subscription and _is_theirs(i, address, ids)}
        older = {i.subscription for i in made if i.subscription} - theirs - self._of_others
        begun = self.billing_reader.sessions_of(older, first) if older else {}
        theirs |= {key for key, session in begun.items() if _is_theirs(session, address, ids)}
        return self.billing_reader.of_subscriptions(sorted(theirs))

    def _renewals_of(
        self, billing: Billing, sessions: Iterable[Payment], since: datetime
    ) -> tuple[Invoice, ...]:
        begun = int(since.timestamp())
        return renewals(billing, sessions, lambda keys: self.billing_reader.sessions_of(keys, begun))

    def _typed(self, spelling: str) -> dict[str, Mapping[str, Any]]:
        query = {"customer_details": {"email": spelling}}
        try:
            found = self._all(SESSIONS, {**query, "expand": [f"data.{_REFUNDS}", f"data.{ITEMS}"]})
        except PermissionMissing:
            found = [
                {**item, "asked": False}
                for item in self._all(SESSIONS, {**query, "expand": [f"data.{ITEMS}"]})
            ]
        return {item["id"]: item for item in found}

    def _anywhere(
        self, address: str, since: datetime, ids: Collection[str], nearly: dict[str, None]
    ) -> dict[str, Mapping[str, Any]]:
        """Sessions with the address in any field, or one of the ids in their metadata; read without their
        payments, which is much faster.

        Notes in `nearly` what they name that nearly is the address.
        """
        pages = stripe_windows.read(
            lambda more: self._get(SESSIONS, more),
            partial(_theirs_or_others, address, ids),
            int(since.timestamp()),
            patience=_PATIENCE,
            pace=self._pace,
        )
        found: dict[str, Mapping[str, Any]] = {}
        others: set[str] = set()
        with closing(pages):
            for item, of, near in chain.from_iterable(pages):
                if item is not None:
                    found[item["id"]] = item
                others |= {of} if of else set()
                nearly |= dict.fromkeys(near)
        self._of_others = frozenset(others)
        return found

    def _with_refunds(self, items: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        newest = sorted(items, key=lambda key: int(items[key]["created"]), reverse=True)
        return {
            key: self._one(items[key]) if number < _MOST_SINGLE else {**items[key], "asked": False}
            for number, key in enumerate(newest)
        }

    def _one(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        if item.get("status") != "complete":
            return item
        try:
            return self._get(f"{SESSIONS}/{item['id']}", {"expand": [_REFUNDS, ITEMS]})
        except PermissionMissing:
            return {**item, "asked": False}


def _theirs_or_others(
    address: str, ids: Collection[str], item: Mapping[str, Any]
) -> tuple[Mapping[str, Any] | None, str | None, tuple[str, ...]]:
    """A session that names the customer; of any other its subscription, and what nearly is the address."""
    written = [text for _field, text in named_in(item)]
    named = any(value in ids for _name, value in _items(item.get("metadata")))
    if named or any(same(text, address) for text in written):
        return item, None, ()
    near = tuple(text for text in written if difference(address, text))
    return None, reference(item.get("subscription")), near


def _is_theirs(payment: Payment, address: str, ids: Collection[str]) -> bool:
    """Whether a payment names the customer."""
    return any(same(text, address) for text in payment.emails) or payment.user_id in ids


def named_in(item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The fields of a session that hold an e-mail address, the one that the buyer typed first."""
    details, metadata = item.get("customer_details"), item.get("metadata")
    found = [
        ("customer_details.email", details.get("email") if isinstance(details, Mapping) else None),
        ("customer_email", item.get("customer_email")),
        *((f"metadata.{name}", value) for name, value in _items(metadata)),
    ]
    return tuple((name, value) for name, value in found if isinstance(value, str) and _looks_like_one(value))


def _typed_in(item: Mapping[str, Any]) -> str:
    return dict(named_in(item)).get("customer_details.email", "")


def _items(metadata: object) -> Iterable[tuple[str, Any]]:
    return metadata.items() if isinstance(metadata, Mapping) else ()


def _looks_like_one(text: str) -> bool:
    local, _at, domain = text.strip().rpartition("@")
    return bool(local and domain) and len(text) <= 500 and "{" not in text
