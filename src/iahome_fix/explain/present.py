"""An access is in force: does the customer see it?"""

from __future__ import annotations

from dataclasses import replace

from iahome_fix.explain import lost, words
from iahome_fix.explain.case import Case
from iahome_fix.explain.claims import is_over
from iahome_fix.explain.looking import PAGE as READING
from iahome_fix.explain.payments import Money, is_due, money_of
from iahome_fix.explain.reasons import hidden_by, structural
from iahome_fix.explain.structure import PAGE
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _, joined
from iahome_fix.model import Link


def visible(case: Case) -> Judged:
    """The page lists it in the database; is it the whole of what was bought, and does the browser get it?"""
    row = case.live
    until = words.until(row) if row else _("without an end")
    unreachable = _unreachable(case, until)
    if unreachable is not None:
        return unreachable
    doubtful = [cause for cause in case.story.structure.causes(PAGE) if cause.check.link is Link.ENV]
    if doubtful:
        # The configuration here may not be the one that the site was built with.
        return case.judged(
            State.UNKNOWN,
            _("the access is there {until}; whether the browser gets it is not known: {why}").format(
                until=until, why=doubtful[0].finding.detail
            ),
            doubtful[0].check.id,
            hint=doubtful[0].finding.hint,
        )
    short = _short(case, until)
    if short is not None:
        return short
    paid_again = any(is_due(one.session) and not is_over(case.story, one, case.module) for one in case.bought)
    for one in case.bought:
        money = money_of(one.session)
        if (
            not paid_again
            and row
            and row.session == one.session.id
            and money in (Money.REFUNDED, Money.DISPUTED)
        ):
            return case.judged(
                State.VISIBLE,
                _("the access is there {until}, although its payment is {money}").format(
                    until=until, money=words.money_word(money)
                ),
                "payments.refunded-active",
            )
    again = lost.paid_again(case)
    if again is not None:
        return case.judged(
            State.VISIBLE,
            _("the access is there {until}; {again}").format(until=until, again=again),
            "payments.paid-twice",
        )
    return case.judged(State.VISIBLE, _("the access is there {until}").format(until=until))


def hidden(case: Case) -> Judged | None:
    """The page does not list an access that is in force. None where there is no such access."""
    story, row = case.story, case.live
    if row is None:
        return None
    there = _("the access is there {until}").format(until=words.until(row))
    if story.page is None:
        # Much is known without the page.
        until = words.until(row)
        owed = _unreachable(case, until) or lost.renewal(case) or _short(case, until)
        if owed is not None:
            return owed
        unseen = story.why_unseen(READING)
        return case.judged(
            State.UNKNOWN,
            _("{there}; what the page shows could not be tried: {reason}").format(
                there=there, reason=unseen.reason if unseen else "?"
            ),
            hint=unseen.hint if unseen else None,
        )
    causes = story.structure.causes(PAGE)
    if causes:
        return structural(case, _("{there}, but the page cannot show it").format(there=there), causes)
    because, why, hint = hidden_by(story)
    text = _("{there}, but {why}").format(there=there, why=why)
    more = lost.payment(case)
    if more is None or more.state is not State.MISSING:
        return case.judged(State.MISSING, text, because, hint=hint)
    return case.judged(
        State.MISSING,
        joined(text, more.sentence),
        because,
        commands=(command for command in (more.command, *more.then) if command),
        hint=hint,
    )


def _unreachable(case: Case, until: str) -> Judged | None:
    """An access in force that the browser cannot get, whatever the database would give."""
    causes = case.story.structure.page_unreachable
    claim = _("the access is there {until}, but the browser does not get it").format(until=until)
    return structural(case, claim, causes) if causes else None


def _short(case: Case, until: str) -> Judged | None:
    """An access in force that does not last as long as was paid for. None where it does."""
    short = lost.payment(case)
    if short is None or short.state is not State.MISSING:
        return None
    text = _("the access is there {until}, but not for as long as bought: {sentence}")
    return replace(
        short, state=State.PARTLY_SERVED, sentence=text.format(until=until, sentence=short.sentence)
    )
