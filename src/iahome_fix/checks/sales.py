"""What was paid for, and the verdict on each sale: read once per run, shared by stripe, site and payments.

The rules are those of `domain`; here they are only asked.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from iahome_fix.checks.schema import refusals as refusing
from iahome_fix.domain import terms as usual_terms
from iahome_fix.domain.money import money_of
from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.domain.terms import Terms
from iahome_fix.domain.verdicts import JUDGED, judge
from iahome_fix.errors import ToolError
from iahome_fix.facts.tables import tables
from iahome_fix.systems.stripe_objects import COMPLETED, Event
from iahome_fix.systems.stripe_payments import Payment, Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iahome_fix.checks.schema.refusals import Refusal
    from iahome_fix.domain.sale import Key
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Fix

EVENTS_KEPT = timedelta(days=30)
"""Stripe keeps events for so long."""

READING = (
    "stripe.key",
    "supabase.database",
    "schema.module-access",
    "schema.columns",
    "schema.profiles",
    "schema.modules",
)
"""Checks without which sales and accesses cannot be read at all."""

WRITING = (
    "supabase.key",
    "schema.types",
    "schema.one-active-access",
    "schema.sequence",
    "schema.grant-accepted",
    "schema.cache",
    "permissions.service-role",
    "permissions.webhook-role",
    "supabase.writable",
    "permissions.api-roles",
)
"""Checks that, failing, explain why a delivered payment was not written."""

QUERIES = (
    "checks/tables",
    "domain/tokens",
    "domain/no_tokens",
    "domain/sale",
    "domain/customer",
    "domain/served",
    "domain/withdrawn_rows",
    "domain/verdict",
    "domain/judged",
    "domain/titles",
)
"""What `sales` reads."""

OWED = (*QUERIES, *refusing.QUERIES)
"""What `owed` reads."""

ARRIVING = (
    "stripe.endpoint",
    "stripe.endpoint-url",
    "stripe.endpoint-mode",
    "stripe.endpoint-enabled",
    "stripe.endpoint-events",
    "site.webhook-route",
    "site.webhook-secret",
    "site.webhook-body",
)
"""Checks that, failing, explain why a payment never reached the handler."""

_TOKEN_COLUMNS = frozenset({"id", "created_by", "module_id", "expires_at", "is_active", "created_at"})


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


def now(ctx: Context) -> datetime:
    """The moment of this run (UTC), the same for all checks."""
    return ctx.fact("now", lambda: datetime.now(UTC))


def terms(ctx: Context) -> Terms:
    """What the operator chose of the length of an access; what is usual, where nothing was chosen."""
    return ctx.terms or usual_terms.usual(now(ctx), ctx.profile.term.usual)


def sessions(ctx: Context) -> tuple[Session, ...]:
    """All completed sessions since the beginning of the look-back. Raises StripeFailure."""
    return ctx.fact("sessions", lambda: ctx.stripe.sessions(terms(ctx).since))


def payments(ctx: Context) -> tuple[Payment, ...]:
    """Those sessions, and the renewals of subscriptions since then. Raises StripeFailure."""
    return ctx.fact(
        "payments",
        lambda: (*sessions(ctx), *ctx.stripe.renewals(terms(ctx).since, sessions(ctx))),
    )


def due(ctx: Context) -> tuple[Payment, ...]:
    """The payments whose money is there, whatever their buyers have already."""
    mode = ctx.stripe.mode
    return tuple(s for s in payments(ctx) if money_of(s, now=now(ctx), mode=mode) in JUDGED)


def sales(ctx: Context) -> tuple[Sale, ...]:
    """Every sale whose money is there, with its verdict. Raises StripeFailure, SqlError, CouldNotTell."""

    def read() -> tuple[Sale, ...]:
        found = due(ctx)
        if not found:  # nor is the database needed then
            return ()
        whole = _has_tokens(ctx)
        return tuple(
            judge(ctx.rows, found, terms(ctx), ctx.profile, now=now(ctx), mode=ctx.stripe.mode, tokens=whole)
        )

    return ctx.fact("sales", read)


def unexplained(ctx: Context) -> tuple[Sale, ...]:
    """The sales that are owed, and of which the sale itself does not show why (see `explained_by`)."""
    return ctx.fact("unexplained", lambda: tuple(s for s in sales(ctx) if s.owed and explained_by(s) is None))


def owed(ctx: Context) -> tuple[Sale, ...]:
    """Those of them that the table would take, and that are no renewals which are lost as such."""

    def find() -> tuple[Sale, ...]:
        others = refused(ctx) | {sale.key for sale in lapsed(ctx)}
        return tuple(sale for sale in unexplained(ctx) if sale.key not in others)

    return ctx.fact("owed", find)


def insertable(ctx: Context) -> tuple[Sale, ...]:
    """Those of the unexplained sales for which a row would be inserted: a renewal lengthens the row that is
    there, and is no row of its own."""
    return tuple(s for s in unexplained(ctx) if not (s.is_renewal and (s.open or s.row_in_way)))


def refusals(ctx: Context) -> tuple[Refusal, ...]:
    """What on the table refuses rows that are owed. Raises SqlError, and MissingCredential without SQL."""

    def find() -> tuple[Refusal, ...]:
        lost = insertable(ctx)
        return tuple(refusing.refusals(ctx, lost)) if lost else ()

    return ctx.fact("refusals", find)


def refused(ctx: Context) -> frozenset[Key]:
    """The sales whose rows the table would refuse, as far as that can be tried: `schema.customers-refused`
    speaks for them."""
    try:
        return frozenset(key for one in refusals(ctx) for key in one.sales)
    except ToolError:
        return frozenset()


def stopped(ctx: Context, check_id: str) -> tuple[Sale, ...]:
    """The sales that were not given because of what this check speaks for (see `explained_by`)."""
    return tuple(s for s in sales(ctx) if explained_by(s) == check_id)


def lapsed(ctx: Context) -> tuple[Sale, ...]:
    """Renewals that gave nothing while checkouts go on giving rows.

    They are newer than any renewal that was served, and of the checkouts before and behind each of them the
    nearest was served by the handler: where that one has no row either, renewals are lost as all else is.
    """

    def read() -> tuple[Sale, ...]:
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

    return ctx.fact("lapsed", read)


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


def undelivered(ctx: Context, *types: str) -> tuple[Event, ...]:
    """Events of the last 30 days that did not reach every endpoint yet, those of completed checkouts where no
    other `types` are asked for."""
    since = now(ctx) - EVENTS_KEPT
    asked = types or (COMPLETED,)
    found: tuple[Event, ...] = ctx.fact(
        f"undelivered {asked}", lambda: ctx.stripe.events(asked, since, delivery_success=False)
    )
    return tuple(e for e in found if e.pending_webhooks > 0)


def words(ctx: Context) -> tuple[str, ...]:
    """The options by which another command has this run's terms."""
    return terms(ctx).words(now(ctx))


def then_reconcile(ctx: Context) -> str:
    """The command that serves what is owed, on this run's terms, once something was repaired by hand."""
    return ctx.settings.command("reconcile", *words(ctx))


def rehearse(ctx: Context) -> str:
    """The command that makes sales and takes them back, of those that this run looks at."""
    return ctx.settings.command("doctor", "--rehearse", *words(ctx))


def reconcile(ctx: Context, lost: Iterable[Sale]) -> Fix:
    """The command that serves these sales, on this run's terms: from now, where all of them are over."""
    options = terms(ctx).words(now(ctx), from_now=all(sale.over for sale in lost))
    return ctx.fix("reconcile", *options, undoable=True)


def _has_tokens(ctx: Context) -> bool:
    table = tables(ctx)["access_tokens"]
    return table.is_table and set(table.columns) >= _TOKEN_COLUMNS
