"""What was paid for, and the verdict on each sale: read once per run, shared by stripe, site and payments.

The rules are those of `domain`; here they are only asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from iahome_fix.domain import terms as usual_terms
from iahome_fix.domain.money import money_of
from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.domain.terms import Terms, as_sold
from iahome_fix.domain.verdicts import AT_ONCE, JUDGED, TOKEN_COLUMNS, judge
from iahome_fix.errors import ToolError
from iahome_fix.facts import refusals as refusing
from iahome_fix.facts.arriving import Arriving
from iahome_fix.facts.seen import derived, fact
from iahome_fix.facts.shop_signs import newest_items
from iahome_fix.facts.tables import tables
from iahome_fix.packed import Block, Chosen, Packed
from iahome_fix.systems.stripe_account import Place, newest_first
from iahome_fix.systems.stripe_objects import COMPLETED, Event
from iahome_fix.systems.stripe_payments import Payment, Session

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from iahome_fix.domain.sale import Key
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.refusals import Refused
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.stripe_invoices import Invoice

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
def arriving(ctx: Context) -> Arriving:
    """The completed sessions since the beginning of the look-back, while they are being read."""
    return Arriving(partial(ctx.stripe.visible_pages, terms(ctx).since))


@fact
def sessions(ctx: Context) -> Sequence[Session]:
    """All of them, the newest first. Raises StripeFailure."""
    return arriving(ctx).all()


@fact
def renewals(ctx: Context) -> Sequence[Invoice]:
    """The renewals of subscriptions since then. Raises StripeFailure."""
    return ctx.stripe.renewals(terms(ctx).since, sessions(ctx))


@fact
def payments(ctx: Context) -> Sequence[Payment]:
    """Those sessions, and the renewals of subscriptions since then. Raises StripeFailure."""
    return Packed((*Packed.of(sessions(ctx)).blocks, *Packed.of(renewals(ctx)).blocks))


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
def due(ctx: Seen) -> Collection[Payment]:
    """The payments whose money is there, whatever their buyers have already."""
    of_key, moment = mode(ctx), now(ctx)
    return Chosen(payments(ctx), lambda s: money_of(s, now=moment, mode=of_key) in JUDGED)


@fact
def sales(ctx: Context) -> Sequence[Sale]:
    """Every sale whose money is there, with its verdict. Raises StripeFailure, SqlError, CouldNotTell.

    The database is asked while Stripe goes on being read; where both fail it is Stripe that is told.
    """
    try:
        found = [one for part in arriving(ctx).parts(AT_ONCE) for one in _judged(ctx, part)]
        found.sort(key=itemgetter(0))
        found += _judged(ctx, Packed.of(renewals(ctx)).blocks)
        return Packed(block for _place, block in found)
    except ToolError:
        payments(ctx)
        raise


def _judged(ctx: Context, part: Sequence[Block[Payment]]) -> list[tuple[Place, Block[Sale]]]:
    """The verdicts on these payments, each block beside theirs, with its place."""
    of_key, moment = mode(ctx), now(ctx)
    read = [(block, block.records()) for block in part]
    found = [s for _block, some in read for s in some if money_of(s, now=moment, mode=of_key) in JUDGED]
    if not found:  # nor is the database needed then
        return []
    whole, sold = _has_tokens(ctx), sold_terms(ctx)
    by_payment: dict[str, list[Sale]] = defaultdict(list)
    for sale in judge(ctx.rows, found, sold, ctx.profile, now=moment, mode=of_key, tokens=whole):
        by_payment[sale.session.id].append(sale)
    made = ((block, some, [sale for s in some for sale in by_payment[s.id]]) for block, some in read)
    return [
        (newest_first(some[0]), Block(there, beside=block, theirs=some))
        for block, some, there in made
        if there
    ]


@derived
def unserved(ctx: Seen) -> tuple[Sale, ...]:
    """Those of them that are not served."""
    return tuple(sale for sale in sales(ctx) if not sale.served)


@dataclass(frozen=True)
class Written:
    """Of the payments with a row of the handler's: when the first was made, the last opened (UTC).

    None where there is none.
    """

    first: datetime | None
    last: datetime | None


@derived
def written(ctx: Seen) -> Written:
    """Of which payments a row of the handler's is there."""
    first: datetime | None = None
    last: datetime | None = None
    for sale in sales(ctx):
        if sale.by_handler:
            first = min(first or sale.session.moment, sale.session.moment)
            last = max(last or sale.session.created, sale.session.created)
    return Written(first, last)


@derived
def unexplained(ctx: Seen) -> tuple[Sale, ...]:
    """The sales that are owed, and of which the sale itself does not show why (see `explained_by`)."""
    return tuple(s for s in unserved(ctx) if s.owed and explained_by(s) is None)


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
    return tuple(s for s in unserved(ctx) if explained_by(s) == check_id)


@derived
def lapsed(ctx: Seen) -> tuple[Sale, ...]:
    """Renewals that gave nothing while checkouts go on giving rows.

    They are newer than any renewal that was served, and of the checkouts before and behind each of them the
    nearest was served by the handler: where that one has no row either, renewals are lost as all else is.
    Where rows name no payment, it is not known who wrote them, and served is all that can be asked.
    """
    unexplained_ones = unexplained(ctx)
    if not any(s.is_renewal for s in unexplained_ones):
        return ()
    names_none = ctx.profile.table.metadata is None
    lost = {s.key for s in unexplained_ones} - refused(ctx)
    last = max((s.session.moment for s in sales(ctx) if s.is_renewal and s.served), default=None)
    checkouts = sorted(
        (s.session.moment, given)
        for s in sales(ctx)
        if (given := s.by_handler or (names_none and s.served)) or s.key in lost
        if not s.is_renewal
    )
    return tuple(
        s
        for s in unexplained_ones
        if s.is_renewal
        and s.key in lost
        and (last is None or s.session.moment > last)
        and _among_served(s, checkouts)
    )


def _among_served(sale: Sale, checkouts: Sequence[tuple[datetime, bool]]) -> bool:
    """Whether those next to it were served by the handler; `checkouts`: when they were paid, in order, and
    whether each was, as far as that is known."""
    place = bisect_right(checkouts, sale.session.moment, key=itemgetter(0))
    near = (*checkouts[max(place - 1, 0) : place], *checkouts[place : place + 1])
    return bool(near) and all(by_handler for _moment, by_handler in near)


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
