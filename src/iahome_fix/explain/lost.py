"""Paid, and no access in force: whose fault, and which command gives what was bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.domain import repeated
from iahome_fix.domain.sale import Verdict
from iahome_fix.explain import words
from iahome_fix.explain.case import Case
from iahome_fix.explain.claims import covered, is_ours, is_over, is_under_way, reconcile_command, sale_of
from iahome_fix.explain.looking import DATABASE
from iahome_fix.explain.payments import Delivery, is_due
from iahome_fix.explain.reasons import odd, odd_profile, structural
from iahome_fix.explain.stopped import stopped
from iahome_fix.explain.structure import PAYMENT
from iahome_fix.explain.unclear import is_unclear, unclear
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _, joined, ngettext

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.explain.account import Bought
    from iahome_fix.explain.story import Story

_UNDELIVERED = "stripe.undelivered"


def renewal(case: Case) -> Judged | None:
    """A payment for a term that goes on where the access in force ends, and that was not given."""
    for one in case.bought:
        sale = sale_of(case, one)
        if sale is not None and sale.is_renewal and sale.owed and sale.open and is_ours(case, one):
            return _lost(case, one, sale)
    return None


def payment(case: Case) -> Judged | None:
    """A payment of this address for the module that was not given. None where there is none."""
    for one in case.bought:
        sale = sale_of(case, one)
        if not is_due(one.session) or not is_ours(case, one) or is_under_way(case.story, one):
            continue
        if sale is not None:
            if sale.owed or sale.verdict is Verdict.UNCLEAR:
                return _lost(case, one, sale)
        elif case.owner is not None and case.story.structure.causes(PAYMENT):
            # The tables are not whole, so no access was given; a token is the shorter way, or was the way.
            if any(token.in_force or covered(case.story, token, one) for token in case.own_tokens):
                continue
            return _lost(case, one, None)
    return None


def under_way(case: Case) -> Judged | None:
    """A payment so young that its delivery may take a while yet."""
    for one in case.bought:
        if is_due(one.session) and is_under_way(case.story, one):
            text = _("{paid}, less than five minutes ago: wait, and look again")
            return case.judged(State.UNDER_WAY, text.format(paid=words.paid(one.session)))
    return None


def settled(case: Case, one: Bought) -> Judged:
    """What became of a payment that is owed nothing any more, though no access is in force."""
    if case.story.sold is None and not any(covered(case.story, token, one) for token in case.own_tokens):
        unseen = case.story.why_unseen(DATABASE)
        text = _("{paid}; whether it was given could not be looked at: {reason}")
        return case.judged(
            State.UNKNOWN,
            text.format(paid=words.paid(one.session), reason=unseen.reason if unseen else "?"),
            hint=unseen.hint if unseen else None,
        )
    carrying = [
        row for row in case.story.carrying if row.session == one.session.id and row.module == case.module
    ]
    foreign = [row for row in carrying if row.owner != case.owner]
    claim = words.paid(one.session)
    if foreign:
        text = _("{claim}, and given to another profile, {id}").format(
            claim=claim, id=case.tools.shown.text(foreign[0].owner)
        )
        return case.judged(State.OTHER_ACCOUNT, text)
    if not is_ours(case, one):
        text = _("{claim} with another address, {email}: it counts for the profile of that address").format(
            claim=claim, email=case.tools.shown.email(one.session.email or "")
        )
        return case.judged(State.OTHER_ACCOUNT, text)
    ends = next((row.term.ends for row in carrying if row.term.over), None)
    if ends is not None:
        text = _("{claim}, and was there until {day}").format(claim=claim, day=words.when(ends))
        again = paid_again(case)
        return case.judged(
            State.OVER,
            joined(text, again) if again else text,
            "payments.paid-twice" if again else None,
        )
    again = paid_again(case)
    text = _("{claim}, and served; its term is over")
    return case.judged(
        State.OVER,
        joined(text.format(claim=claim), again) if again else text.format(claim=claim),
        "payments.paid-twice" if again else None,
    )


def paid_again(case: Case) -> str | None:
    """What is said of payments for the module that the access of another one serves; None without any."""
    found = [
        sale
        for sale in repeated.paid_again((case.story.sold or {}).values())
        if sale.module == case.module and sale.owner == case.owner
    ]
    if not found:
        return None
    return _(
        "{paid} once more within the hour ({ids}): refund it in Stripe, or give that term by hand"
    ).format(
        paid=_("; ").join(words.paid(sale.session) for sale in found),
        ids=", ".join(sale.session.id for sale in found),
    )


def nameless(story: Story) -> tuple[Judged, ...]:
    """Payments of the app's checkout that name no module."""
    if story.people is None:
        return ()
    given = {row.session for row in story.carrying}
    found = []
    for one in story.bought or ():
        session = one.session
        from_app = session.from_app or (story.people.profile is not None and not session.is_renewal)
        if session.modules or not is_due(session) or not from_app or session.id in given:
            continue
        found.append(
            Judged(
                None,
                None,
                State.MISSING,
                _("{paid}, but its Checkout Session names no module").format(paid=words.paid(session)),
                "payments.no-module",
                hint=_("checkout and handler may disagree on the metadata keys; see the session {id}").format(
                    id=session.id
                ),
            )
        )
    return tuple(found)


def _lost(case: Case, one: Bought, sale: Sale | None) -> Judged:
    claim = words.paid(one.session)
    reconcile = reconcile_command(case.tools, case.story, one, sale)
    if is_unclear(case, one):
        return unclear(case, one, claim)
    if is_over(case.story, one, case.module):
        lasted = case.story.terms.sold_until(one.session.moment, case.module) - one.session.moment
        claim = _("{claim}, never given, and its {hours} hours are over").format(
            claim=claim, hours=round(lasted.total_seconds() / 3600)
        )
    elif sale is not None and sale.candidates:
        claim = _("{claim}, not given, and whether it was sold for {spans} is not known").format(
            claim=claim, spans=_(" or ").join(sale.candidates)
        )
    else:
        claim = _("{claim}, not given").format(claim=claim)
    causes = case.story.structure.causes(PAYMENT)
    if causes:
        return structural(case, claim, causes, after=(reconcile,))
    people = case.story.people
    profile = people.profile if people else None
    waits = case.story.events.delivery(one.session) is Delivery.PENDING
    # Another endpoint may be the one that it waits for: the payments of everybody tell.
    if waits and (cause := case.tools.handler(one.session)) and cause.check.id == _UNDELIVERED:
        return case.judged(State.MISSING, _pending(case, one, claim), _UNDELIVERED, commands=(reconcile,))
    if sale is not None and sale.odd and profile is not None and odd(profile):
        because, why, hint = odd_profile(profile)
        text = _("{claim}: {why}").format(claim=claim, why=why)
        return case.judged(State.MISSING, text, because, commands=(reconcile,), hint=hint)
    found = stopped(case, sale, claim, reconcile) if sale is not None else None
    return found or _unexplained(case, one, sale, claim, reconcile)


def _unexplained(case: Case, one: Bought, sale: Sale | None, claim: str, reconcile: str) -> Judged:
    """The chain holds today, so the reason lies with this payment, with the handler, or in the past."""
    because = "payments.unfulfilled"
    event = case.story.events.completed(one.session)
    endpoint = case.story.events.endpoint
    cause = None
    if not one.session.emails:
        why = _(
            "it has no e-mail address, only a user id in its metadata, and the handler looks for the address"
        )
    elif sale is not None and sale.by_id:
        why = _(
            "no profile has its address, only the user id in its metadata leads here, and the handler looks"
            " for the address"
        )
    elif sale is not None and not sale.as_written:
        why = _("its address is in other letters than the profile's, and the handler compares exactly")
    elif event is not None and event.object_payment_status == "unpaid":
        why = _(
            "the money came after the event that the handler acts on, and no handler acts on the later one"
        )
    elif endpoint is not None and endpoint.created is not None and one.session.moment < endpoint.created:
        why = _("the endpoint was registered only later, on {day}").format(day=words.when(endpoint.created))
    elif (cause := case.tools.handler(one.session)) is not None:
        why, because = cause.finding.detail, cause.check.id
    else:
        remark = case.tools.remark(sale) if sale is not None else None
        why = _("nothing explains it today; {remark}").format(remark=remark or _delivered(case, one))
    return case.judged(
        State.MISSING,
        _("{claim}: {why}").format(claim=claim, why=why),
        because,
        commands=(reconcile,),
        hint=cause.finding.hint if cause else None,
    )


def _pending(case: Case, one: Bought, claim: str) -> str:
    event = case.story.events.completed(one.session)
    count = event.pending_webhooks if event else 1
    return ngettext(
        "{claim}: Stripe could not deliver the event {id}, which still waits for {count} endpoint",
        "{claim}: Stripe could not deliver the event {id}, which still waits for {count} endpoints",
        count,
    ).format(claim=claim, id=event.id if event else "?", count=count)


def _delivered(case: Case, one: Bought) -> str:
    texts = {
        Delivery.SETTLED: _("its event waits for nobody, and the handler left no row"),
        Delivery.PENDING: _("its event still waits for an endpoint"),
        Delivery.NO_EVENT: _("Stripe has no event for it"),
        Delivery.FORGOTTEN: _("its event is older than the 30 days that Stripe keeps"),
    }
    return texts.get(case.story.events.delivery(one.session), _("its event could not be read"))
