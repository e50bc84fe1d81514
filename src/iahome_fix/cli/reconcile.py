"""`reconcile`: each paid Checkout Session gets its access."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome, done_by_another
from iahome_fix.cli.naming import naming_migrate
from iahome_fix.cli.options import Restore
from iahome_fix.cli.terms import SINCE, AccessDuration, From, Since, Start, terms
from iahome_fix.i18n import N_, _, joined, ngettext

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Context
    from iahome_fix.output.screen import Screen

_EMPTY: dict[str, Any] = {
    "plan": None,
    "withdrawn": [],
    "applied": {"created": 0},
    "gained": None,
    "run_id": None,
}


@command("reconcile", empty_body=_EMPTY)
def reconcile(
    frame: Frame,
    since: Since = SINCE,
    access_duration: AccessDuration = None,
    start: From = Start.PURCHASE,
    list_all: Annotated[
        bool, typer.Option("--list", help=N_("List every payment, not only the first 20 of each case."))
    ] = False,
    include_unclear: Annotated[
        bool,
        typer.Option(
            "--include-unclear", help=N_("Also where Stripe does not show whether it was refunded.")
        ),
    ] = False,
    restore: Restore = None,
) -> Outcome:
    """Give each paid Checkout Session its access: nothing twice, nothing unpaid, nothing on a guess."""
    from iahome_fix.cli.shop import require_certain
    from iahome_fix.cli.way_in import opened
    from iahome_fix.facts.context import Context

    chosen = terms(
        frame, since, access_duration, start, include_unclear=include_unclear, restore=restore or ()
    )
    frame.show_target()
    ctx = opened(frame, lambda found: Context(found, timeout=frame.common.timeout), writes=True)
    try:
        require_certain(ctx, "reconcile")
        return _reconcile(frame, ctx, ctx.on_terms(chosen), list_all=list_all)
    finally:
        ctx.close()


def _reconcile(frame: Frame, ctx: Context, terms: Terms, *, list_all: bool) -> Outcome:
    from iahome_fix.cli.reconcile_ways import way
    from iahome_fix.cli.recording import recorded
    from iahome_fix.output.questions import of_reconcile
    from iahome_fix.output.reconcile import gained, listed, show_reconcile
    from iahome_fix.output.withdrawn import show_withdrawn
    from iahome_fix.repairs.journal.run import new_run_id

    common = frame.common
    chosen = way(frame, ctx)
    with naming_migrate(frame):
        plan = chosen.plan(terms, lambda _count: None)
    left = plan.lacking or plan.untold
    test_site = site_of_test_payments(frame, plan.mode)
    body: dict[str, Any] = {
        "plan": {**plan.as_json(), "test_payments": test_site is not None},
        "withdrawn": [one.as_json(emails=common.show_emails) for one in plan.withdrawn],
    }
    if list_all:
        body["listed"] = listed(plan, emails=common.show_emails)

    unclear = ("--include-unclear",) if terms.include_unclear else ()

    def show_plan(screen: Screen) -> None:
        show_reconcile(screen, plan, everything=list_all, emails=common.show_emails, test_site=test_site)
        show_withdrawn(
            screen,
            plan.withdrawn,
            lambda row_id: frame.settings.command(
                "reconcile", "--restore", row_id, *unclear, *terms.words(datetime.now(UTC))
            ),
            everything=list_all,
            emails=common.show_emails,
        )

    def show_end(screen: Screen) -> None:
        show_plan(screen)
        screen.line(_("nothing to do: none of these payments waits for an access that can be given"), "ok")

    if not plan.to_create and left is not None:
        return Outcome(left.exit_code, "unknown", body, show_plan, left)
    if not plan.to_create:
        return Outcome(errors.OK, "nothing-to-do", body, show_end)
    if common.dry_run:
        return Outcome(errors.OK, "planned", body, show_plan)
    not_agreed = frame.unless_agreed(of_reconcile(plan, chosen.label), body, show_plan)
    if not_agreed is not None:
        return not_agreed
    run_id = new_run_id()
    with naming_migrate(frame), recorded(frame, run_id, body["plan"]) as changes:
        applied = chosen.apply(plan, run_id, changes)
        created, stop = applied.created, applied.stop
        if stop is not None:
            changes.stopped(stop)
    if stop is not None:
        done_so_far = {**body, "applied": {"created": created}, "run_id": run_id}
        return frame.failed(stop, done_so_far)
    if not created:
        return done_by_another(body)
    done = ngettext(
        "created {count} access (run {run})", "created {count} accesses (run {run})", created
    ).format(count=created, run=run_id)
    sums = plan.gained(created)

    def show_done(screen: Screen) -> None:
        screen.line(done, "ok")
        if sums is not None:
            screen.line(gained(sums), "ok")

    body |= {
        "applied": {"created": created},
        "gained": sums.as_json() if sums else None,
        "run_id": run_id,
    }
    if left is not None:
        error = errors.PartlyApplied("partly-applied", joined(done, left.message), left.hint)
        return Outcome(error.exit_code, "partly-applied", body, show_done, error)
    return Outcome(errors.OK, "applied", body, show_done, undo=run_id, options=terms.words(datetime.now(UTC)))


def site_of_test_payments(frame: Frame, mode: str | None) -> str | None:
    """The site, where test payments would count on one that others can reach: somebody mixed up the keys."""
    from iahome_fix.systems.stripe_client import is_loopback

    site = frame.settings.site_url
    return site if mode == "test" and not is_loopback(site) else None
