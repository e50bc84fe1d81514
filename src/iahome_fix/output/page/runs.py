"""What the journal has on record, as a table: which run did what, how it ended, and what took it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.i18n import _, ngettext
from iahome_fix.output.page.plain import fit, label
from iahome_fix.output.page.view import Table
from iahome_fix.repairs.journal.run import (
    APPLIED,
    FAILED,
    INTERRUPTED,
    PARTLY,
    STARTED,
    UNKNOWN,
    Run,
)

if TYPE_CHECKING:
    from iahome_fix.repairs.journal.journal import Journal, Unread

MOST = 30


def runs(journal: Journal) -> tuple[Table | None, tuple[str, ...]]:
    """The newest runs, and what is to say beside them."""
    found = journal.entries()
    if not found:
        return None, (_("No run of this tool is on record here."),)
    undone = journal.undone()
    said = []
    if len(found) > MOST:
        more = len(found) - MOST
        said.append(
            ngettext(
                "{count} older run is on record, too.", "{count} older runs are on record, too.", more
            ).format(count=figures.number(more))
        )
    rows = tuple(_row(entry, undone.get(entry.run_id)) for entry in found[:MOST])
    head = (_("Run"), _("Command"), _("Started"), _("How it ended"), _("Undone by"), _("Why"))
    return Table(_("Runs on record, the newest first"), head, rows), tuple(said)


def _row(entry: Run | Unread, undone_by: str | None) -> tuple[str, ...]:
    if not isinstance(entry, Run):
        return label(entry.run_id[:40]), "-", "-", fit(entry.reason, 300), undone_by or "-", "-"
    return (
        label(entry.run_id),
        label(entry.command),
        _moment(entry.started),
        _ended(entry.state),
        undone_by or "-",
        fit(entry.reason, 300) if entry.reason else "-",
    )


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return label(text)
    return figures.minute(found.replace(tzinfo=found.tzinfo or UTC), zone=True)


def _ended(state: str) -> str:
    return {
        STARTED: _("it runs, or was killed"),
        APPLIED: _("applied"),
        PARTLY: _("applied in part"),
        FAILED: _("failed, nothing applied"),
        INTERRUPTED: _("interrupted"),
        UNKNOWN: _("the answer to its commit got lost"),
    }.get(state, label(state))
