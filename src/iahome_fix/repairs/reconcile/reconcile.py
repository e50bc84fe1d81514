"""Gives each paid Checkout Session its access: plan, then apply that plan.

What was paid is asked of Stripe, everything else is the verdict (`domain`), with which doctor decides, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from iahome_fix import sql
from iahome_fix.domain.sale import Sale
from iahome_fix.domain.terms import Terms, as_sold
from iahome_fix.domain.verdicts import AT_ONCE as VERDICTS_AT_ONCE
from iahome_fix.domain.verdicts import judge, query, storable
from iahome_fix.errors import Refused
from iahome_fix.i18n import _
from iahome_fix.profile import AppProfile
from iahome_fix.repairs import bare, fingerprint, others
from iahome_fix.repairs.applying import applied, kept_of, refused_unit, require_ready
from iahome_fix.repairs.patience import patiently, quiet, refused, untold
from iahome_fix.repairs.reconcile.plan import TO_CREATE, ReconcilePlan, Sold
from iahome_fix.repairs.reconcile.ready import has_tokens, tables
from iahome_fix.repairs.reconcile.tally import Tally
from iahome_fix.repairs.units import Batch, Course, Note, Record, Wrote, no_note
from iahome_fix.repairs.withdrawn import require_listed
from iahome_fix.systems.database import Database, Statement
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_payments import Payment

_AT_ONCE = 2_000
"""Accesses that one transaction makes."""
_GOOD_FOR = timedelta(minutes=15)
"""How long a plan may be applied: a payment can be refunded after it was made."""
_NOT_MOVED = (
    "a.id::text not in (select d.former_row from pg_temp.iahome_fix_due d where d.former_row is not null)"
)
"""What goes on under another id of the same customer is lost by nobody."""
OF_ROWS = ("sql-refused", "refused-in-function", "not-kept")
"""Refusals that may concern one customer alone: a constraint, a trigger."""


def plan(
    db: Database,
    account: StripeAccount,
    terms: Terms,
    profile: AppProfile,
    *,
    now: datetime | None = None,
    on_read: Callable[[int], None] = lambda _count: None,
    on_wait: Callable[[str], None] = quiet,
) -> ReconcilePlan:
    """What each paid session is due by that version of the app. Reads only; `on_read` hears how many sessions
    were read so far.

    Raises Refused when the tables are not ready (code not-migrated: `migrate` comes first) or the terms name
    an access to restore that is not withdrawn (not-withdrawn), StripeFailure when not every page could be
    read, PermissionMissing without the right to see refunds, CouldNotTell when the database does not tell.
    There is no plan over a part of the sessions.
    """
    try:
        tokens = has_tokens(patiently(lambda: require_ready(db, profile), on_wait))
        tally = Tally(terms, profile, now or datetime.now(UTC), account.mode)
        return counted(db, account, tally, tokens=tokens, on_read=on_read, on_wait=on_wait)
    except SqlError as error:
        raise untold(error) from None


def counted(
    db: Database,
    account: StripeAccount,
    tally: Tally,
    *,
    tokens: bool,
    on_read: Callable[[int], None],
    on_wait: Callable[[str], None] = quiet,
) -> ReconcilePlan:
    """The plan, by tables that are ready; `tokens`: access_tokens is whole.

    Raises SqlError, and what `plan` raises.
    """
    moment = tally.made
    terms = tally.terms = as_sold(db, tally.terms, tally.profile)
    for sessions in _in_chunks(account, tally, on_read):
        ask = _asking(db, sessions, terms, tally.profile, now=moment, mode=account.mode, tokens=tokens)
        tally.take(patiently(ask, on_wait))
    found = tally.plan()
    require_listed(terms.restore, (one for one in found.withdrawn if one.given_back))
    return found


def apply(
    db: Database,
    agreed: ReconcilePlan,
    run_id: str,
    *,
    now: datetime | None = None,
    on_wait: Callable[[str], None] = quiet,
    wrote: Wrote | None = None,
    note: Note = no_note,
) -> int:
    """Create the accesses of the plan, some of them in each transaction; returns how many rows were made.

    `wrote` takes what the journal has to know of the rows; `note` is called before each is
    committed, and after it.

    Each is judged again inside the transaction: what somebody else has served meanwhile is left out, and
    nothing is created that the plan did not show. A table in use is awaited a few times (`on_wait` hears of
    it). Whoever the database refuses keeps nobody else waiting. Raises Refused when nothing was written (code
    stale: the plan is too old), StoppedAfter when a part was.
    """
    require_fresh(agreed, now)
    wrote = wrote or Wrote()
    try:
        tokens = has_tokens(tables(db, agreed.profile))
    except SqlError as error:
        raise refused(error, db) from None

    return applied(
        db,
        Course(Batch.all(agreed.of(TO_CREATE), _AT_ONCE), apart=OF_ROWS, of=agreed.to_create),
        lambda batch: _unit(batch.all_of_it, agreed, run_id, tokens=tokens),
        record=Record(wrote, note),
        kept=lambda: kept_of(db, agreed.profile, run_id, "purchase", wrote),
        refusal=partial(refused_unit, db, agreed.profile),
        on_wait=on_wait,
    )


def require_fresh(agreed: ReconcilePlan, now: datetime | None = None) -> None:
    """Raise Refused (stale) for a plan that is older than 15 minutes."""
    if (now or datetime.now(UTC)) - agreed.made > _GOOD_FOR:
        raise Refused(
            "stale",
            _("the plan is older than 15 minutes: money may have been refunded since; nothing was written"),
            _("run the same command again"),
        )


def _in_chunks(
    account: StripeAccount, tally: Tally, on_read: Callable[[int], None]
) -> Iterable[Sequence[Payment]]:
    """The sessions that the database has to be asked about, a few thousand at a time."""
    waiting: list[Payment] = []
    count = 0
    with closing(account.payment_pages(tally.terms.since)) as pages:
        for page in pages:
            count += len(page)
            on_read(count)
            waiting += filter(tally.wants, page)
            if len(waiting) >= VERDICTS_AT_ONCE:
                yield waiting
                waiting = []
    if waiting:
        yield waiting


def _asking(
    db: Database,
    sessions: Sequence[Payment],
    terms: Terms,
    profile: AppProfile,
    *,
    now: datetime,
    mode: str | None,
    tokens: bool,
) -> Callable[[], list[Sale]]:
    return lambda: list(judge(db, sessions, terms, profile, now=now, mode=mode, tokens=tokens))


def _unit(due: Sequence[Sold], agreed: ReconcilePlan, run_id: str, *, tokens: bool) -> list[Statement]:
    note = query("reconcile/due", agreed.profile, tokens=tokens)
    run = {"run_id": run_id}
    written = (
        (
            Statement(sql.load("reconcile/make_way"), run),
            Statement(fingerprint.load("reconcile/create"), run),
        )
        if agreed.profile.is_guides
        else bare.writing(agreed.profile)
    )
    return [
        Statement(sql.load("reconcile/agreed")),
        Statement(note, parameters(due, agreed.terms)),
        *others.around(agreed.profile, *written, whose=_NOT_MOVED),
        Statement(sql.load("reconcile/kept", agreed.profile)),
        Statement(sql.load("reconcile/created")),
    ]


def parameters(part: Sequence[Sold], terms: Terms) -> dict[str, Any]:
    """The parameters of the verdict query, for what a plan shows."""
    return {"sales": json.dumps([_record(sold, terms) for sold in part]), "restore": list(terms.restore)}


def _record(sold: Sold, terms: Terms) -> dict[str, Any]:
    """One record of the parameter `sales` of sql/domain/sale.sql: what the plan shows, and for whom."""
    return {
        "payment": storable(sold.session_id),
        "session_id": storable(sold.began) if sold.began else None,
        "payment_id": storable(sold.paid_by) if sold.paid_by else None,
        "module_id": sold.module,
        "user_id": storable(sold.named) if sold.named else None,
        "addresses": [storable(email) for email in sold.emails],
        "planned_for": sold.user_id,
        "amount": sold.amount,
        "paid": sold.bought.isoformat(),
        "until": terms.sold_until(sold.bought, sold.module).isoformat(),
        "least": terms.covered_from(sold.bought, sold.module).isoformat(),
        "ends": sold.ends.isoformat(),
    }
