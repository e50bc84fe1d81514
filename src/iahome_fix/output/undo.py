"""What `undo` will take back, and what it took back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from iahome_fix import figures
from iahome_fix.i18n import _, labelled, ngettext
from iahome_fix.output import journal_words
from iahome_fix.output.summary import of_undo

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.repairs.undo.part import PartBack
    from iahome_fix.repairs.undo.undo import Undone, UndoPlan


def show_undo(screen: Screen, plan: UndoPlan, run: Run | None) -> None:
    """The run, then rows, addresses and endpoints, and what is not undoable, each with its reason."""
    screen.line(_("plan: undo run {run}").format(run=plan.run_id), "title")
    screen.line(_what(run), "quiet", indent=6)
    if not plan.is_empty:
        of_undo(plan).show(screen)
    if plan.undone_by:
        screen.line(_("undone already by run {run}").format(run=plan.undone_by), "quiet", indent=6)
    rows, emails = plan.rows, plan.emails
    if rows.deletable:
        text = ngettext("row that it made is deleted", "rows that it made are deleted", rows.deletable)
        _count(screen, rows.deletable, rows.created, text)
    activated = rows.restorable - rows.to_shorten
    if activated:
        text = ngettext(
            "row that it deactivated is active again, with what it held before",
            "rows that it deactivated are active again, with what they held before",
            activated,
        )
        _count(screen, activated, rows.ended - rows.lengthened, text)
    if rows.to_shorten:
        text = ngettext(
            "access that it extended ends when it did, with what it held before",
            "accesses that it extended end when they did, with what they held before",
            rows.to_shorten,
        )
        _count(screen, rows.to_shorten, rows.lengthened, text)
    if emails.restorable:
        text = ngettext(
            "address in profiles gets back its capitals and blanks",
            "addresses in profiles get back their capitals and blanks",
            emails.restorable,
        )
        _count(screen, emails.restorable, emails.changed, text)
    for part in plan.parts:
        screen.line(_part(part), indent=14, first=_("schema").rjust(12))
    if plan.warning:
        screen.note(_("warning:"), plan.warning, "warn")
    for back in plan.endpoints:
        if back.obstacle:
            continue
        screen.line(_("endpoint {id}").format(id=back.endpoint_id), indent=2)
        for name, (now, before) in back.fields.items():
            screen.line(labelled(name, f"{_value(now)} → {_value(before)}"), indent=4)
    _left(screen, plan)
    if plan.is_empty:
        screen.line(_("nothing can be undone"), "quiet")


def show_undone(screen: Screen, done: Undone, run_id: str, doctor: str) -> None:
    """The counts, the id of this run, and the command (`doctor`) that tells what is missing now."""
    if done.deleted or done.restored:
        screen.line(
            ngettext(
                "undone: {deleted} row deleted, {restored} restored (run {run})",
                "undone: {deleted} rows deleted, {restored} restored (run {run})",
                done.deleted,
            ).format(
                deleted=figures.number(done.deleted), restored=figures.number(done.restored), run=run_id
            ),
            "ok",
        )
    if done.emails:
        screen.line(
            ngettext(
                "undone: {count} address has its old form again (run {run})",
                "undone: {count} addresses have their old form again (run {run})",
                done.emails,
            ).format(count=figures.number(done.emails), run=run_id),
            "ok",
        )
    if done.schema:
        screen.line(
            ngettext(
                "undone: {count} change of the schema (run {run})",
                "undone: {count} changes of the schema (run {run})",
                done.schema,
            ).format(count=done.schema, run=run_id),
            "ok",
        )
    for endpoint in done.endpoints:
        screen.line(
            _("undone: endpoint {id} is as it was before (run {run})").format(id=endpoint, run=run_id),
            "ok",
        )
    screen.line(_("what is missing now:"))
    screen.command(doctor)


def _part(part: PartBack) -> str:
    if part.before is None:
        return _("{item} is dropped").format(item=journal_words.part(part.item))
    if part.now is None:
        return _("{item} is there again").format(item=journal_words.part(part.item))
    return _("{item}: {before} again").format(
        item=journal_words.part(part.item), before=journal_words.part_state(part.before)
    )


def _what(run: Run | None) -> str:
    if run is None:
        return _("not in the journal here; its rows carry its id")
    return _("{command} of {when} UTC, by {who}, {state}").format(
        command=run.command,
        when=figures.minute(datetime.fromisoformat(run.started)),
        who=run.who,
        state=journal_words.run_state(run.state),
    )


def _left(screen: Screen, plan: UndoPlan) -> None:
    reasons = [
        *plan.not_undoable,
        *(
            _("endpoint {id}: {reason}").format(id=e.endpoint_id, reason=e.obstacle)
            for e in plan.endpoints
            if e.obstacle
        ),
    ]
    if reasons:
        screen.line(_("not undone:"), "warn", indent=2)
    for reason in reasons:
        screen.line(reason, "warn", indent=6, first="    -")


def _count(screen: Screen, now: int, of: int, text: str) -> None:
    shown = (
        figures.number(now)
        if now == of
        else _("{now} of {of}").format(now=figures.number(now), of=figures.number(of))
    )
    screen.line(text, indent=14, first=shown.rjust(12))


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
