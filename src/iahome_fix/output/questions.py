"""The questions before accesses are made: with their target and their numbers, directly above the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.money import amounts
from iahome_fix.i18n import ngettext

if TYPE_CHECKING:
    from iahome_fix.repairs.backfill.backfill import BackfillPlan
    from iahome_fix.repairs.reconcile.plan import ReconcilePlan


def of_reconcile(plan: ReconcilePlan, database: str) -> str:
    """What the operator is asked; it names the mode, since test payments are worth nothing."""
    if plan.mode == "test":
        text = ngettext(
            "Create {count} access ({whom}) in {database} for payments of TEST mode, which nobody really"
            " paid?",
            "Create {count} accesses ({whom}) in {database} for payments of TEST mode, which nobody really"
            " paid?",
            plan.to_create,
        )
    else:
        text = ngettext(
            "Create {count} access ({whom}) in {database} for payments of live mode?",
            "Create {count} accesses ({whom}) in {database} for payments of live mode?",
            plan.to_create,
        )
    whom = ngettext("{count} customer", "{count} customers", plan.customers).format(count=plan.customers)
    paid = [amounts(plan.amount)] if plan.amount else []
    return text.format(count=plan.to_create, whom=", ".join([whom, *paid]), database=database)


def of_backfill(plan: BackfillPlan, database: str) -> str:
    """What the operator is asked; for a plan that makes nothing, about the double ones that it ends."""
    if not plan.to_create:
        return ngettext(
            "Deactivate {count} access in {database}?",
            "Deactivate {count} accesses in {database}?",
            plan.doubles,
        ).format(count=plan.doubles, database=database)
    whom = ngettext("{count} customer", "{count} customers", plan.customers).format(count=plan.customers)
    return ngettext(
        "Create {count} access ({whom}) in {database}?",
        "Create {count} accesses ({whom}) in {database}?",
        plan.to_create,
    ).format(count=plan.to_create, whom=whom, database=database)
