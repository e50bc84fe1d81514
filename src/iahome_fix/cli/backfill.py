"""`backfill`: each active token gets its access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome, done_by_another
from iahome_fix.cli.naming import naming_migrate
from iahome_fix.cli.options import Restore
from iahome_fix.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen

_EMPTY: dict[str, Any] = {"plan": None, "withdrawn": [], "applied": {"created": 0}, "run_id": None}


@command("backfill", empty_body=_EMPTY)
def backfill(
    frame: Frame,
    include_expired: Annotated[
        bool,
        typer.Option(
            "--include-expired",
            help=N_("Note what expired tokens gave, too: accesses that are over (nobody gets in by them)."),
        ),
    ] = False,
    list_skipped: Annotated[
        bool, typer.Option("--list", help=N_("List each token that gets nothing, with the reason."))
    ] = False,
    restore: Restore = None,
) -> Outcome:
    """Give each active token its access: one per customer and module, nothing twice, nothing revived."""
    from iahome_fix.cli.backfill_ways import way
    from iahome_fix.cli.recording import recorded
    from iahome_fix.cli.shop import require_certain
    from iahome_fix.cli.way_in import opened
    from iahome_fix.facts.context import Context
    from iahome_fix.output.backfill import show_backfill, show_listed
    from iahome_fix.output.questions import of_backfill
    from iahome_fix.output.withdrawn import show_withdrawn
    from iahome_fix.repairs.journal.run import new_run_id

    common = frame.common
    frame.show_target()
    ctx = opened(frame, lambda found: Context(found, timeout=common.timeout), writes=True)
    try:
        require_certain(ctx, "backfill")
        chosen = way(frame, ctx)
        with naming_migrate(frame):
            plan = chosen.plan(include_expired=include_expired, restore=restore or ())
        tokens = chosen.listed() if list_skipped else ()
        body: dict[str, Any] = {
            "plan": plan.as_json(),
            "withdrawn": [one.as_json(emails=common.show_emails) for one in plan.withdrawn],
        }
        if list_skipped:
            body["listed"] = [
                {"token_id": t.token_id, "module_id": t.module_id, "reason": t.reason} for t in tokens
            ]

        said = (
            _("nothing to do: this shop has no table access_tokens, so there is nothing to backfill from")
            if plan.no_tokens
            else _("nothing to do: every token that is due an access has one")
        )

        def show_plan(screen: Screen) -> None:
            show_backfill(screen, plan)
            show_listed(screen, tokens)
            show_withdrawn(
                screen,
                plan.withdrawn,
                lambda row_id: frame.settings.command("backfill", "--restore", row_id),
                everything=list_skipped,
                emails=common.show_emails,
            )

        def show_end(screen: Screen) -> None:
            show_plan(screen)
            screen.line(said, "ok")

        if plan.is_empty:
            return Outcome(errors.OK, "nothing-to-do", body, show_end)
        if common.dry_run:
            return Outcome(errors.OK, "planned", body, show_plan)
        not_agreed = frame.unless_agreed(of_backfill(plan, chosen.label), body, show_plan)
        if not_agreed is not None:
            return not_agreed
        run_id = new_run_id()
        with naming_migrate(frame), recorded(frame, run_id, plan.as_json()) as changes:
            applied = chosen.apply(run_id, changes)
            if applied.stop is not None:
                changes.stopped(applied.stop)
        created, stop = applied.created, applied.stop
        if stop is not None:
            done_so_far = {**body, "applied": {"created": created}, "run_id": run_id}
            return frame.failed(stop, done_so_far)
        if not created and not applied.ended:
            return done_by_another(body)
        done = ngettext(
            "created {count} access (run {run})", "created {count} accesses (run {run})", created
        ).format(count=created, run=run_id)
        if not created:
            done = _("deactivated {count} duplicate accesses (run {run})").format(
                count=applied.ended, run=run_id
            )
        return Outcome(
            errors.OK,
            "applied",
            {**body, "applied": {"created": created}, "run_id": run_id},
            lambda screen: _show_done(screen, done, plan.customers if created == plan.to_create else 0),
            undo=run_id,
        )
    finally:
        ctx.close()


def _show_done(screen: Screen, done: str, customers: int) -> None:
    screen.line(done, "ok")
    if customers:
        text = ngettext(
            "{count} customer gained an access by this run",
            "{count} customers gained an access by this run",
            customers,
        )
        screen.line(text.format(count=customers), "ok")
