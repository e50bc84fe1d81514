"""One customer on one screen: the answer and the next command first, then what it was judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.domain.trace import Stage, Step, stop
from iahome_fix.domain.trace import State as WayState
from iahome_fix.explain.verdict import OWED, UNTOLD, Answer, Judged, State
from iahome_fix.explain.way import next_of, way_of
from iahome_fix.i18n import _, labelled, ngettext
from iahome_fix.output import explain_facts as facts
from iahome_fix.output.wrapping import firm

if TYPE_CHECKING:
    from iahome_fix.explain.privacy import Shown
    from iahome_fix.explain.story import Story
    from iahome_fix.output.screen import Screen

_ORDER = ("migrate", "backfill", "check-stripe", "reconcile")
"""Commands in the order in which they build on each other."""

_MARKS = {WayState.HOLDS: "ok", WayState.STOPS: "fail", WayState.UNKNOWN: "unknown"}
_STYLES = {
    Answer.SERVED: "healthy",
    Answer.NOTHING_OWED: "healthy",
    Answer.MISSING: "broken",
    Answer.NOT_FOUND: "broken",
    Answer.UNKNOWN: "unknown",
}


def show_story(
    screen: Screen,
    story: Story,
    judged: Sequence[Judged],
    found: Answer,
    shown: Shown,
    *,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """The answer in the first lines, and once more in the last ones where those are out of sight; quiet shows
    nothing else, and nothing at all when nothing is missing.
    """
    if quiet and found in (Answer.SERVED, Answer.NOTHING_OWED):
        return
    said = _answer(screen, story, judged, found, shown)
    if quiet:
        return
    screen.line()
    if found is Answer.NOT_FOUND and not story.bought and not verbose:
        # Nothing but "none" would follow.
        _looked_in(screen, story)
        return
    facts.show_customer(screen, story, shown)
    rest = [_module(screen, one, said) for one in judged if one is not said]
    if rest:
        facts.show_entries(screen, _("modules"), rest)
    facts.show_facts(screen, story, shown, verbose=verbose)
    _not_looked_at(screen, story)
    if screen.scrolled:
        owed = [one for one in judged if one.state in OWED]
        screen.line()
        screen.line(_headline(shown.email(story.email), owed, found), _STYLES[found])
        for command in _commands(owed):
            screen.command(command)


def _answer(
    screen: Screen, story: Story, judged: Sequence[Judged], found: Answer, shown: Shown
) -> Judged | None:
    """The headline, the reason and the commands; returns the module whose sentence stands there."""
    owed = [one for one in judged if one.state in OWED]
    screen.line(_headline(shown.email(story.email), owed, found), _STYLES[found])
    if found is Answer.NOT_FOUND:
        _not_found(screen, story, shown)
        return None
    first = _first(story, judged, found)
    if first is None:
        _without_modules(screen, story, found)
        return None
    there = [one for one in judged if one.state is State.VISIBLE]
    if found is Answer.SERVED and len(there) > 1 and first in there and first.module != story.asked:
        screen.line(_("the page shows {modules}").format(modules=", ".join(map(name_of, there))))
        return None
    # The headline names what is owed; anything else is named with its sentence.
    name = "" if len(owed) == 1 else f"{name_of(first)}: "
    screen.line(name + first.sentence + _because(first))
    if first.hint:
        screen.line(first.hint, "quiet")
    for command in _commands(owed):
        screen.command(command)
    if first.state in OWED:
        screen.line(_("next: {what}").format(what=next_of(first)), "quiet")
        _way(screen, way_of(story, first))
    return first


def _way(screen: Screen, stages: Sequence[Stage]) -> None:
    """The steps of the payment on one line or two, and why it stops or what cannot be told."""
    if not stages:
        return
    shown = [firm(f"{screen.mark(_MARKS[stage.state])} {words_of(stage.step)}") for stage in stages]
    screen.line()
    screen.line(_("the way of the payment: {steps}").format(steps=", ".join(shown)))
    stopped = stop(stages)
    if stopped is not None:
        check = f" ({stopped.check})" if stopped.check else ""
        screen.line(_("it stops at: {step}").format(step=words_of(stopped.step)) + check, "warn", indent=2)
    for stage in stages:
        if stage.state is WayState.UNKNOWN and stage.detail:
            step = words_of(stage.step)
            screen.line(_("{step}: not known: {why}").format(step=step, why=stage.detail), "quiet", indent=2)


def words_of(step: Step) -> str:
    """A step in a word or two."""
    return {
        Step.SENT: _("sent"),
        Step.ACCEPTED: _("accepted"),
        Step.UNDERSTOOD: _("understood"),
        Step.CUSTOMER: _("customer found"),
        Step.MODULE: _("module found"),
        Step.FREE: _("nothing in the way"),
        Step.WRITTEN: _("written"),
        Step.KEPT: _("kept"),
        Step.SHOWN: _("shown"),
    }[step]


def _first(story: Story, judged: Sequence[Judged], found: Answer) -> Judged | None:
    """The module that decides the answer, or the one that was asked for."""
    if found is Answer.MISSING:
        return next(one for one in judged if one.state in OWED)
    untold = [one for one in judged if one.state in UNTOLD]
    asked = [one for one in judged if one.module == story.asked] if story.asked else []
    if found is Answer.SERVED:
        asked = asked or [one for one in judged if one.state is State.VISIBLE]
    return next(iter((*untold, *asked, *judged)), None)


def _without_modules(screen: Screen, story: Story, found: Answer) -> None:
    if found is Answer.UNKNOWN:
        for unseen in story.unseen[:1]:
            screen.line(unseen.reason)
            if unseen.hint:
                screen.line(unseen.hint, "quiet")
    else:
        screen.line(_("no payment for a module, no token and no access is theirs"))


def _not_found(screen: Screen, story: Story, shown: Shown) -> None:
    """Who may be meant; the person has to say so, since nothing is given by what is only alike."""
    nearest = [one for one in story.near if one.email is not None]
    if not nearest:
        screen.line(_("no address that is nearly the same was found either: ask for the one on the receipt"))
        return
    screen.line(_("is one of these meant? An address that is only alike gives no access"))
    for one in nearest:
        screen.line(one.said(shown.email), "warn", indent=2)
    if not shown.in_full:
        screen.line(_("the same command with --show-emails shows the addresses"), "quiet")
    screen.line(_("then run explain with the right address"), "quiet")


def _looked_in(screen: Screen, story: Story) -> None:
    logins = story.people is not None and story.people.logins is not None
    text = (
        _("looked in profiles, logins, tokens, accesses, and the Checkout Sessions since {day}")
        if logins
        else _(
            "looked in profiles, tokens, accesses, and the Checkout Sessions since {day}; the logins may not"
            " be read"
        )
    )
    screen.line(text.format(day=figures.day(story.since)), "quiet")
    _not_looked_at(screen, story)


def _not_looked_at(screen: Screen, story: Story) -> None:
    for one in story.unseen:
        text = _("{what} could not be looked at: {reason}").format(what=one.what, reason=one.reason)
        screen.line(text, "unknown")


def _headline(email: str, owed: Sequence[Judged], found: Answer) -> str:
    if found is Answer.MISSING:
        return ngettext(
            "MISSING: {email} does not get {modules}",
            "MISSING: {email} does not get {count} of what is due: {modules}",
            len(owed),
        ).format(email=email, count=len(owed), modules=", ".join(name_of(one) for one in owed))
    if found is Answer.SERVED:
        return _("SERVED: {email} sees everything that is due").format(email=email)
    if found is Answer.NOT_FOUND:
        return _("NOT FOUND: no profile, login, payment or token has {email}").format(email=email)
    if found is Answer.NOTHING_OWED:
        return _("NOTHING OWED: nothing is due to {email} now").format(email=email)
    return _("UNKNOWN: whether {email} gets everything is not known").format(email=email)


def _commands(owed: Iterable[Judged]) -> list[str]:
    """All commands that are needed, each once, those first that others build on."""
    found = dict.fromkeys(c for one in owed for c in (one.command, *one.then) if c)

    def rank(command: str) -> int:
        return next((_ORDER.index(word) for word in command.split(" ")[1:2] if word in _ORDER), 0)

    return sorted(found, key=rank)


def _module(screen: Screen, one: Judged, said: Judged | None) -> facts.Entry:
    style = "fail" if one.state in OWED else "unknown" if one.state in UNTOLD else None
    mark = "ok" if one.state is State.VISIBLE else style or "skipped"
    same = said is not None and one.because is not None and one.because == said.because
    if style == "fail" and same:
        sentence = _("the same, because of {check}").format(check=one.because)
    else:
        sentence = one.sentence + (_because(one) if style == "fail" else "")
    more = (one.hint,) if one.hint and style and (said is None or one.hint != said.hint) else ()
    return facts.Entry(
        labelled(f"{screen.mark(mark)} {name_of(one)}", sentence), "ok" if mark == "ok" else style, more
    )


def _because(one: Judged) -> str:
    if one.because is None:
        return ""
    # What the payments checks say is the same finding in their words, not its reason.
    if one.because.startswith("payments."):
        return _(" (see {check})").format(check=one.because)
    return _(" (because of {check})").format(check=one.because)


def name_of(one: Judged) -> str:
    """The module as a person calls it, with its id."""
    if one.module is None:
        return _("what was paid for")
    return f"{one.title} ({one.module})" if one.title else _("module {id}").format(id=one.module)
