"""Plans on the terminal: what will be done, why, and what happened."""

from __future__ import annotations

from iahome_fix import figures
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.output import summary
from iahome_fix.output.links import EDITOR
from iahome_fix.output.screen import Screen
from iahome_fix.repairs.backfill.backfill import BackfillPlan, ListedToken
from iahome_fix.repairs.migrate.plan import MigrationPlan

_REASONS = {
    "no_owner": N_("no owner: nobody to give it to"),
    "no_module": N_("no module"),
    "unknown_module": N_("a module that no longer exists"),
    "expired": N_("expired (--include-expired takes them in)"),
    "duplicate": N_("another token of that customer and module lasts longer"),
    "withdrawn": N_("withdrawn by a person: that stays so (--restore restores one)"),
}


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


def show_backfill(screen: Screen, plan: BackfillPlan, *, in_short: bool = True) -> None:
    """What it comes to (`in_short`), the counts, which add up, and the warnings."""
    screen.line(_("plan: {count} active tokens").format(count=figures.number(plan.tokens)), "title")
    if in_short and not plan.is_empty:
        summary.of_backfill(plan).show(screen)
    count_row(screen, plan.to_create, _("get an access now"), "ok")
    count_row(screen, plan.covered, _("have one already"))
    for reason, count in plan.skipped.items():
        if count:
            count_row(screen, count, _("get nothing: {why}").format(why=_(_REASONS[reason])), "warn")
    if plan.doubles:
        count_row(
            screen,
            plan.doubles,
            _("are deactivated: an earlier run made them beside an access that lasts as long"),
            "ok",
        )
    if plan.unknown_user:
        screen.line(
            ngettext(
                "warning: {count} owner is not in profiles; the access is created, no login will see it",
                "warning: {count} owners are not in profiles; the accesses are created, no login will"
                " see them",
                plan.unknown_user,
            ).format(count=plan.unknown_user),
            "warn",
        )


def show_listed(screen: Screen, tokens: tuple[ListedToken, ...]) -> None:
    """The tokens that get nothing, one a line."""
    for token in tokens:
        screen.line(
            _("module {module}: {reason}").format(
                module=token.module_id or "-", reason=_(_REASONS[token.reason])
            ),
            indent=12,
            first=_("  token {token}").format(token=token.token_id),
        )


def count_row(screen: Screen, count: int, text: str, style: str | None = None) -> None:
    """One count of a plan with what it counts; quiet where it is nothing."""
    screen.line(text, style if count else "quiet", indent=12, first=f"{count:>10,}")
