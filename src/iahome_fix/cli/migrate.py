"""`migrate`: the table, its indexes, grants and policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli import completion
from iahome_fix.cli.command import command
from iahome_fix.cli.extent import STOP_SALES, App, ChangeTypes, StopSales
from iahome_fix.cli.frame import Frame, Outcome, done_by_another
from iahome_fix.errors import PartlyApplied, Refused
from iahome_fix.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.webhook_writer import Evidence
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.migrate.migration_file import MigrationFile
    from iahome_fix.repairs.migrate.plan import MigrationPlan
    from iahome_fix.schema.requirements import Shape

_EMPTY: dict[str, Any] = {
    "plan": [],
    "left": [],
    "warning": None,
    "webhook_role": None,
    "migration_file": None,
    "sql_file": None,
    "sql_editor": None,
    "applied": [],
    "move": None,
    "run_id": None,
}


@command("migrate", empty_body=_EMPTY)
def migrate(
    frame: Frame,
    reload: Annotated[
        bool, typer.Option("--reload", help=N_("Only tell the Data API to read the schema anew."))
    ] = False,
    webhook_role: Annotated[
        str | None,
        typer.Option(
            "--webhook-role",
            metavar="service_role|anon",
            autocompletion=completion.roles,
            help=N_("The role that the deployed webhook writes as, where you know it."),
        ),
    ] = None,
    allow_anon_writes: Annotated[
        bool,
        typer.Option(
            "--allow-anon-writes",
            help=N_("A bridge for a webhook that writes with the public key; exposes the table."),
        ),
    ] = False,
    change_types: ChangeTypes = False,
    app: App = None,
    stop_sales_for: StopSales = STOP_SALES,
    write_migration: Annotated[
        Path | None,
        typer.Option(
            "--write-migration",
            metavar="DIR",
            help=N_("Also write it as supabase/migrations/<timestamp>_module_access.sql of this repository."),
        ),
    ] = None,
    record_migration: Annotated[
        bool,
        typer.Option(
            "--record-migration",
            help=N_("With --write-migration: note it as applied in the project's history."),
        ),
    ] = False,
    sql_file: Annotated[
        Path | None,
        typer.Option(
            "--sql-file",
            metavar="FILE",
            help=N_("Write the SQL to this file instead of applying it, to be run in the SQL editor."),
        ),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(
            "--wait",
            metavar="SECONDS",
            min=0,
            max=86_400,
            help=N_("Where no SQL can be run: how long to wait until somebody ran it in the SQL editor."),
        ),
    ] = 900.0,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="PROFILE",
            autocompletion=completion.profiles,
            help=N_("Instead: bring the accesses to the table that the page of this version reads."),
        ),
    ] = None,
) -> Outcome:
    """Bring module_access to its target shape without losing a row: plan, question, one transaction."""
    from iahome_fix.cli.migrate_by_hand import ByHand, migrate_by_hand
    from iahome_fix.cli.shop import require_guides
    from iahome_fix.cli.source import give_source
    from iahome_fix.cli.way_in import opened
    from iahome_fix.facts.context import Context
    from iahome_fix.repairs.migrate import interlock, migration_file
    from iahome_fix.schema.requirements import Shape
    from iahome_fix.systems.open import has_sql

    shape = Shape(allow_anon_writes, change_types)
    wanted = _Wanted(
        reload=reload,
        webhook_role=interlock.role_named(webhook_role),
        shape=shape,
        file=migration_file.plan(write_migration, shape=Shape(change_types=change_types))
        if write_migration
        else None,
        record=record_migration,
        longest=stop_sales_for,
    )
    of_the_shape = reload or webhook_role or allow_anon_writes or change_types or write_migration or sql_file
    if to is not None and of_the_shape:
        raise errors.UsageError(
            "to",
            _("--to brings accesses to another table; the options about module_access do not go with it"),
        )
    if record_migration and write_migration is None:
        raise errors.UsageError("record-migration", _("--record-migration belongs to --write-migration DIR"))
    frame.show_target()
    ctx = opened(frame, lambda found: Context(found, timeout=frame.common.timeout), writes=sql_file is None)
    give_source(ctx, app)
    try:
        if to is not None:
            from iahome_fix.cli.move import move

            return move(frame, ctx, to)
        require_guides(ctx, "migrate")
        if sql_file is not None or not has_sql(frame.settings):
            role = wanted.webhook_role
            by_hand = ByHand(reload, role, shape, wanted.file, record_migration, sql_file, wait)
            return migrate_by_hand(frame, ctx, by_hand)
        return _migrate(frame, ctx, wanted)
    finally:
        ctx.close()


@dataclass(frozen=True)
class _Wanted:
    """What the options ask for."""

    reload: bool
    webhook_role: str | None
    shape: Shape
    file: MigrationFile | None
    record: bool
    longest: float


def _migrate(frame: Frame, ctx: Context, wanted: _Wanted) -> Outcome:
    from iahome_fix.output.migrate import show_migration
    from iahome_fix.repairs.migrate import interlock

    common = frame.common
    plan = _plan(frame, ctx, wanted)
    body: dict[str, Any] = {
        "plan": [step.as_json() for step in plan.steps],
        "left": list(plan.left),
        "warning": plan.warning,
        "webhook_role": None,
        "migration_file": str(wanted.file.path) if wanted.file else None,
    }
    found = _found(frame, ctx, plan, wanted)
    body["webhook_role"] = interlock.as_json(wanted.webhook_role, found)

    def show_plan(screen: Screen) -> None:
        show_migration(screen, plan, verbose=common.verbose, longest=wanted.longest)
        line = interlock.known(found)
        if line is not None:
            screen.line(line, "quiet")
        if wanted.file is not None:
            screen.line(_("as a file: {path}").format(path=wanted.file.path), "quiet")

    try:
        plan = _judged(ctx, plan, wanted, found)
    except Refused as refusal:
        return Outcome(errors.FAULT, "refused", body, show_plan, refusal)
    body["warning"] = plan.warning
    writes = plan.steps or (wanted.file and (wanted.file.is_new or wanted.record))
    if not writes or common.dry_run:
        return Outcome(errors.OK, "planned" if writes else plan.verdict, body, show_plan)
    not_agreed = frame.unless_agreed(
        ngettext(
            "Apply this {count} step to {database}?",
            "Apply these {count} steps to {database}?",
            len(plan.steps),
        ).format(count=len(plan.steps), database=ctx.database.label),
        body,
        show_plan,
    )
    if not_agreed is not None:
        return not_agreed
    return _apply(frame, ctx, plan, wanted, body)


def _plan(frame: Frame, ctx: Context, wanted: _Wanted) -> MigrationPlan:
    from iahome_fix.repairs.migrate import in_sight
    from iahome_fix.repairs.migrate import migrate as repair

    if wanted.reload:
        return repair.plan_reload()
    return in_sight.planned(ctx, wanted.shape, frame.say)


def _found(frame: Frame, ctx: Context, plan: MigrationPlan, wanted: _Wanted) -> Evidence | None:
    """Which role the webhook writes as. In a dry run the site is sent nothing."""
    from iahome_fix.repairs.migrate import interlock

    if wanted.reload or plan.obstacles:
        return None
    asking = interlock.Asking(not frame.common.dry_run, lambda text: frame.say(text, "quiet"))
    return interlock.evidence(ctx, plan, wanted.webhook_role, asking)


def _judged(ctx: Context, plan: MigrationPlan, wanted: _Wanted, found: Evidence | None) -> MigrationPlan:
    """The plan with its warning. Raises Refused where it must not be applied."""
    from iahome_fix.repairs.migrate import interlock

    if plan.obstacles:
        raise Refused("refused", _("; ").join(plan.obstacles), _("nothing was changed"))
    if wanted.reload or not plan.steps:
        return plan
    return interlock.judged(ctx.database, plan, wanted.webhook_role, found)


def _apply(frame: Frame, ctx: Context, plan: MigrationPlan, wanted: _Wanted, body: dict[str, Any]) -> Outcome:
    from iahome_fix.cli.recording import note_rows, recorded
    from iahome_fix.repairs.journal.run import new_run_id
    from iahome_fix.repairs.migrate import migrate as repair
    from iahome_fix.repairs.migrate import migration_file, served
    from iahome_fix.repairs.migrate.taken import Taken
    from iahome_fix.schema.requirements import DUPLICATES

    run_id = new_run_id()
    taken = Taken()
    applied = taken.steps
    try:
        with recorded(frame, run_id, body["plan"]) as changes:
            changes |= taken.on_record()
            taken.note = lambda: changes.keep(**taken.on_record())
            taken.deciding = lambda will_be: changes.decide(**will_be.on_record())
            if wanted.file is not None:
                migration_file.write(wanted.file)
                changes["file"] = str(wanted.file.path)
            if plan.steps:
                try:
                    repair.apply(
                        ctx.database, plan, frame.say, run_id=run_id, taken=taken, longest=wanted.longest
                    )
                finally:
                    if DUPLICATES in applied:
                        note_rows(ctx.database, run_id, {"created": 0}, changes)
            if wanted.file is not None and wanted.record:
                changes["recorded"] = migration_file.record(ctx.database, wanted.file)
    except PartlyApplied as stop:
        said = _("{what} (run {run})").format(what=stop.message, run=run_id)
        done = {**body, "applied": applied, "run_id": run_id}
        error = PartlyApplied(stop.code, said, stop.hint)
        return Outcome(errors.PARTLY_APPLIED, "partly-applied", done, error=error)
    if plan.steps and not applied:
        return done_by_another(body)
    is_served = served.wait_until_served(ctx, lambda text: frame.say(text, "quiet")) if applied else None
    return Outcome(
        errors.OK if is_served is not False else errors.COULD_NOT_TELL,
        "applied",
        {**body, "applied": list(applied), "run_id": run_id},
        lambda screen: _show_applied(screen, len(applied), run_id),
        None if is_served is not False else served.not_served(ctx),
        # What the schema was nobody knows without the journal.
        undo=run_id if changes.on_record else None,
    )


def _show_applied(screen: Screen, steps: int, run_id: str) -> None:
    text = ngettext("applied: {count} step (run {run})", "applied: {count} steps (run {run})", steps)
    screen.line(text.format(count=steps, run=run_id), "ok")
    screen.line(
        _(
            "no customer gained an access by this run: backfill and reconcile give what is due,"
            " repair does both"
        )
    )
