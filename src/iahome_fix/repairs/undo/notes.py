"""What is not taken back of a run, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import figures, sql
from iahome_fix.i18n import _, ngettext
from iahome_fix.repairs.emails import MOST_FORMS, Emails
from iahome_fix.repairs.journal.run import STARTED, UNKNOWN
from iahome_fix.repairs.migrate.taken import BEFORE
from iahome_fix.systems.literals import render

if TYPE_CHECKING:
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.repairs.undo.rows import Rows

_ROWS_TELL_ALL = ("backfill", "reconcile")


def of_rows(rows: Rows) -> tuple[str, ...]:
    """The rows that stay, each kind with its reason."""
    notes = []
    if rows.unseen:
        notes.append(
            _("rows: module_access lacks columns by now; `migrate` adds them, then undo sees the rows")
        )
    if rows.changed:
        notes.append(
            ngettext(
                "{count} row stays: it was changed since, or it is not known whether it was",
                "{count} rows stay: they were changed since, or it is not known whether they were",
                rows.changed,
            ).format(count=rows.changed)
        )
    if rows.unmarked:
        notes.append(
            ngettext(
                "{count} row that the run wrote does not say so, as something on the table wrote its metadata"
                " over (a trigger does that), and stays: its id is {ids}",
                "{count} rows that the run wrote do not say so, as something on the table wrote their"
                " metadata over (a trigger does that), and stay: their ids are {ids}",
                rows.unmarked,
            ).format(count=rows.unmarked, ids=", ".join(rows.unmarked_ids))
        )
    if rows.later:
        notes.append(
            _("rows that later runs deactivated or extended; undo those first: {runs}").format(
                runs=", ".join(rows.later)
            )
        )
    if rows.blocked:
        notes.append(
            ngettext(
                "{count} row stays inactive: its customer has another active access to the module by now",
                "{count} rows stay inactive: their customers have another active access to the module by now",
                rows.blocked,
            ).format(count=rows.blocked)
        )
    return tuple(notes)


def of_emails(emails: Emails) -> tuple[str, ...]:
    """The addresses that stay."""
    notes = []
    since, unknown = emails.noted - emails.restorable, emails.changed - emails.noted
    if since:
        notes.append(
            ngettext(
                "{count} address: its profile was changed since, or somebody else has the old form now",
                "{count} addresses: their profiles were changed since, or somebody else has the old form now",
                since,
            ).format(count=since)
        )
    if unknown:
        notes.append(
            ngettext(
                "{count} address: its old form is not on record (the journal keeps {most} of them,"
                " and none with blanks that are no spaces, or letters that have no capital of their own)",
                "{count} addresses: their old form is not on record (the journal keeps {most} of them,"
                " and none with blanks that are no spaces, or letters that have no capital of their own)",
                unknown,
            ).format(count=unknown, most=figures.number(MOST_FORMS))
        )
    return tuple(notes)


def of_run(run: Run | None) -> tuple[str, ...]:
    """What a run of this kind, or in this state, leaves whatever undo does."""
    if run is None:
        return (_("anything but rows: this run is not in the journal here, and rows show only themselves"),)
    if run.command == "undo":
        return (_("an undo is not undone: run the command again whose run it reversed"),)
    if run.command == "resend":
        return (_("what the handler did with the events that were sent again; `explain` shows it"),)
    if run.command == "verify":
        mark = f"iahomefix_verify_{run.run_id.replace('-', '_')}"
        sessions = [f"cs_live_{mark}", f"cs_test_{mark}"]
        by_hand = render(sql.load("verify/by_hand_session"), {"sessions": sessions}).strip()
        return (
            _(
                "`verify` removes what it makes, at the latest in its next run; by hand, if it was killed:"
                " {statement};"
            ).format(statement=by_hand),
        )
    if run.changes.get(BEFORE):
        return (
            _(
                "nobody heard what the run made of the schema: what is of this tool's form, and was not there"
                " before it, is taken for its doing"
            ),
        )
    if run.state in (STARTED, UNKNOWN) and run.command not in _ROWS_TELL_ALL:
        return (_("what the run did after its last note: it was ended from outside, or is still under way"),)
    return ()
