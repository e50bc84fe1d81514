"""Nothing is due: what happened last, and what cannot be said without one of the systems."""

from __future__ import annotations

from datetime import datetime

from iahome_fix.explain import lost, words
from iahome_fix.explain.case import Case
from iahome_fix.explain.claims import is_over
from iahome_fix.explain.looking import DATABASE, STRIPE
from iahome_fix.explain.payments import Money, is_due, money_of
from iahome_fix.explain.reasons import structural
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _

_GIVEN_BACK = {Money.REFUNDED: State.REFUNDED, Money.DISPUTED: State.DISPUTED}


def past(case: Case) -> Judged | None:
    """The last thing that happened: given to another account, paid back, never paid, or over."""
    # That a payment was given back says more than that its token was withdrawn.
    found = [*_payments(case), *_terms(case)] or _withdrawn(case)
    return max(found, key=lambda each: each[0])[1] if found else None


def nothing(case: Case) -> Judged:
    """Nothing of this customer names it."""
    unseen = case.story.why_unseen(STRIPE)
    if unseen is not None:
        text = _("no token and no access names this module; what was paid could not be looked at: {reason}")
        return case.judged(State.UNKNOWN, text.format(reason=unseen.reason), hint=unseen.hint)
    known = case.story.modules.get(case.module)
    if known is None:
        text = _("modules has no module of this id, and nothing of this customer names it")
    elif known.free:
        text = _("no token and no access names this module; it costs nothing, so Stripe never hears of it")
    else:
        text = _("no payment, no token and no access of this customer names this module")
    return case.judged(State.NOT_BOUGHT, text)


def blind(case: Case) -> Judged | None:
    """Without the database only what was paid is known. None where the database was looked at."""
    if case.story.people is not None and case.story.accesses is not None:
        return None
    unseen = case.story.why_unseen(DATABASE)
    reason, hint = (unseen.reason, unseen.hint) if unseen else ("?", None)
    due = [one for one in case.bought if is_due(one.session)]
    unreachable = case.story.structure.page_unreachable
    lasting = [one for one in due if one.session.refund_known and not is_over(case.story, one, case.module)]
    if unreachable and lasting:
        return structural(case, words.paid(lasting[0].session), unreachable)
    if due:
        text = _("{paid}; whether it was given could not be looked at: {reason}").format(
            paid=words.paid(due[0].session), reason=reason
        )
        return case.judged(State.UNKNOWN, text, hint=hint)
    text = _("tokens and accesses could not be looked at: {reason}").format(reason=reason)
    return past(case) or case.judged(State.UNKNOWN, text, hint=hint)


def _payments(case: Case) -> list[tuple[datetime, Judged]]:
    found: list[tuple[datetime, Judged]] = []
    for one in case.bought:
        session, money = one.session, money_of(one.session)
        if money in _GIVEN_BACK:
            text = _("{paid}, and {money} since").format(
                paid=words.paid(session), money=words.money_word(money)
            )
            found.append((session.moment, case.judged(_GIVEN_BACK[money], text)))
        elif money in (Money.UNPAID, Money.OPEN, Money.EXPIRED):
            found.append((session.moment, case.judged(State.UNPAID, _not_paid(session.created, money))))
        elif is_due(session):
            found.append((session.moment, lost.settled(case, one)))
    return found


def _terms(case: Case) -> list[tuple[datetime, Judged]]:
    found: list[tuple[datetime, Judged]] = []
    for row in case.own_rows:
        if row.term.over and row.term.ends is not None:
            text = _("the access was there until {day}, and its term is over").format(
                day=words.when(row.term.ends)
            )
            found.append((row.term.ends, case.judged(State.OVER, text)))
    for token in case.own_tokens:
        if token.term.over and token.term.ends is not None:
            text = _("token {id} was valid until {day}").format(id=token.id, day=words.when(token.term.ends))
            found.append((token.term.ends, case.judged(State.OVER, text)))
    return found


def _withdrawn(case: Case) -> list[tuple[datetime, Judged]]:
    return [
        (
            token.created or case.story.now,
            case.judged(State.WITHDRAWN, _("token {id} was withdrawn").format(id=token.id)),
        )
        for token in case.own_tokens
        if token.active is not True and not token.term.over
    ]


def _not_paid(opened: datetime, money: Money) -> str:
    texts = {
        Money.UNPAID: _("ordered on {day}; the money has not arrived: a bank debit takes days, or failed"),
        Money.OPEN: _("the checkout opened on {day} is not finished; nothing was paid"),
        Money.EXPIRED: _("the checkout opened on {day} was abandoned; nothing was paid"),
    }
    return texts[money].format(day=words.when(opened))
