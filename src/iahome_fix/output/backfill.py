"""The plan of a backfill on the terminal: which tokens get an access, and which get nothing."""

from __future__ import annotations

from iahome_fix import figures
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.output import summary
from iahome_fix.output.screen import Screen
from iahome_fix.repairs.backfill.backfill import BackfillPlan, ListedToken

_REASONS = {
    "no_owner": N_("no owner: nobody to give it to"),
    "no_module": N_("no module"),
    "unknown_module": N_("a module that no longer exists"),
    "expired": N_("expired (--include-expired takes them in)"),
    "duplicate": N_("another token of that customer and module lasts longer"),
    "withdrawn": N_("withdrawn by a person: that stays so (--restore restores one)"),
}


def show_backfill(screen: Screen, plan: BackfillPlan, *, in_short: bool = True) -> None:
    """What it comes to (`in_short`), the counts, which add up, and the warnings."""
    screen.line(_("plan: {count} active tokens").format(count=figures.number(plan.tokens)), "title")
    if in_short and not plan.is_empty:
        summary.of_backfill(plan).show(screen)
    screen.count(plan.to_create, _("get an access now"), "ok")
    screen.count(plan.covered, _("have one already"))
    for reason, count in plan.skipped.items():
        if count:
            screen.count(count, _("get nothing: {why}").format(why=_(_REASONS[reason])), "warn")
    if plan.doubles:
        screen.count(
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
