"""`migrate` where no SQL can be run: the SQL for a person, and a look whether it was run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iahome_fix import dashboards, errors, plain_files, sql
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.errors import CouldNotTell, UsageError
from iahome_fix.i18n import N_, _
from iahome_fix.repairs.migrate import interlock, migration_file
from iahome_fix.repairs.migrate.plan import Step
from iahome_fix.schema.requirements import RELOAD, Requirement, Shape, requirement, steps
from iahome_fix.systems.open import has_only_data_api, has_sql, no_sql, why_no_sql

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.migrate.migration_file import MigrationFile

COLUMNS = "id,user_id,module_id,access_type,token_id,expires_at,is_active,created_at,updated_at,metadata"
_MARK = "-- Made by iahome-fix migrate"
_PAUSE = 2.0
_SERVED = N_(
    "the Data API serves module_access already; whether its indexes, policies and rights are as"
    " planned is not known without SUPABASE_DB_URL or SUPABASE_ACCESS_TOKEN"
)


@dataclass(frozen=True)
class ByHand:
    """What the options ask for; `wait` in seconds."""

    reload: bool
    webhook_role: str | None
    shape: Shape
    file: MigrationFile | None
    record: bool
    sql_file: Path | None
    wait: float


def migrate_by_hand(frame: Frame, ctx: Context, wanted: ByHand) -> Outcome:
    """Show (or write) the whole SQL, then wait, on a terminal, until the Data API serves the table.

    The plan cannot be computed without the catalogs, so it is all of sql/module_access: every statement may
    run again where it holds already. The database is only read here: a person writes, so there is no run to
    note and none to undo. Raises UsageError, Refused.
    """
    settings, common = frame.settings, frame.common
    taken = _steps(wanted)
    warning = (
        None if wanted.reload else interlock.unseen(wanted.webhook_role, anon_writes=wanted.shape.anon_writes)
    )
    text = script(taken)
    editor = dashboards.sql_editor(settings.project_ref)
    body: dict[str, Any] = {
        "plan": [_as_json(step) for step in taken],
        "warning": warning,
        "webhook_role": interlock.as_json(wanted.webhook_role, None),
        "migration_file": str(wanted.file.path) if wanted.file else None,
        "sql_file": str(wanted.sql_file) if wanted.sql_file else None,
        "sql_editor": editor,
    }
    if not common.dry_run:
        if wanted.sql_file is not None:
            _write(wanted.sql_file, text)
        if wanted.file is not None:
            migration_file.write(wanted.file)

    def show(screen: Screen) -> None:
        if wanted.sql_file is None:
            screen.raw(text)
        elif not common.dry_run:
            screen.line(_("the SQL is in {path}").format(path=wanted.sql_file), "ok")
        if wanted.file is not None and not common.dry_run:
            screen.line(_("as a file: {path}").format(path=wanted.file.path), "quiet")

    if common.dry_run or (has_sql(settings) and not wanted.record):
        return Outcome(errors.OK, "planned", body, show)
    if not common.json:
        show(frame.out)
        frame.out.flush()
        _say_where(frame, editor, warning)
    waits = frame.asks and wanted.wait > 0 and not wanted.record and has_only_data_api(settings)
    served_already = waits and _is_served(ctx)
    if not waits or served_already:
        return Outcome(
            errors.COULD_NOT_TELL,
            "planned",
            body,
            None,
            no_sql(_(_SERVED) if served_already else why_no_sql(settings)),
        )
    if not _wait_until_served(frame, ctx, wanted.wait):
        return Outcome(errors.COULD_NOT_TELL, "planned", body, None, _never_served(wanted.wait))
    return Outcome(
        errors.OK,
        "applied",
        body,
        lambda screen: screen.line(_("done: the Data API serves module_access with its columns"), "ok"),
    )


def script(taken: tuple[Requirement, ...]) -> str:
    """The steps as one script for the SQL editor."""
    head = f"{_MARK}\n{sql.load('migrate/by_hand').strip()}\n"
    return "begin;\n" + head + "".join(f"\n-- {r.title}\n{r.repair.strip()}\n" for r in taken) + "\ncommit;\n"


def _steps(wanted: ByHand) -> tuple[Requirement, ...]:
    if wanted.reload:
        return (requirement(RELOAD),)
    return steps(wanted.shape)


def _as_json(step: Requirement) -> dict[str, Any]:
    reason = _(
        "whether this step is done already is not known without SQL; where it is, this changes nothing"
    )
    return Step(step.id, step.title, step.repair, reason, undoable=step.undoable).as_json()


def _write(path: Path, text: str) -> None:
    """All of the file or nothing; a file that is not ours stays. Raises UsageError."""
    try:
        plain_files.require_regular(path)
        if path.exists() and _MARK not in path.read_text(encoding="utf-8", errors="replace")[:400]:
            raise UsageError(
                "sql-file",
                _("{path} is there and was not made by this command; it stays as it is").format(path=path),
                _("name another file"),
            )
        plain_files.put(path, text)
    except OSError as error:
        raise UsageError(
            "sql-file",
            plain_files.unwritable(path, error),
        ) from None


def _say_where(frame: Frame, editor: str, warning: str | None) -> None:
    if warning:
        frame.say(_("warning: {what}").format(what=warning), "warn")
    frame.say(_("run the SQL as it is in the SQL editor of the project:"))
    frame.say(editor)


def _is_served(ctx: Context) -> bool:
    return ctx.data_api.select("module_access", COLUMNS).code is None


def _wait_until_served(frame: Frame, ctx: Context, seconds: float) -> bool:
    frame.say(
        _(
            "waiting until the Data API serves module_access, {minutes} min at most (Ctrl-C ends this) …"
        ).format(minutes=f"{seconds / 60:g}"),
        "quiet",
    )
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(min(_PAUSE, max(0.0, deadline - time.monotonic())))
        if _is_served(ctx):
            return True
    return False


def _never_served(seconds: float) -> CouldNotTell:
    return CouldNotTell(
        "not-served",
        _("the Data API did not serve module_access within {seconds} s").format(seconds=f"{seconds:g}"),
        _("run the SQL in the SQL editor, then this command again; running the SQL twice loses nothing"),
    )
