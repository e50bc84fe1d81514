"""Plans each step of a repair by what the command of the same name plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import Refused
from iahome_fix.i18n import joined
from iahome_fix.model import Status
from iahome_fix.repairs import endpoint
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.migrate import in_sight, interlock
from iahome_fix.repairs.reconcile import ready as reconcile_ready
from iahome_fix.repairs.reconcile import reconcile
from iahome_fix.repairs.repair import over_api as sequence_api
from iahome_fix.repairs.repair.plan import BACKFILL, EMAILS, ENDPOINT, MIGRATE, RECONCILE, ByHand, Step
from iahome_fix.schema.requirements import Shape

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Report
    from iahome_fix.repairs.reconcile.plan import ReconcilePlan
    from iahome_fix.repairs.withdrawn import Withdrawn


def due_payments(ctx: Context, terms: Terms) -> ReconcilePlan:
    if ctx.only_data_api:
        return sequence_api.due_payments(ctx, terms)
    return reconcile.plan(ctx.database, ctx.stripe, terms, ctx.profile)


def migration(ctx: Context, shape: Shape) -> Step | None:
    planned = in_sight.planned(ctx, shape)
    if planned.obstacles:
        raise Refused("refused", joined(*planned.obstacles))
    if not planned.steps:
        return None
    # Nobody can state the webhook's role here: a plan that may shut it out carries the warning.
    found = interlock.evidence(ctx, planned, None)
    return Step(MIGRATE, interlock.judged(ctx.database, planned, None, found), webhook=found)


def addresses(report: Report) -> Step | None:
    found = next((r for r in report.results if r.check.id == "data.email-case"), None)
    free = int(found.finding.evidence.get("free") or 0) if found and found.status is Status.FAIL else 0
    return Step(EMAILS, None, at_most=free) if free else None


def endpoint_step(ctx: Context) -> Step | None:
    planned = endpoint.plan(ctx.stripe, ctx.webhook, secret=ctx.settings.stripe_webhook_secret)
    if planned.action == "nothing":
        if planned.withheld:
            raise Refused("withheld", planned.withheld[0])
        return None
    return Step(ENDPOINT, planned)


def tokens(
    ctx: Context, taken: dict[str, tuple[Withdrawn, ...]], *, unmet: frozenset[str] | None
) -> Step | None:
    try:
        planned = (
            sequence_api.due_tokens(ctx) if ctx.only_data_api else backfill.plan(ctx.database, ctx.profile)
        )
    except Refused:
        # What no migration of this plan meets keeps it from being planned.
        if unmet is None or unmet & set(backfill.NEEDED):
            raise
        most = int(ctx.database.read(sql.load("repair/tokens_waiting"), patient=True)[0]["found"])
        return Step(BACKFILL, None, at_most=most) if most else None
    taken |= {BACKFILL: planned.withdrawn} if planned.withdrawn else {}
    return Step(BACKFILL, planned, at_most=planned.to_create) if planned.to_create else None


def payments(
    ctx: Context,
    terms: Terms,
    taken: dict[str, tuple[Withdrawn, ...]],
    left: list[ByHand],
    *,
    unmet: frozenset[str] | None,
) -> Step | None:
    try:
        planned = due_payments(ctx, terms)
    except Refused:
        # What no migration of this plan meets keeps it from being planned.
        if unmet is None or unmet & set(reconcile_ready.NEEDED):
            raise
        sessions = ctx.stripe.sessions(terms.since)
        most = sum(
            len(s.modules) for s in sessions if s.paid and not (s.refunded or s.disputed or s.is_token_pack)
        )
        return Step(RECONCILE, None, at_most=most) if most else None
    taken |= {RECONCILE: planned.withdrawn} if planned.withdrawn else {}
    owed = filter(None, (planned.lacking, planned.untold))
    left += [ByHand("payments.unfulfilled", why.message, why.hint) for why in owed]
    return Step(RECONCILE, planned, at_most=planned.to_create) if planned.to_create else None
