"""What `undo` will take back, and what it took back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _, ngettext

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.undo import Undone, UndoPlan


def show_undo(screen: Screen, plan: UndoPlan) -> None:
    """Rows, endpoints, and what is not undoable, each with its reason."""
    rows = plan.rows
    screen.line(_("plan: take back run {run}").format(run=plan.run_id), "title")
    if rows.created:
        _count(screen, rows.deletable, rows.created, _("rows that it made are deleted"))
    if rows.ended:
        _count(screen, rows.restorable, rows.ended, _("rows that it deactivated are active again"))
    for back in plan.endpoints:
        if back.obstacle:
            continue
        screen.line(_("endpoint {id}").format(id=back.endpoint_id), indent=2)
        for name, (now, before) in back.fields.items():
            screen.line(f"{name}: {_value(now)} → {_value(before)}", indent=4)
    for reason in (*plan.not_undoable, *(e.obstacle for e in plan.endpoints if e.obstacle)):
        screen.line(_("not taken back: {reason}").format(reason=reason), "warn", indent=2)
    if plan.is_empty:
        screen.line(_("nothing can be taken back"), "quiet")


def show_undone(screen: Screen, done: Undone, run_id: str, doctor: str) -> None:
    """The counts, the id of this run, and the command (`doctor`) that tells what is missing now."""
    if done.deleted or done.restored:
        screen.line(
            _("taken back: {deleted} rows deleted, {restored} restored (run {run})").format(
                deleted=done.deleted, restored=done.restored, run=run_id
            ),
            "ok",
        )
    for endpoint in done.endpoints:
        screen.line(
            _("taken back: endpoint {id} is as it was before (run {run})").format(id=endpoint, run=run_id),
            "ok",
        )
    screen.line(_("what is missing now:"))
    screen.command(doctor)


def _count(screen: Screen, now: int, of: int, text: str) -> None:
    shown = f"{now:,}" if now == of else ngettext("{now} of {of}", "{now} of {of}", of).format(now=now, of=of)
    screen.line(text, indent=14, first=shown.rjust(12))


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
