"""What the sales that are owed left behind elsewhere: a note, a grant in another table, an early event."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.domain.verdicts import storable
from iahome_fix.facts.sales import EVENTS_KEPT, now, owed
from iahome_fix.facts.seen import fact
from iahome_fix.facts.tables import tables
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Key, Sale
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.stripe_payments import Payment

_APPLICATION_COLUMNS = frozenset({"user_id", "module_id", "is_active"})


@fact
def noted(ctx: Context) -> frozenset[str]:
    """Ids of the sessions owed today that the app's table `payments` has.

    Its handler was there, but the grant failed, or its row is gone.
    """
    ids = sorted({storable(sale.session.id) for sale in owed(ctx)})
    if not ids or not tables(ctx)["payments"].is_table:
        return frozenset()
    rows = ctx.rows.read(sql.load("checks/payments_noted"), {"sessions": ids})
    return frozenset(str(row["session_id"]) for row in rows)


def noted_sales(ctx: Seen) -> list[Sale]:
    """The sales owed today that it has."""
    return [sale for sale in owed(ctx) if sale.session.id in noted(ctx)]


@fact
def elsewhere(ctx: Context) -> frozenset[Key]:
    """Session and module of the sales owed today whose grant lies in the table of another version (F18)."""
    table = tables(ctx)[ctx.profile.elsewhere]
    lost = [sale for sale in owed(ctx) if sale.module]
    if not lost or not table.is_table or not set(table.columns) >= _APPLICATION_COLUMNS:
        return frozenset()
    listed = [_as_json(sale.session, sale.module) for sale in lost]
    query = sql.load("checks/payments_elsewhere", ctx.profile)
    rows = ctx.rows.read(query, {"sales": json.dumps(listed)})
    return frozenset((str(row["session_id"]), row["module_id"]) for row in rows)


@fact
def delayed(ctx: Context) -> frozenset[str]:
    """Ids of sessions owed today whose completed event said `unpaid`: the money came later (F50)."""
    open_sales = owed(ctx)
    if not open_sales:
        return frozenset()
    # A margin, since an event may be older than what the list of sessions says.
    start = min(s.session.created for s in open_sales) - timedelta(days=7)
    events = ctx.stripe.events((COMPLETED,), max(start, now(ctx) - EVENTS_KEPT))
    return frozenset(e.object_id for e in events if e.object_id and e.object_payment_status == "unpaid")


def _as_json(session: Payment, module: str | None) -> dict[str, Any]:
    return {
        "session_id": storable(session.id),
        "module_id": storable(module) if module else None,
        "email": storable(session.email) if session.email else None,
        "created": session.created.isoformat(),
    }
