"""One plan over several repairs, what was done, and the four promises."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.i18n import _, joined, labelled, ngettext
from iahome_fix.model import Verdict
from iahome_fix.output import summary
from iahome_fix.output.backfill import show_backfill
from iahome_fix.output.migrate import show_migration
from iahome_fix.output.verdict_words import known_no_more, known_of, waiting
from iahome_fix.output.withdrawn import show_withdrawn
from iahome_fix.repairs.migrate import interlock
from iahome_fix.repairs.repair.plan import BACKFILL, ENDPOINT, MIGRATE, RECONCILE, TITLES
from iahome_fix.repairs.repair.promises import BROKEN, KEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from iahome_fix.model import Report
    from iahome_fix.output.screen import Screen
    from iahome_fix.output.verdict import Ways
    from iahome_fix.repairs.repair.done import Done
    from iahome_fix.repairs.repair.plan import Sequence, Step
    from iahome_fix.repairs.repair.promises import Promise


def show_sequence(
    screen: Screen, before: Report, plan: Sequence, command: Callable[..., str], *, emails: bool = False
) -> None:
    """The causes, the steps with their plans, and what is left for a person.

    `command`: makes a command line with the target in it; `emails`: addresses in full.
    """
    if not plan.steps:
        healthy = before.verdict is Verdict.HEALTHY
        words = _("nothing is broken: nothing to do") if healthy else _("this tool can repair nothing of it")
        screen.line(words, "ok" if healthy else "warn")
    else:
        screen.line(
            ngettext("one step repairs it:", "{count} steps, in this order:", len(plan.steps)).format(
                count=len(plan.steps)
            ),
            "title",
        )
        summary.of_sequence(plan, longest=plan.longest or summary.USUAL_WAIT).show(screen)
    if before.causes:
        screen.line(_("found: {causes}").format(causes=", ".join(before.causes)), "fail")
    if before.sales is not None and before.sales.owed.sales:
        screen.line(waiting(before.sales.owed), "fail")
    for known in [*map(known_of, before.acknowledged), *map(known_no_more, before.expired)]:
        screen.line(known, "warn")
    for number, step in enumerate(plan.steps, start=1):
        screen.line()
        screen.line(step.title, "title", indent=4, first=f"{number}.")
        _show_step(screen, step)
    if plan.left_out:
        screen.line()
        screen.line(plan.left_out, "quiet")
    if plan.by_hand:
        screen.line()
        screen.line(_("only a person can do this:"), "title")
    for item in plan.by_hand:
        screen.line(labelled(item.check, item.detail), "warn", indent=4, first="-")
        if item.hint:
            screen.line(item.hint, indent=4)
    for name, found in plan.withdrawn.items():
        show_withdrawn(screen, found, _giving_back(plan, name, command), emails=emails)


def _giving_back(plan: Sequence, name: str, command: Callable[..., str]) -> Callable[[str], str]:
    """What makes the command line for the id of a row; payments are looked at on the terms of the plan."""
    pays = name == RECONCILE
    options = plan.terms.words(datetime.now(UTC)) if pays and plan.terms is not None else ()
    return lambda row_id: command(name, "--restore", row_id, *options)


def show_after(
    screen: Screen, done: Done, after: Report, kept: tuple[Promise, ...], *, run_id: str, ways: Ways
) -> None:
    """What was done, the promises, the report, and at its end who has what they paid for."""
    from iahome_fix.output.report import show_report

    screen.line(_("applied (run {run}):").format(run=run_id), "title")
    show_counts(screen, done)
    show_promises(screen, kept)
    screen.line()
    show_report(screen, after, ways=ways)
    screen.line()
    screen.line(gains(done), "ok")


def gains(done: Done) -> str:
    """How many customers gained what, in one sentence."""
    from iahome_fix.output.reconcile import gained

    said = [gained(done.gained)] if done.gained is not None and done.gained.sales else []
    tokens = done.counts.get(BACKFILL) or 0
    if tokens:
        text = ngettext(
            "{count} access was given for a token", "{count} accesses were given for tokens", tokens
        )
        whom = ngettext("to {count} customer", "to {count} customers", done.holders)
        said.append(text.format(count=figures.number(tokens)))
        said[-1] += " " + whom.format(count=figures.number(done.holders)) if done.holders else ""
    return joined(*said) or _("no customer gained an access by this run")


def show_counts(screen: Screen, done: Done) -> None:
    """The steps that were taken, with how much each came to."""
    for step in done.steps:
        count = done.counts.get(step)
        shown = "" if count is None else figures.number(count)
        screen.line(_(TITLES[step]), "ok", indent=10, first=shown.rjust(8))


def show_promises(screen: Screen, kept: tuple[Promise, ...]) -> None:
    """The guide's four promises, ticked or not, and why not."""
    screen.line()
    for promise in kept:
        status = {KEPT: "ok", BROKEN: "fail"}.get(promise.state, "unknown")
        screen.line(promise.title, status, indent=4, first=f"[{screen.mark(status)}]")
        if promise.why:
            screen.line(promise.why, "quiet", indent=4)


def _show_step(screen: Screen, step: Step) -> None:
    if step.id == MIGRATE:
        show_migration(screen, step.plan, verbose=False)
        known = interlock.known(step.webhook)
        if known:
            screen.line(known, "quiet")
    elif step.id == BACKFILL and step.plan is not None:
        show_backfill(screen, step.plan, in_short=False)
    elif step.id == ENDPOINT:
        from iahome_fix.output.endpoint import show_endpoint_plan

        show_endpoint_plan(screen, step.plan)
    elif step.id == RECONCILE and step.plan is not None:
        from iahome_fix.output.reconcile import show_reconcile

        show_reconcile(screen, step.plan, everything=False, emails=False, in_short=False)
    elif step.at_most is not None:
        screen.line(
            ngettext(
                "at most {count}; counted exactly when its turn comes",
                "at most {count}; counted exactly when their turn comes",
                step.at_most,
            ).format(count=step.at_most),
            indent=4,
        )
