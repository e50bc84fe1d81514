"""The list of runs: what the journal has, and what the rows tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix import errors
from iahome_fix.cli.frame import Outcome
from iahome_fix.i18n import _, ngettext

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.journal import Journal
    from iahome_fix.systems.database import Database


def list_runs(journal: Journal, db: Database | None) -> Outcome:
    """Every known run, the newest first; runs of another machine are known by their rows alone."""
    from iahome_fix.repairs.undo_rows import traces

    told = {trace.run_id: trace for trace in traces(db)} if db is not None else {}
    runs: list[dict[str, Any]] = [
        {
            "run_id": run.run_id,
            "command": run.command,
            "started": run.started,
            "state": run.state,
            "who": run.who,
            "rows": told[run.run_id].created + told[run.run_id].ended if run.run_id in told else 0,
        }
        for run in journal.runs()
    ]
    recorded = {run["run_id"] for run in runs}
    undone_by = journal.undone()
    runs += [
        {
            "run_id": trace.run_id,
            "command": trace.command,
            "started": trace.began,
            "state": None,
            "who": None,
            "rows": trace.created + trace.ended,
        }
        for trace in told.values()
        if trace.run_id not in recorded
    ]
    for entry in runs:
        entry["undone_by"] = undone_by.get(entry["run_id"])
    runs.sort(key=lambda run: str(run["run_id"]), reverse=True)

    def show(screen: Screen) -> None:
        if not runs:
            screen.line(
                _("no run is known, neither to {folder} nor to the rows").format(folder=journal.folder)
            )
        for run in runs:
            said = [run["command"] or _("unknown command"), run["state"] or _("not in the journal here")]
            if run["rows"]:
                rows = ngettext("{rows} row left of it", "{rows} rows left of it", run["rows"])
                said.append(rows.format(rows=run["rows"]))
            screen.line(", ".join(said), indent=24, first=str(run["run_id"]))
            if run["undone_by"]:
                screen.line(_("taken back by {run}").format(run=run["undone_by"]), "quiet", indent=24)
        if runs:
            screen.line(_("what can be taken back of one: `iahome-fix undo RUN --dry-run`"), "quiet")

    return Outcome(errors.OK, "listed", {"runs": runs}, show)
