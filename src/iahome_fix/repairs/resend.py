"""Sends missed payment events to the site again: which ones, and whether the access is there afterwards.

Stripe's public API cannot deliver an event again (its CLI can, one at a time). What is possible: read the
stored event, sign it with the site's secret, and post it to the registered address. To the handler it is the
same event; to Stripe it stays undelivered, and its own retries may follow. So only events go out that the
handler may see twice: it writes nothing for a customer who has an active access to the module.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.domain.money import UNDER_WAY
from iahome_fix.domain.sale import Verdict
from iahome_fix.domain.verdicts import storable
from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.systems.expected import UNEXPECTED

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Key, Sale
    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.database import Database
    from iahome_fix.systems.site import Site
    from iahome_fix.systems.stripe_account import StripeAccount
    from iahome_fix.systems.stripe_objects import Event
    from iahome_fix.systems.stripe_payments import Payment

SEND = "send"
RECONCILE = ("renewal", "subscription", "over", "paid_late", "other_letters", "unclear", "partly_withdrawn")
"""Cases in which the event may not, or cannot, be sent again, and `reconcile` does it instead."""
NOTHING = (
    *("token_pack", "served", "twice", "refunded", "disputed", "unpaid", "young"),
    *("withdrawn", "nobody", "no_module", "unknown", "refused"),
)
"""Cases in which nothing is owed, or nothing can be done from here."""

_LOOK_EVERY = 0.3
_GIVEN = (Verdict.SERVED, Verdict.WITHDRAWN)


@dataclass(frozen=True)
class Missed:
    """One event that waits, and what becomes of it.

    Attributes:
        session_id: the Checkout Session, or the invoice of a renewal.
        case: send, or the reason why not (RECONCILE, NOTHING).
        due: the modules for which the handler has to write a row.
    """

    event_id: str
    session_id: str | None
    created: datetime
    case: str
    due: tuple[str, ...] = ()
    email: str | None = None


@dataclass(frozen=True)
class ResendPlan:
    """The events that wait, oldest first; `url` is where they are posted to."""

    url: str
    mode: str | None
    endpoint_id: str | None
    events: tuple[Missed, ...]

    @property
    def to_send(self) -> tuple[Missed, ...]:
        return tuple(e for e in self.events if e.case == SEND)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many events of each case."""
        counted = Counter(e.case for e in self.events)
        return {case: counted[case] for case in (SEND, *RECONCILE, *NOTHING)}

    def as_json(self) -> dict[str, Any]:
        counts = dict(self.counts)
        return {
            "url": self.url,
            "mode": self.mode,
            "waiting": len(self.events),
            "to_send": counts.pop(SEND),
            "skipped": counts,
            "events": [
                {
                    "event": e.event_id,
                    "session": e.session_id,
                    "created": e.created.isoformat(),
                    "case": e.case,
                    "instead": "reconcile" if e.case in RECONCILE else None,
                }
                for e in self.events
            ],
        }


@dataclass(frozen=True)
class Sent:
    """What became of one event.

    Attributes:
        outcome: granted (every access that was due is there), already (it was there before), refused (the
            site did not answer 2xx), not-granted (it did, and there is no access).
        status: what the site answered; None without an answer, or where nothing was sent.
    """

    event_id: str
    outcome: str
    status: int | None = None

    @property
    def is_well(self) -> bool:
        return self.outcome in ("granted", "already")


def decide(
    waiting: Sequence[Event],
    payments: Mapping[str, Payment],
    sales: Mapping[str, Sequence[Sale]],
    opened: Collection[Key],
    refused: Collection[Key],
    now: datetime,
) -> tuple[Missed, ...]:
    """What becomes of each event, oldest first.

    `payments`, `sales`: by the id of the session, or of a renewal's invoice; `opened`: payment and module
    where the customer has an active row; `refused`: those whose row the table refuses.
    """
    found: list[Missed] = []
    sent: set[str] = set()
    filled: set[Key] = set()
    for event in sorted(waiting, key=lambda e: (e.created, e.type, e.id)):
        about = event.object_id or ""
        payment = payments.get(about)
        case, due = _case(event, payment, sales.get(about, ()), opened, refused, now)
        if case == SEND and about in sent:
            case, due = "twice", ()
        elif case == SEND:
            theirs = {(s.owner or "", s.module) for s in sales[about] if s.owed}
            if theirs & filled:
                # After the first of them the handler finds an active row.
                case, due = "renewal", ()
            else:
                sent.add(about)
                filled |= theirs
        email = payment.email if payment else None
        found.append(Missed(event.id, event.object_id, event.created, case, due, email))
    return tuple(found)


def opened(db: Database, sold: Sequence[Sale], profile: AppProfile) -> frozenset[Key]:
    """Session and module of those sales whose customer has an active row of the module, over or not.

    `profile`: the version of the app.
    """
    listed = [
        {"session_id": s.session.id, "module_id": s.module, "email": s.session.email}
        for s in sold
        if s.module and s.session.email
    ]
    return _opened(db, listed, profile)


def send(
    missed: Missed,
    *,
    account: StripeAccount,
    site: Site,
    url: str,
    secret: str,
    db: Database,
    profile: AppProfile,
    patience: float,
) -> Sent:
    """Post the stored event and wait, `patience` seconds at most, for the rows.

    Raises StripeFailure when the event cannot be had (Stripe keeps 30 days), CouldNotTell when it is not what
    was planned, SqlError.
    """
    stored = account.stored_event(missed.event_id)
    if (stored.get("data") or {}).get("object", {}).get("id") != missed.session_id:
        raise CouldNotTell(UNEXPECTED, _("Stripe gave another event than the one that was asked for"))
    wanted = {(missed.session_id, module) for module in missed.due}
    listed = [
        {"session_id": missed.session_id, "module_id": module, "email": missed.email} for module in missed.due
    ]
    if wanted & _opened(db, listed, profile):
        # Stripe, or somebody, was faster.
        return Sent(missed.event_id, "already")
    answer = site.post_signed(url, json.dumps(stored, indent=2, ensure_ascii=False), secret)
    if answer.status is None or not 200 <= answer.status < 300:
        return Sent(missed.event_id, "refused", answer.status)
    deadline = time.monotonic() + patience
    while not wanted <= _opened(db, listed, profile):
        if time.monotonic() >= deadline:
            return Sent(missed.event_id, "not-granted", answer.status)
        time.sleep(_LOOK_EVERY)
    return Sent(missed.event_id, "granted", answer.status)


def _case(
    event: Event,
    payment: Payment | None,
    sold: Sequence[Sale],
    opened: Collection[Key],
    refused: Collection[Key],
    now: datetime,
) -> tuple[str, tuple[str, ...]]:
    if payment is None:
        return "unknown", ()
    if now - event.created < UNDER_WAY:
        return "young", ()
    early = _by_payment(event, payment)
    if early is not None:
        return early, ()
    if not sold or any(s.module is None for s in sold):
        return "no_module", ()
    due = tuple(s.module for s in sold if s.owed and s.module)
    if any(s.withdrawn for s in sold):
        # The handler would open again what a person took away.
        return ("partly_withdrawn" if due else "withdrawn"), ()
    if not due:
        return ("served" if any(s.served for s in sold) else "nobody"), ()
    if any(s.owed and s.key in refused for s in sold):
        return "refused", ()
    if any(s.owed and s.key in opened for s in sold):
        # The handler says "already there": a renewal would be lost.
        return "renewal", ()
    if any(s.verdict in _GIVEN and s.key not in opened for s in sold):
        # Given before and closed since: the handler would open it anew.
        return "renewal", ()
    if any(s.over for s in sold):
        return "over", ()
    if not all(s.as_written for s in sold):
        return "other_letters", ()
    return SEND, due


def _by_payment(event: Event, payment: Payment) -> str | None:
    if payment.is_token_pack:
        return "token_pack"
    if payment.mode == "subscription" and not payment.is_renewal:
        # Its first invoice has events of its own.
        return "subscription"
    if payment.refunded:
        return "refunded"
    if payment.disputed:
        return "disputed"
    if not payment.paid:
        return "unpaid"
    if event.object_payment_status == "unpaid":
        return "paid_late"
    return None if payment.refund_known else "unclear"


def _opened(db: Database, listed: Sequence[Mapping[str, Any]], profile: AppProfile) -> frozenset[Key]:
    if not listed:
        return frozenset()
    sales = [{k: storable(v) for k, v in entry.items() if v is not None} for entry in listed]
    rows = db.read(sql.load("resend/open", profile), {"sales": json.dumps(sales)})
    return frozenset((str(row["session_id"]), row["module_id"]) for row in rows)
