"""What was paid for, and the verdict on each sale: read once per run, shared by stripe, site and payments.

The rules are those of `domain`; here they are only asked.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.checks.tables import tables
from iahome_fix.domain import terms as usual_terms
from iahome_fix.domain.money import money_of
from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.domain.terms import Terms
from iahome_fix.domain.verdicts import JUDGED, judge, storable
from iahome_fix.systems.stripe_objects import COMPLETED, Event
from iahome_fix.systems.stripe_payments import Payment, Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.checks.context import Context
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
    "schema.customers-refused",
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

_APPLICATION_COLUMNS = frozenset({"user_id", "module_id", "is_active"})
_TOKEN_COLUMNS = frozenset({"id", "created_by", "module_id", "expires_at", "is_active", "created_at"})


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


def owed(ctx: Context) -> tuple[Sale, ...]:
    """The sales that were not given and that nothing explains which is seen in the sales themselves."""
    return tuple(s for s in sales(ctx) if s.owed and not explained(ctx, s))


def stopped(ctx: Context, check_id: str) -> tuple[Sale, ...]:
    """The sales that were not given because of what this check speaks for (see `explained_by`)."""
    return tuple(s for s in sales(ctx) if explained_by(s) == check_id)


def lapsed(ctx: Context) -> tuple[Sale, ...]:
    """Renewals that gave nothing while checkouts go on giving rows: `payments.renewals` speaks for them.

    All of the newest renewals have to be among them, and no checkout since the first of them is owed.
    """

    def read() -> tuple[Sale, ...]:
        found = sales(ctx)
        renewed = [s for s in found if s.is_renewal]
        last = max((s.session.moment for s in renewed if s.served), default=None)
        lost = [
            s
            for s in renewed
            if s.owed and explained_by(s) is None and (last is None or s.session.moment > last)
        ]
        checkouts = [s for s in found if not s.is_renewal]
        if not lost or not any(s.by_handler for s in checkouts):
            return ()
        first = min(s.session.moment for s in lost)
        others = any(s.owed and explained_by(s) is None and s.session.moment >= first for s in checkouts)
        return () if others else tuple(lost)

    return ctx.fact("lapsed", read)


def _lapsed_keys(ctx: Context) -> frozenset[tuple[str, str | None]]:
    return ctx.fact("lapsed-keys", lambda: frozenset(map(_key, lapsed(ctx))))


def _key(sale: Sale) -> tuple[str, str | None]:
    return sale.session.id, sale.module


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


def explained(ctx: Context, sale: Sale) -> str | None:
    """The same, or the check that speaks for a renewal as one of many."""
    return explained_by(sale) or ("payments.renewals" if _key(sale) in _lapsed_keys(ctx) else None)


def undelivered(ctx: Context) -> tuple[Event, ...]:
    """Completed-checkout events of the last 30 days that did not reach every endpoint yet."""
    since = now(ctx) - EVENTS_KEPT
    found: tuple[Event, ...] = ctx.fact(
        "undelivered", lambda: ctx.stripe.events((COMPLETED,), since, delivery_success=False)
    )
    return tuple(e for e in found if e.pending_webhooks > 0)


def noted(ctx: Context) -> frozenset[str]:
    """Ids of the sessions owed today that the app's table `payments` has.

    Its handler was there, but the grant failed, or its row is gone.
    """

    def read() -> frozenset[str]:
        ids = sorted({storable(sale.session.id) for sale in owed(ctx)})
        if not ids or not tables(ctx)["payments"].is_table:
            return frozenset()
        rows = ctx.rows.read(sql.load("checks/payments_noted"), {"sessions": ids})
        return frozenset(str(row["session_id"]) for row in rows)

    return ctx.fact("noted", read)


def elsewhere(ctx: Context) -> frozenset[tuple[str, str | None]]:
    """Session and module of the sales owed today whose grant lies in `user_applications` (F18)."""

    def read() -> frozenset[tuple[str, str | None]]:
        table = tables(ctx)["user_applications"]
        lost = [sale for sale in owed(ctx) if sale.module]
        if not lost or not table.is_table or not set(table.columns) >= _APPLICATION_COLUMNS:
            return frozenset()
        listed = [_as_json(sale.session, sale.module) for sale in lost]
        rows = ctx.rows.read(sql.load("checks/payments_elsewhere"), {"sales": json.dumps(listed)})
        return frozenset((str(row["session_id"]), row["module_id"]) for row in rows)

    return ctx.fact("elsewhere", read)


def delayed(ctx: Context) -> frozenset[str]:
    """Ids of sessions owed today whose completed event said `unpaid`: the money came later (F50)."""

    def read() -> frozenset[str]:
        open_sales = owed(ctx)
        if not open_sales:
            return frozenset()
        # A margin, since an event may be older than what the list of sessions says.
        start = min(s.session.created for s in open_sales) - timedelta(days=7)
        events = ctx.stripe.events((COMPLETED,), max(start, now(ctx) - EVENTS_KEPT))
        return frozenset(e.object_id for e in events if e.object_id and e.object_payment_status == "unpaid")

    return ctx.fact("delayed", read)


def reconcile(ctx: Context, lost: Iterable[Sale]) -> Fix:
    """The command that serves these sales, on this run's terms: from now, where all of them are over."""
    words = terms(ctx).words(now(ctx), from_now=all(sale.over for sale in lost))
    return ctx.fix("reconcile", *words, undoable=True)


def _has_tokens(ctx: Context) -> bool:
    table = tables(ctx)["access_tokens"]
    return table.is_table and set(table.columns) >= _TOKEN_COLUMNS


def _as_json(session: Payment, module: str | None) -> dict[str, Any]:
    return {
        "session_id": storable(session.id),
        "module_id": storable(module) if module else None,
        "email": storable(session.email) if session.email else None,
        "created": session.created.isoformat(),
    }
