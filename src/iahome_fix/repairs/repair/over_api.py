"""The steps of a sequence that give rows, where the Data API is all there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iahome_fix.facts.data_api import READS_ROWS
from iahome_fix.model import Status
from iahome_fix.repairs.backfill import over_api as backfill_api
from iahome_fix.repairs.reconcile import over_api as reconcile_api

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Report
    from iahome_fix.repairs.api.bare.record import BareWritten, Keep
    from iahome_fix.repairs.api.written import Written
    from iahome_fix.repairs.backfill.backfill import BackfillPlan
    from iahome_fix.repairs.reconcile.plan import ReconcilePlan


def hides_rows(report: Report) -> bool:
    """Whether the key may be a visitor's, from whom rows are hidden without a word, or is not let in."""
    fine = (Status.OK, Status.WARN)
    return any(r.check.id in READS_ROWS and r.status not in fine for r in report.results)


def due_tokens(ctx: Context) -> BackfillPlan:
    """What each active token is due. Raises as `backfill_api.plan`."""
    return backfill_api.plan(ctx.data_api, ctx.profile).counts


def due_payments(ctx: Context, terms: Terms) -> ReconcilePlan:
    """What each payment is due. Raises as `reconcile_api.plan`."""
    return reconcile_api.plan(ctx.data_api, ctx.stripe, terms, ctx.profile)


def give_tokens(
    ctx: Context, run_id: str, within: Callable[[BackfillPlan], object], tell: Callable[[str], None]
) -> Written | None:
    """Give each active token its access; None where none is due.

    `within` raises for a plan that comes to more than was shown. Raises as `backfill_api.apply`.
    """
    fresh = backfill_api.plan(ctx.data_api, ctx.profile)
    within(fresh.counts)
    return (
        None if fresh.counts.is_empty else backfill_api.apply(ctx.data_api, fresh, run_id, on_progress=tell)
    )


def give_payments(ctx: Context, plan: ReconcilePlan, run_id: str, tell: Callable[[str], None]) -> Written:
    """Give each payment its access. Raises as `reconcile_api.apply`."""
    return reconcile_api.apply(ctx.data_api, plan, run_id, say=tell)


def give_payments_bare(
    ctx: Context, plan: ReconcilePlan, run_id: str, keep: Keep, tell: Callable[[str], None]
) -> BareWritten:
    """The same in a table that says nothing of runs. Raises as `reconcile_api.apply_bare`."""
    return reconcile_api.apply_bare(ctx.data_api, plan, run_id, keep, say=tell)
