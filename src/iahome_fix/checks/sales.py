"""What was paid for, held against what was granted: read once per run, shared by stripe, site and payments.

A sale is one module of one paid Checkout Session. Refunded, disputed, unpaid and very young sessions are no
sales, and neither are token packs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.addresses import folded
from iahome_fix.checks import profile_emails
from iahome_fix.checks.tables import tables
from iahome_fix.systems.stripe_objects import COMPLETED, Event, Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iahome_fix.checks.context import Context
    from iahome_fix.model import Fix

LOOK_BACK = timedelta(days=90)
EVENTS_KEPT = timedelta(days=30)
"""Stripe keeps events for so long."""
UNDER_WAY = timedelta(minutes=5)
"""A delivery may take so long before anything is wrong (failure catalogue, F55)."""
TERM = timedelta(hours=72)
"""How long a paid access lasts, as the handler of the guide's time writes it."""

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
    "checks/payments_tokens",
    "checks/payments_no_tokens",
    "checks/payments_join",
    "checks/profile_emails",
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


@dataclass(frozen=True)
class Sale:
    """One module of a paid session (`module` None: the session names none) and what the database says of it.

    Attributes:
        customer: the session's e-mail is that of a profile, letter case and blanks aside.
        other_customer: another address in the session is that of a profile.
        found_as_written: one of its addresses is in `profiles` letter by letter, as the handler looks for it.
        odd_profile: the profile's address has capitals or blanks.
        doubled: several profiles have the address, which the handler takes for none.
        known_module: `modules` has it.
        module_in_use: an access that counts today names it.
        carried: a row holds the session's id.
        by_handler: such a row was written by the app's handler, not by a repair.
        granted: how many modules the rows with the session's id have, under whatever ids.
        lasting: an access of the customer covers the term that was bought.
        withdrawn: the id of the row by which a person took away what was bought; what stands serves instead.
        tokened: an active token of the customer covers it.
    """

    session: Session
    module: str | None
    customer: bool
    other_customer: bool
    found_as_written: bool
    odd_profile: bool
    doubled: bool
    known_module: bool
    module_in_use: bool
    carried: bool
    by_handler: bool
    granted: int
    lasting: bool
    tokened: bool
    over: bool
    withdrawn: str | None

    @property
    def served(self) -> bool:
        """The customer has, or had, what was paid for. A token counts once the term is over: it opened the
        module all the time."""
        given = self.carried or self.lasting or (self.tokened and self.over)
        return given and self.withdrawn is None

    @property
    def owed(self) -> bool:
        """Paid by a known customer for a known module, not given, and not taken away by a person."""
        return self.customer and self.known_module and not self.served and self.withdrawn is None

    @property
    def explained_by(self) -> str | None:
        """The check of link data that says why this one is owed, if one does."""
        if self.odd_profile:
            return "data.email-case"
        if self.doubled:
            return "data.profile-email"
        return "data.tokens-without-access" if self.tokened else None


def now(ctx: Context) -> datetime:
    """The moment of this run (UTC), the same for all checks."""
    return ctx.fact("now", lambda: datetime.now(UTC))


def sessions(ctx: Context) -> tuple[Session, ...]:
    """All completed sessions of the last 90 days. Raises StripeFailure."""
    return ctx.fact("sessions", lambda: ctx.stripe.sessions(now(ctx) - LOOK_BACK))


def due(ctx: Context) -> tuple[Session, ...]:
    """The sessions whose buyers are owed something: paid, not given back, not still under way."""
    latest = now(ctx) - UNDER_WAY
    return tuple(
        s
        for s in sessions(ctx)
        if s.paid and not s.is_token_pack and not s.refunded and not s.disputed and s.moment <= latest
    )


def sales(ctx: Context) -> tuple[Sale, ...]:
    """Every sale with what the database says of it. Raises StripeFailure, SqlError, CouldNotTell."""
    return ctx.fact("sales", lambda: tuple(_read(ctx, due(ctx))))


def owed(ctx: Context) -> tuple[Sale, ...]:
    """The sales that were not given and that no check of link data explains."""
    return tuple(s for s in sales(ctx) if s.owed and s.explained_by is None)


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
        rows = ctx.database.read(sql.load("checks/payments_noted"), {"sessions": ids})
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
        rows = ctx.database.read(sql.load("checks/payments_elsewhere"), {"sales": json.dumps(listed)})
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
    """The command that serves these sales: from now, where the terms of all of them are over."""
    words = ("--from", "now") if all(sale.over for sale in lost) else ()
    return ctx.fix("reconcile", *words, undoable=True)


def amounts_of(found: Iterable[Session]) -> Mapping[str, int]:
    """What these sessions cost by currency, in the smallest units; each session once."""
    total: dict[str, int] = {}
    for session in {s.id: s for s in found}.values():
        if session.amount_total and session.currency:
            total[session.currency] = total.get(session.currency, 0) + session.amount_total
    return total


def _read(ctx: Context, found: tuple[Session, ...]) -> Iterable[Sale]:
    if not found:
        return
    by_id = {storable(s.id): s for s in found}
    listed = [_as_json(s, module) for s in found for module in (s.modules or (None,))]
    statement = sql.load(_tokens_query(ctx)) + sql.load("checks/payments_join")
    # By way of JSON, since it is one parameter however many there are.
    rows = ctx.database.read(
        statement,
        {"sales": json.dumps(listed), "term": f"{TERM.total_seconds():.0f} s"},
        patient=True,
    )
    ends = now(ctx) - TERM
    doubled = profile_emails.doubled(ctx)
    for row in rows:
        session = by_id[row["session_id"]]
        yield Sale(
            session=session,
            module=row["module_id"],
            customer=row["customer"],
            other_customer=row["other_customer"],
            found_as_written=row["found_as_written"],
            odd_profile=row["odd_profile"],
            doubled=folded(session.email or "") in doubled,
            known_module=row["module"],
            module_in_use=row["module_in_use"],
            carried=row["carried"],
            by_handler=row["by_handler"],
            granted=row["granted"],
            lasting=row["lasting"],
            tokened=row["tokened"],
            over=session.created <= ends,
            withdrawn=row["taken_row"],
        )


def _tokens_query(ctx: Context) -> str:
    table = tables(ctx)["access_tokens"]
    whole = table.is_table and set(table.columns) >= _TOKEN_COLUMNS
    return "checks/payments_tokens" if whole else "checks/payments_no_tokens"


def _as_json(session: Session, module: str | None) -> dict[str, Any]:
    return {
        "session_id": storable(session.id),
        "module_id": storable(module) if module else None,
        "email": storable(session.email) if session.email else None,
        "emails": [storable(email) for email in session.emails],
        "created": session.created.isoformat(),
        "bought": session.moment.isoformat(),
    }


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: the null character and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
