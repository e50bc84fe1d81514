"""The plan of a migration on the terminal: what will hold afterwards, why, and what stays as it is."""

from __future__ import annotations

from iahome_fix.i18n import _, ngettext
from iahome_fix.output import summary
from iahome_fix.output.links import EDITOR
from iahome_fix.output.screen import Screen
from iahome_fix.repairs.migrate.plan import MigrationPlan


def show_migration(
    screen: Screen, plan: MigrationPlan, *, verbose: bool, longest: float | None = None
) -> None:
    """What it comes to, then the steps in order, each with its reason; the SQL when asked for.

    `longest`: seconds that sales may wait for a step; None where the summary stands elsewhere.
    """
    if plan.obstacles:
        for obstacle in plan.obstacles:
            screen.line(obstacle, "fail", indent=2, first=f"{screen.mark('fail')} ")
        return
    if not plan.steps:
        screen.line(_("module_access has its target shape: nothing to do"), "ok")
        _show_left(screen, plan)
        return
    count = len(plan.steps)
    screen.line(ngettext("plan: {count} step", "plan: {count} steps", count).format(count=count), "title")
    if longest is not None:
        summary.of_migration(plan, longest=longest).show(screen)
    screen.line(_("after this plan, each of these holds:"), "title")
    for number, step in enumerate(plan.steps, 1):
        screen.line(_(step.title), indent=5, first=f"{number:>3}.")
        screen.line(_("now: {reason}").format(reason=step.reason), "quiet", indent=5)
        if not step.undoable:
            screen.line(_("cannot be undone"), "warn", indent=5)
        for note in step.notes:
            screen.line(note, indent=7, first="     - ")
        if step.concurrently:
            screen.line(
                _("this step is made by itself, last, while sales go on: the table is large"),
                "quiet",
                indent=5,
            )
        if verbose:
            screen.raw("\n" + step.sql + "\n")
    _show_left(screen, plan)
    if plan.warning:
        screen.note(_("warning:"), plan.warning, "warn")


def _show_left(screen: Screen, plan: MigrationPlan) -> None:
    for line in plan.left:
        screen.line(line, "quiet", indent=7, first=_("stays: "))
    if any(_(EDITOR) in line for line in plan.left):
        screen.page(_(EDITOR), indent=7)
