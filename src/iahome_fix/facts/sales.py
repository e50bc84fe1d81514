"""What was paid for, and the verdict on each sale: read once per run, shared by stripe, site and payments.

The rules are those of `domain`; here they are only asked.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from iahome_fix.domain import terms as usual_terms
from iahome_fix.domain.money import money_of
from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.domain.terms import Terms, as_sold
from iahome_fix.domain.verdicts import JUDGED, TOKEN_COLUMNS, judge
from iahome_fix.facts import refusals as refusing
from iahome_fix.facts.seen import derived, fact
from iahome_fix.facts.shop_signs import newest_items
from iahome_fix.facts.tables import tables
from iahome_fix.systems.stripe_objects import COMPLETED, Event
from iahome_fix.systems.stripe_payments import Payment, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.domain.sale import Key
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.refusals import Refused
    from iahome_fix.facts.seen import Seen

EVENTS_KEPT = timedelta(days=30)
"""Stripe keeps events for so long."""

QUERIES = (
    "checks/tables",
    "domain/tokens",
    "domain/no_tokens",
    "domain/terms",
    "domain/sale",
    "domain/customer",
    "domain/served",
    "domain/asked",
    "domain/withdrawn_rows",
    "domain/verdict",
    "domain/judged",
    "domain/titles",
)
"""What `sales` reads."""

OWED = (*QUERIES, *refusing.QUERIES)
"""What `owed` reads."""

EXPLAINING = (
    "data.account-remade",
    "data.tokens-without-access",
    "data.email-case",
    "data.row-in-the-way",
    "site.checkout-address",
    "payments.items-named",
)
"""The checks that `explained_by` names."""

LAPSED = "payments.renewals"
"""The check that speaks for `lapsed`."""


@fact
def now(ctx: Context) -> datetime:  # noqa: ARG001 - the moment is a fact like any other
    """The moment of this run (UTC), the same for all checks."""
    return datetime.now(UTC)


def terms(ctx: Seen) -> Terms:
    """What the operator chose of the length of an access; what is usual, where nothing was chosen."""
    return ctx.terms or usual_terms.usual(now(ctx), ctx.profile.term.usual)


@fact
def sold_terms(ctx: Context) -> Terms:
    """The same, with what the rows of the shop say of its modules' terms. Raises SqlError, CouldNotTell."""
    return as_sold(ctx.rows, ctx.on_terms(terms(ctx)), ctx.profile)


@fact
def mode(ctx: Context) -> str | None:
    """The mode of the Stripe key; None where the key does not say. Raises MissingCredential without one."""
    return ctx.stripe.mode


@fact
def sessions(ctx: Context) -> tuple[Session, ...]:
    """All completed sessions since the beginning of the look-back. Raises StripeFailure."""
    return ctx.stripe.sessions(terms(ctx).since)


@fact
def payments(ctx: Context) -> tuple[Payment, ...]:
    """Those sessions, and the renewals of subscriptions since then. Raises StripeFailure."""
    found = sessions(ctx)
    return (*found, *ctx.stripe.renewals(terms(ctx).since, found))


@fact
def renewals_readable(ctx: Context) -> bool:
    """May the key read the invoices of subscriptions? Raises StripeFailure."""
    return ctx.stripe.billing(terms(ctx).since).readable


@fact
def newest_sessions(ctx: Context) -> tuple[Session, ...]:
    """The newest sessions, completed or not, whatever the look-back. Raises StripeFailure."""
    return ctx.stripe.as_read(newest_items(ctx))


@fact
def events(ctx: Context, types: tuple[str, ...]) -> tuple[Event, ...]:
    """Events of these types of the days that Stripe keeps. Raises StripeFailure."""
    return ctx.stripe.events(types, now(ctx) - EVENTS_KEPT)


@derived
def due(ctx: Seen) -> tuple[Payment, ...]:
    """The payments whose money is there, whatever their buyers have already."""
    of_key = mode(ctx)
    return tuple(s for s in payments(ctx) if money_of(s, now=now(ctx), mode=of_key) in JUDGED)


@fact
def sales(ctx: Context) -> tuple[Sale, ...]:
    """Every sale whose money is there, with its verdict. Raises StripeFailure, SqlError, CouldNotTell."""
    found = due(ctx)
    if not found:  # nor is the database needed then
        return ()
    whole = _has_tokens(ctx)
    sold = sold_terms(ctx)
    return tuple(judge(ctx.rows, found, sold, ctx.profile, now=now(ctx), mode=mode(ctx), tokens=whole))


@derived
def unexplained(ctx: Seen) -> tuple[Sale, ...]:
    """The sales that are owed, and of which the sale itself does not show why (see `explained_by`)."""
    return tuple(s for s in sales(ctx) if s.owed and explained_by(s) is None)


@derived
def owed(ctx: Seen) -> tuple[Sale, ...]:
    """Those of them that the table would take, and that are no renewals which are lost as such."""
    others = refused(ctx) | {sale.key for sale in lapsed(ctx)}
    return tuple(sale for sale in unexplained(ctx) if sale.key not in others)


def insertable(ctx: Seen) -> tuple[Sale, ...]:
    """Those of the unexplained sales for which a row would be inserted: a renewal lengthens the row that is
    there, and is no row of its own."""
    return tuple(s for s in unexplained(ctx) if not (s.is_renewal and (s.open or s.row_in_way)))


@fact
def refusals(ctx: Context) -> tuple[Refused, ...]:
    """What on the table refuses rows that are owed. Raises SqlError, and MissingCredential without SQL."""
    lost = insertable(ctx)
    return tuple(refusing.refusals(ctx, lost)) if lost else ()


@derived
def refused(ctx: Seen) -> frozenset[Key]:
    """The sales whose rows the table would refuse, as far as that can be tried: `schema.customers-refused`
    speaks for them."""
    return frozenset(key for one in refusals.or_none(ctx) or () for key in one.sales)


def stopped(ctx: Seen, check_id: str) -> tuple[Sale, ...]:
    """The sales that were not given because of what this check speaks for (see `explained_by`)."""
    return tuple(s for s in sales(ctx) if explained_by(s) == check_id)


@derived
def lapsed(ctx: Seen) -> tuple[Sale, ...]:
    """Renewals that gave nothing while checkouts go on giving rows.

    They are newer than any renewal that was served, and of the checkouts before and behind each of them the
    nearest was served by the handler: where that one has no row either, renewals are lost as all else is.
    """
    found = sales(ctx)
    lost = {s.key for s in unexplained(ctx)} - refused(ctx)
    last = max((s.session.moment for s in found if s.is_renewal and s.served), default=None)
    checkouts = sorted(
        (s for s in found if not s.is_renewal and (s.by_handler or s.key in lost)), key=_moment
    )
    return tuple(
        s
        for s in found
        if s.is_renewal
        and s.key in lost
        and (last is None or s.session.moment > last)
        and _among_served(s, checkouts)
    )


def _among_served(sale: Sale, checkouts: Sequence[Sale]) -> bool:
    """Whether those next to it were served by the handler; `checkouts` in their order of time."""
    place = bisect_right(checkouts, sale.session.moment, key=_moment)
    near = (*checkouts[max(place - 1, 0) : place], *checkouts[place : place + 1])
    return bool(near) and all(s.by_handler for s in near)


def _moment(sale: Sale) -> datetime:
    return sale.session.moment


def explained_by(sale: Sale) -> str | None:
    """The check that says why a customer has nothing of it yet, where the sale itself shows it.

    In the order of the way: what was understood of the payment, the customer, then the row in the way.
    """
    if sale.verdict is Verdict.WAITING_TOKEN:
        return "data.tokens-without-access"
    if not sale.owed:
        return None
    reasons = {
        "data.account-remade": sale.former_row is not None,
        "payments.items-named": sale.added,
        "site.checkout-address": sale.altered,
        "data.email-case": sale.odd,
        # A renewal is for the handler to lengthen what there is.
        "data.row-in-the-way": sale.row_in_way is not None and not sale.is_renewal,
    }
    return next((check for check, holds in reasons.items() if holds), None)


def undelivered(ctx: Seen, *types: str) -> tuple[Event, ...]:
    """Events of the last 30 days that did not reach every endpoint yet, those of completed checkouts where no
    other `types` are asked for."""
    return tuple(e for e in waiting(ctx, types or (COMPLETED,)) if e.pending_webhooks > 0)


@fact
def waiting(ctx: Context, types: tuple[str, ...]) -> tuple[Event, ...]:
    """Events of these types that Stripe lists as not delivered everywhere. Raises StripeFailure."""
    return ctx.stripe.events(types, now(ctx) - EVENTS_KEPT, delivery_success=False)


def _has_tokens(ctx: Seen) -> bool:
    table = tables(ctx)["access_tokens"]
    return table.is_table and set(table.columns) >= set(TOKEN_COLUMNS)
