"""`migrate`: the table, its indexes, grants and policy."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.frame import Frame, Outcome, command
from iahome_fix.errors import Refused
from iahome_fix.i18n import _

_EMPTY: dict[str, Any] = {"plan": [], "applied": []}


@command("migrate", empty_body=_EMPTY)
def migrate(
    frame: Frame,
    reload: Annotated[
        bool, typer.Option("--reload", help=_("Only tell the Data API to read the schema anew."))
    ] = False,
) -> Outcome:
    """Bring module_access to its target shape without losing a row: plan, question, one transaction."""
    from iahome_fix.checks.context import Context
    from iahome_fix.output.plans import show_migration
    from iahome_fix.repairs import migrate as repair

    common = frame.common
    frame.show_target()
    ctx = Context(frame.settings, timeout=common.timeout)
    try:
        plan = repair.plan_reload() if reload else repair.plan(ctx.database)
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
        applied = repair.apply(ctx.database, plan, frame.say)
        served = _wait_until_served(ctx, frame)
        return Outcome(
            errors.OK if served is not False else errors.COULD_NOT_TELL,
            "applied",
            {**body, "applied": list(applied)},
            lambda screen: screen.line(_("applied: {count} steps").format(count=len(applied)), "ok"),
            None if served is not False else _not_served(),
        )
    finally:
        ctx.close()


def _step(step: Any) -> dict[str, str]:
    return {"id": step.id, "title": _(step.title), "sql": step.sql, "reason": step.reason}


def _wait_until_served(ctx: Any, frame: Frame) -> bool | None:
    """Until the Data API serves the table, 30 s at most; None when there is no Data API to ask."""
    import time

    if ctx.settings.data_api_declared_absent or not (
        ctx.settings.supabase_api_url and ctx.settings.service_role_key
    ):
        return None
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        reply = ctx.data_api.select("module_access")
        if reply.code in ("network", "gateway"):
            return None
        if reply.code not in ("PGRST205", "42P01", "PGRST002"):
            return True
        frame.say(_("waiting for the Data API to serve module_access …"), "quiet")
        time.sleep(1)
    return False


def _not_served() -> errors.CouldNotTell:
    return errors.CouldNotTell(
        "not-served",
        _("the schema is as planned, but the Data API still does not serve module_access after 30 s"),
        _("restart the project in the Supabase dashboard (Settings, General), then run doctor"),
    )
