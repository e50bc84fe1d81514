"""The plan of `migrate --to` on the terminal, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.output import summary

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.move.code import Code
    from iahome_fix.repairs.move.move import MovePlan

_MOST = 20
_REASONS = {
    "no_owner": N_("no owner: nobody to give it to"),
    "unknown_owner": N_("an owner who is in no profile"),
    "no_module": N_("no module"),
    "unknown_module": N_("a module that is not in modules"),
    "undecided": N_("neither active nor inactive: a person has to decide"),
    "over": N_("over, or replaced by another one: it shows nothing"),
    "duplicate": N_("another access of that customer and module lasts longer"),
    "withdrawn": N_("withdrawn by a person where the page reads: that stays so"),
}


def show_move(screen: Screen, plan: MovePlan, code: Code, *, everything: bool) -> None:
    """What it comes to, the counts, which add up, and each access that stays, with the reason."""
    source, target = plan.source.table.name, plan.target.table.name
    if plan.no_source:
        screen.line(_("there is no table {source}: nothing to bring over").format(source=source), "ok")
        return
    screen.line(
        ngettext(
            "plan: {count} row of {source}, for the page that reads {target}",
            "plan: {count} rows of {source}, for the page that reads {target}",
            len(plan.accesses),
        ).format(count=figures.number(len(plan.accesses)), source=source, target=target),
        "title",
    )
    if plan.due:
        summary.of_move(plan).show(screen)
    screen.count(plan.to_create, _("are brought over, with their start, end and origin"), "ok")
    screen.count(plan.kept_away, _("are brought over as withdrawn, so that nothing restores them"), "ok")
    screen.count(len(plan.of("covered")), _("are there already, as long or longer"))
    for reason, count in plan.skipped.items():
        if count:
            screen.count(count, _("stay: {why}").format(why=_(_REASONS[reason])), "warn")
    shown = plan.left if everything else plan.left[:_MOST]
    for one in shown:
        screen.line(
            _("module {module}: {reason}").format(
                module=one.module_id or "-", reason=_(_REASONS[one.verdict])
            ),
            indent=12,
            first=_("  row {id}").format(id=one.row_id),
        )
    if len(plan.left) > len(shown):
        screen.line(_("and {count} more: --verbose").format(count=len(plan.left) - len(shown)), "quiet")
    show_code(screen, plan, code)


def show_code(screen: Screen, plan: MovePlan, code: Code) -> None:
    """Whether page and handler belong together, as far as that was seen."""
    if code.differ:
        screen.line(
            _(
                "the handler writes {handler}, which the page does not read: new sales go on being lost until"
                " the webhook of {name} ({path}) is deployed"
            ).format(handler=code.handler, name=plan.target.name, path=plan.target.handler.path),
            "warn",
        )
    elif code.page is None:
        screen.line(
            _("it was not seen which table the page reads: look at the page of one customer afterwards"),
            "warn",
        )
        if code.handler not in (None, plan.target.table.name):
            screen.line(
                _(
                    "the handler writes {handler}: new sales go there until the webhook of {name} ({path})"
                    " is deployed; until that webhook has written, add --profile {name} to each command"
                ).format(handler=code.handler, name=plan.target.name, path=plan.target.handler.path),
                "warn",
            )


def show_moved(screen: Screen, plan: MovePlan, code: Code, created: int, run_id: str) -> None:
    """What was done, and what it takes besides."""
    text = ngettext(
        "brought {count} access to {target} (run {run})",
        "brought {count} accesses to {target} (run {run})",
        created,
    )
    screen.line(text.format(count=created, target=plan.target.table.name, run=run_id), "ok")
    screen.line(_("the rows of {source} are as they were").format(source=plan.source.table.name))
    if plan.source.term != plan.target.term:
        text = _(
            "what was sold before is judged by the term of {name} now, unless reconcile is given"
            " --access-duration"
        )
        screen.line(text.format(name=plan.target.name), "quiet")
    show_code(screen, plan, code)
