"""Paid, and no access in force: whose fault, and which command gives what was bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.domain.money import Money, money_of
from iahome_fix.domain.sale import Verdict
from iahome_fix.explain import words
from iahome_fix.explain.address import same
from iahome_fix.explain.case import Case
from iahome_fix.explain.claims import (
    covered,
    has_account,
    is_ours,
    is_over,
    is_under_way,
    options,
    reconcile_command,
    sale_of,
)
from iahome_fix.explain.looking import DATABASE
from iahome_fix.explain.payments import Delivery, is_due
from iahome_fix.explain.reasons import (
    PROFILE_EMAIL,
    composed_otherwise,
    doubled_profiles,
    give_address_of_login,
    odd,
    odd_profile,
    structural,
    without_profile,
)
from iahome_fix.explain.stopped import stopped
from iahome_fix.explain.structure import PAYMENT
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _, ngettext

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


def stranger(case: Case) -> Judged | None:
    """A payment that no account can be found for, or for a module that does not exist."""
    for one in case.bought:
        sale = sale_of(case, one)
        if not is_due(one.session) or is_under_way(case.story, one) or (sale is not None and sale.served):
            continue
        claim = words.paid(one.session)
        causes = case.story.structure.causes(PAYMENT)
        if sale is None and causes:
            if any(covered(case.story, token, one) for token in case.own_tokens):
                continue
            if _is_unclear(case, one):
                return _unclear(case, one, claim)
            return structural(case, claim, causes, after=(reconcile_command(case.tools, case.story, one),))
        if sale is not None and sale.verdict is Verdict.AMBIGUOUS_CUSTOMER and _is_named(case, one):
            return _ambiguous(case, one, claim)
        if not is_ours(case, one):
            if has_account(case, one, sale):
                continue
            if _is_unclear(case, one):
                return _unclear(case, one, claim)
            claim = _("{claim} with another address, {email}, which no profile has").format(
                claim=claim, email=case.tools.shown.email(one.session.email or "")
            )
            if case.owner is not None and _is_of_login(case, one):
                return case.judged(
                    State.MISSING,
                    _("{claim}: it is that of the customer's login").format(claim=claim),
                    PROFILE_EMAIL,
                    commands=(reconcile_command(case.tools, case.story, one),),
                    hint=give_address_of_login(case.owner),
                )
            return case.judged(
                State.MISSING,
                claim,
                "payments.unknown-customer",
                hint=_(
                    "if the payer is this customer, give the access by hand; nothing is granted on a guess"
                ),
            )
        if _is_unclear(case, one):
            return _unclear(case, one, claim)
        if case.owner is None or (sale is not None and sale.owner is None):
            profile = case.story.people.profile if case.story.people else None
            because, why, hint = without_profile(case.story)
            if profile is not None and odd(profile):
                because, why, hint = odd_profile(profile)
            elif profile is not None and sale is not None and sale.verdict is Verdict.UNKNOWN_CUSTOMER:
                because, why, hint = composed_otherwise()
            after = (reconcile_command(case.tools, case.story, one),) if because == PROFILE_EMAIL else ()
            text = _("{claim}, but {why}").format(claim=claim, why=why)
            return case.judged(State.MISSING, text, because, commands=after, hint=hint)
        if case.module not in case.story.modules:
            return case.judged(
                State.MISSING,
                _("{claim}, but modules has no module of this id").format(claim=claim),
                "data.orphans" if sale is not None and sale.module_in_use else "payments.no-module",
                hint=_("restore the module under its old id, or map it to its successor by hand"),
            )
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
        text = _("{claim}, and given to another account, {id}").format(
            claim=claim, id=case.tools.shown.text(foreign[0].owner)
        )
        return case.judged(State.OTHER_ACCOUNT, text)
    if not is_ours(case, one):
        text = _("{claim} with another address, {email}: it counts for the account of that address").format(
            claim=claim, email=case.tools.shown.email(one.session.email or "")
        )
        return case.judged(State.OTHER_ACCOUNT, text)
    ends = next((row.term.ends for row in carrying if row.term.over), None)
    if ends is not None:
        text = _("{claim}, and was there until {day}")
        return case.judged(State.OVER, text.format(claim=claim, day=words.when(ends)))
    return case.judged(State.OVER, _("{claim}, and served; its term is over").format(claim=claim))


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
    reconcile = reconcile_command(case.tools, case.story, one)
    if _is_unclear(case, one):
        return _unclear(case, one, claim)
    if is_over(case.story, one):
        claim = _("{claim}, never given, and its {hours} hours are over").format(
            claim=claim, hours=round(case.story.terms.duration.total_seconds() / 3600)
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


def _is_named(case: Case, one: Bought) -> bool:
    """Whether the payment is asked for this customer: by its user id, or by one of its addresses."""
    session = one.session
    named = any(same(email, case.story.email) for email in session.emails)
    return named or (case.owner is not None and session.user_id == case.owner)


def _ambiguous(case: Case, one: Bought, claim: str) -> Judged:
    """The payment leads to several profiles, and nobody chooses between them on a guess."""
    people = case.story.people
    if people and people.doubled:
        because, why, hint = doubled_profiles(people)
        after = (reconcile_command(case.tools, case.story, one),)
        text = _("{claim}: {why}").format(claim=claim, why=why)
        return case.judged(State.MISSING, text, because, commands=after, hint=hint)
    if people and len(people.profiles) > 1:
        text = _("{claim}: several profiles have this address, none of them in these letters")
        hint = _("make one profile of them by hand; reconcile does not choose between them")
    else:
        text = _("{claim}: what the payment says of its buyer leads to different profiles")
        hint = _("ask the buyer which account it is for, and give the access by hand")
    return case.judged(State.MISSING, text.format(claim=claim), "payments.unknown-customer", hint=hint)


def _is_unclear(case: Case, one: Bought) -> bool:
    """Whether money came of which no charge, and so no refund, is to be seen."""
    money = money_of(one.session, now=case.story.now, mode=case.story.mode)
    return money is Money.UNCLEAR and not case.story.terms.include_unclear


def _is_of_login(case: Case, one: Bought) -> bool:
    """Whether the payment's address is that of the login with the profile's id."""
    logins = (case.story.people.logins if case.story.people else None) or ()
    return any(login.id == case.owner and same(login.email, one.session.email or "") for login in logins)


def _unclear(case: Case, one: Bought, claim: str) -> Judged:
    """Whether the money was given back is not to be seen, so neither is whether anything is owed."""
    if one.session.mode == "payment":
        why = _("whether it was refunded may not be read with this key")
        hint = _("give the restricted key the permissions rak_payment_intent_read and rak_charge_read")
    else:
        why = _("whether it was refunded shows in its invoice, which may not be read with this key")
        hint = _(
            "give the restricted key the permission rak_invoice_read; or look at the invoice in Stripe, and"
            " if it stands: {command}"
        ).format(
            command=case.tools.command("reconcile", "--include-unclear", *options(case.story, one.session))
        )
    return case.judged(
        State.UNKNOWN, _("{claim} and not given; {why}").format(claim=claim, why=why), hint=hint
    )


def _unexplained(case: Case, one: Bought, sale: Sale | None, claim: str, reconcile: str) -> Judged:
    """The chain holds today, so the reason lies with this payment, with the handler, or in the past."""
    because = "payments.unfulfilled"
    event = case.story.events.completed(one.session)
    endpoint = case.story.events.endpoint
    cause = None
    if sale is not None and not sale.as_written:
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
