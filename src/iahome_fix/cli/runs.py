"""The list of runs: what the journal has, and what the rows tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix import errors
from iahome_fix.cli.frame import Outcome
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _, ngettext
from iahome_fix.repairs.journal.run import Run
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.journal.journal import Journal, Unread
    from iahome_fix.repairs.undo.rows import Trace
    from iahome_fix.systems.database import Database


def list_runs(
    journal: Journal,
    ask: Callable[[], Database | None],
    command: Callable[..., str],
    *,
    rows_tell: Callable[[], bool],
) -> Outcome:
    """Every known run, the newest first; runs of another machine are known by their rows alone.

    `ask`: gives the database, None without a way to it. What the journal has is listed whatever comes of it.
    `command`: words of a command to the whole of it, as it is typed for this project.
    `rows_tell`: whether the rows of this version say of which run they are, so that without SQL something is
    missing from the list.
    """
    told, error = _by_rows(ask, rows_tell)
    runs: list[dict[str, Any]] = [_entry(entry, told) for entry in journal.entries()]
    recorded = {run["run_id"] for run in runs}
    undone_by = journal.undone()
    runs += [
        {
            "run_id": trace.run_id,
            "command": trace.command,
            "started": trace.began,
            "state": None,
            "who": None,
            "reason": None,
            "rows": trace.created + trace.ended,
            "problem": None,
        }
        for trace in told.values()
        if trace.run_id not in recorded
    ]
    for entry in runs:
        entry["undone_by"] = undone_by.get(entry["run_id"])
    runs.sort(key=lambda run: str(run["run_id"]), reverse=True)

    def show(screen: Screen) -> None:
        from iahome_fix.output.journal_words import run_state

        if not runs and error is None:
            screen.line(_("neither {folder} nor the rows know of a run").format(folder=journal.folder))
        for run in runs:
            state = run_state(run["state"]) if run["state"] else _("this run is not in the journal here")
            said = [run["command"] or _("unknown command"), state]
            if run["rows"]:
                rows = ngettext("{rows} row left of it", "{rows} rows left of it", run["rows"])
                said.append(rows.format(rows=run["rows"]))
            screen.line(", ".join(said), indent=24, first=str(run["run_id"]))
            if run["reason"]:
                screen.line(_("why: {reason}").format(reason=run["reason"]), "quiet", indent=24)
            if run["problem"]:
                screen.line(run["problem"], "warn", indent=24)
            if run["undone_by"]:
                screen.line(_("undone by {run}").format(run=run["undone_by"]), "quiet", indent=24)
        if runs:
            screen.line(_("to see what can be undone of one:"), "quiet")
            screen.command(command("undo", "RUN", "--dry-run"))

    if error is not None:
        return Outcome(error.exit_code, "unknown", {"runs": runs}, show, error)
    return Outcome(errors.OK, "listed", {"runs": runs}, show)


def _by_rows(
    ask: Callable[[], Database | None], rows_tell: Callable[[], bool]
) -> tuple[dict[str, Trace], ToolError | None]:
    """The runs that the rows know, by id; or why the rows were not asked."""
    from iahome_fix.repairs.patience import untold
    from iahome_fix.repairs.undo.rows import traces

    try:
        db = ask()
        if db is None and not rows_tell():
            return {}, None
        if db is None:
            return {}, needs_sql(_("runs of which only the rows know are not listed"))
        return {trace.run_id: trace for trace in traces(db)}, None
    except SqlError as error:
        return {}, untold(error)
    except ToolError as error:
        return {}, error


def _entry(entry: Run | Unread, told: Mapping[str, Trace]) -> dict[str, Any]:
    rows = told[entry.run_id].created + told[entry.run_id].ended if entry.run_id in told else 0
    if isinstance(entry, Run):
        said = {
            "command": entry.command,
            "started": entry.started,
            "state": entry.state,
            "who": entry.who,
            "reason": entry.reason,
        }
        return {"run_id": entry.run_id, **said, "rows": rows, "problem": None}
    nothing = {"command": None, "started": None, "state": "damaged", "who": None, "reason": None}
    problem = _("{file}: {reason}").format(file=entry.file.name, reason=entry.reason)
    return {"run_id": entry.run_id, **nothing, "rows": rows, "problem": problem}


def needs_sql(what: str) -> errors.MissingCredential:
    """The error of an undo that has no way to the database; `what` it could not do."""
    return errors.MissingCredential(
        ("SUPABASE_DB_URL", "SUPABASE_ACCESS_TOKEN"),
        _("{what}: undo needs SQL, and neither SUPABASE_DB_URL nor SUPABASE_ACCESS_TOKEN is set").format(
            what=what
        ),
    )
