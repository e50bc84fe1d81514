"""`migrate`: the table, its indexes, grants and policy."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.frame import Frame, Outcome, command
from iahome_fix.errors import Refused
from iahome_fix.i18n import _

_EMPTY: dict[str, Any] = {"plan": [], "applied": [], "run_id": None}


@command("migrate", empty_body=_EMPTY)
def migrate(
    frame: Frame,
    reload: Annotated[
        bool, typer.Option("--reload", help=_("Only tell the Data API to read the schema anew."))
    ] = False,
) -> Outcome:
    """Bring module_access to its target shape without losing a row: plan, question, one transaction."""
    from iahome_fix.checks.context import Context
    from iahome_fix.cli.recording import recorded
    from iahome_fix.output.plans import show_migration
    from iahome_fix.repairs import migrate as repair
    from iahome_fix.repairs import served
    from iahome_fix.repairs.run import new_run_id

    common = frame.common
    frame.show_target()
    ctx = Context(frame.settings, timeout=common.timeout)
    try:
        plan = repair.plan_reload() if reload else repair.plan(ctx.database, frame.say)
        body = {"plan": [_step(step) for step in plan.steps]}
        if plan.obstacles:
            refusal = Refused("refused", plan.obstacles[0], _("nothing was changed"))
            return Outcome(
                errors.FAULT,
                "refused",
                body,
                lambda screen: show_migration(screen, plan, verbose=common.verbose),
                refusal,
            )
        if not plan.steps or common.dry_run:
            return Outcome(
                errors.OK,
                plan.verdict,
                body,
                lambda screen: show_migration(screen, plan, verbose=common.verbose),
            )
        if not common.json:
            show_migration(frame.out, plan, verbose=common.verbose)
        try:
            agreed = frame.agreed(_("Apply these steps to {database}?").format(database=ctx.database.label))
        except errors.UsageError as error:
            return Outcome(errors.USAGE, "planned", body, error=error)
        if not agreed:
            frame.say(_("nothing was applied"))
            return Outcome(errors.OK, "planned", body)
        run_id = new_run_id()
        with recorded(frame, run_id, body["plan"]) as changes:
            applied = repair.apply(ctx.database, plan, frame.say)
            changes["schema"] = list(applied)
        if not applied:
            return Outcome(
                errors.OK,
                "nothing-to-do",
                body,
                lambda screen: screen.line(_("somebody else did it meanwhile: nothing is left to do"), "ok"),
            )
        is_served = served.wait_until_served(ctx, lambda text: frame.say(text, "quiet"))
        return Outcome(
            errors.OK if is_served is not False else errors.COULD_NOT_TELL,
            "applied",
            {**body, "applied": list(applied), "run_id": run_id},
            lambda screen: screen.line(
                _("applied: {count} steps (run {run})").format(count=len(applied), run=run_id), "ok"
            ),
            None if is_served is not False else served.not_served(),
        )
    finally:
        ctx.close()


def _step(step: Any) -> dict[str, str]:
    return {"id": step.id, "title": _(step.title), "sql": step.sql, "reason": step.reason}
