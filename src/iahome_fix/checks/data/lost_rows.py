"""Checks of link data about accesses that were there: `data.rows-lost` and `data.deactivated`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.checks import commands, needed
from iahome_fix.checks.registry import check
from iahome_fix.checks.schema.grant_accepted import hides_new_rows
from iahome_fix.checks.statements import activate
from iahome_fix.domain.money import Money, money_of, partly_settled
from iahome_fix.errors import ToolError
from iahome_fix.facts import left_behind, removals, sales
from iahome_fix.facts.queries import of_rows
from iahome_fix.facts.tables import accesses
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.model import Finding, blocked, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.queries import Record
    from iahome_fix.facts.seen import Seen

_MOST = 1000
_MOST_SHOWN = 10
LOST = "data.rows-lost"
_FEWEST_GONE = 2
"""A single payment without its row may have failed by itself; then nothing points to the table."""


@check(
    LOST,
    N_("the rows of earlier payments are there"),
    needs=needed.READING,
    after=needed.WRITING,
    queries=(*sales.OWED, *removals.QUERIES, "checks/payments_noted"),
)
def rows_lost(ctx: Seen) -> Finding:
    """A script that drops and makes the table anew takes every customer's modules with it; new sales work.

    Found by: the app noted several payments in `payments`, but all accesses from before a certain moment are
    gone. Where no access that is over is kept, and accesses are deleted (by a job of pg_cron, or the table's
    statistics count them), a payment whose term is over proves no loss. A table that did not exist at the
    time looks the same from here, and is repaired the same way.
    Repair: `reconcile` restores them with the dates of the payments; a backup, for what was given by hand.
    Never: take today as their first day; take the module from `payments`, which holds only the first one.
    """
    missing = gone(ctx)
    if not missing:
        return ok(_("nothing points to rows that were removed"))
    ids, first = {sale.session.id for sale in missing}, sales.written(ctx).first
    detail = ngettext(
        "{count} payment that the app noted has no access any more",
        "{count} payments that the app noted have no access any more",
        len(ids),
    ).format(count=len(ids))
    why = (
        _("no access from before {day} (UTC) is left: module_access was emptied then, or made (anew)")
        if first is not None
        else _("no access of any payment is left: module_access was emptied, or made (anew) only now")
    )
    why = why.format(day=figures.minute(first) if first else "")
    by_job = removals.jobs.or_why(ctx) if not ctx.only_data_api else ()
    if by_job and not isinstance(by_job, ToolError):
        why += _("; a job of pg_cron deletes accesses: {names}").format(
            names=", ".join(f"{job.name} ({job.schedule})" for job in by_job)
        )
    if accesses(ctx).unlogged:
        why += _(", as a crash of the server does with an unlogged table, which module_access is")
    return fail(
        joined(detail, why),
        hint=_(
            "reconcile restores these accesses as they were sold, and backfill then those of tokens;"
            " accesses given by hand are only in a backup"
        ),
        fix=commands.reconcile(ctx, missing),
        payments=len(ids),
        sessions=sorted(ids)[:_MOST_SHOWN],
        before=first.isoformat() if first else None,
    )


def gone(ctx: Seen) -> list[Sale]:
    """The sales that the app noted and whose rows went with the whole table. Raises as `sales.sales` does."""
    if not ctx.profile.is_guides:
        # Its rows name no payment, so that whose are gone does not show.
        return []
    first = sales.written(ctx).first
    ended = removals.after_their_end(ctx)
    missing = [
        sale
        for sale in left_behind.noted_sales(ctx)
        if (first is None or sale.session.moment < first) and sale.key not in ended
    ]
    if len({sale.session.id for sale in missing}) < _FEWEST_GONE:
        return []
    there = (s for s in sales.sales(ctx) if first is None or s.session.moment < first)
    return [] if any(sale.served or sale.withdrawn for sale in there) else missing


@check(
    "data.deactivated",
    N_("no paid access was deactivated before its end"),
    needs=("schema.module-access", "schema.columns"),
    beside=("schema.grant-accepted",),
    queries=("checks/deactivated",),
)
def deactivated(ctx: Seen) -> Finding:
    """An access that somebody, or a script, deactivated is gone from the page although its end lies ahead.

    Found by: rows that are not active (an empty is_active hides them as well) whose end is still to come,
    with no other access in force. It is a fault where the row's payment stands (neither refunded nor
    disputed, nor refunded in part for one of several modules) and the row does not say that it was meant;
    anything else is only mentioned.
    Repair: `reconcile --restore ID`, or by hand, after asking who deactivated it.
    Never: reactivate what was refunded; insert a second row.
    """
    rows = of_rows(ctx, "checks/deactivated", {"most": _MOST})
    if not rows:
        return ok(_("every paid access is active until its end"))
    if hides_new_rows(ctx):
        return blocked(_("new rows are hidden as they are written"), "schema.grant-accepted")
    owed = sorted(_standing(ctx, {row["session_id"] for row in rows if not row["explained"]}))
    if not owed:
        count = int(rows[0]["found"])
        return warn(
            ngettext(
                "{count} access was deactivated before its end; nothing says that it is owed",
                "{count} accesses were deactivated before their end; nothing says that they are owed",
                count,
            ).format(count=count),
            count=count,
        )
    return fail(
        ngettext(
            "{count} access was deactivated before its end, though its payment stands: its customer"
            " sees nothing",
            "{count} accesses were deactivated before their end, though their payments stand: their"
            " customers see nothing",
            len(owed),
        ).format(count=len(owed)),
        hint=_by_hand(ctx, rows, owed[:_MOST_SHOWN]),
        sessions=owed[:_MOST_SHOWN],
        count=len(owed),
    )


def _by_hand(ctx: Seen, rows: Sequence[Record], owed: Sequence[str]) -> str:
    """Only a person knows whether it was meant; if it was not, either of these gives it back."""
    statement = _("unless somebody meant it: {statement}").format(statement=activate(owed))
    closed = [str(row["row_id"]) for row in rows if row["closed"] and row["session_id"] in owed]
    if not closed:
        return statement
    words = [word for row_id in dict.fromkeys(closed) for word in ("--restore", row_id)]
    return _("{statement}; or, on record and with undo: {command}").format(
        statement=statement, command=ctx.settings.command("reconcile", *words, *commands.words(ctx))
    )


def _standing(ctx: Seen, ids: Collection[str]) -> set[str]:
    """Those of the sessions whose money is there for certain, for every module; none where Stripe cannot be
    asked."""
    found, mode = sales.sessions.or_why(ctx), sales.mode.or_why(ctx)
    if isinstance(found, ToolError) or isinstance(mode, ToolError):
        return set()
    now = sales.now(ctx)
    asked = (s for s in found if s.id in ids)
    return {s.id for s in asked if money_of(s, now=now, mode=mode) is Money.DUE and not partly_settled(s)}
