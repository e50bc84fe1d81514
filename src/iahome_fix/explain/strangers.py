"""Paid, and no account can be found for it, or no module: what only a person can put right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.domain.sale import Verdict
from iahome_fix.explain import words
from iahome_fix.explain.address import same
from iahome_fix.explain.claims import covered, has_account, is_ours, is_under_way, reconcile_command, sale_of
from iahome_fix.explain.payments import is_due
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
from iahome_fix.explain.structure import PAYMENT
from iahome_fix.explain.unclear import is_unclear, unclear
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.explain.account import Bought
    from iahome_fix.explain.case import Case


def stranger(case: Case) -> Judged | None:
    """A payment that no account can be found for, or for a module that does not exist."""
    for one in case.bought:
        sale = sale_of(case, one)
        if not is_due(one.session) or is_under_way(case.story, one) or (sale is not None and sale.served):
            continue
        found = _judged(case, one, sale)
        if found is not None:
            return found
    return None


def _judged(case: Case, one: Bought, sale: Sale | None) -> Judged | None:
    claim = words.paid(one.session)
    causes = case.story.structure.causes(PAYMENT)
    if sale is None and causes:
        if any(covered(case.story, token, one) for token in case.own_tokens):
            return None
        if is_unclear(case, one):
            return unclear(case, one, claim)
        return structural(case, claim, causes, after=(reconcile_command(case.tools, case.story, one),))
    if sale is not None and sale.verdict is Verdict.AMBIGUOUS_CUSTOMER and _is_named(case, one):
        return _ambiguous(case, one, claim)
    ours = is_ours(case, one)
    if not ours and has_account(case, one, sale):
        return None
    if is_unclear(case, one):
        return unclear(case, one, claim)
    if not ours:
        return _of_another_address(case, one, claim)
    if case.owner is None or (sale is not None and sale.owner is None):
        return _without_profile(case, one, sale, claim)
    if case.module not in case.story.modules:
        return case.judged(
            State.MISSING,
            _("{claim}, but modules has no module of this id").format(claim=claim),
            "data.orphans" if sale is not None and sale.module_in_use else "payments.no-module",
            hint=_("restore the module under its old id, or map it to its successor by hand"),
        )
    return None


def _of_another_address(case: Case, one: Bought, claim: str) -> Judged:
    """Paid with an address that no profile has; that of the customer's login, perhaps."""
    claim = _("{claim} with another address, {email}, which no profile has").format(
        claim=claim, email=case.tools.shown.email(one.session.email or "")
    )
    if case.owner is not None and _is_of_login(case, one):
        return case.judged(
            State.MISSING,
            _("{claim}: that address is the one of the customer's login").format(claim=claim),
            PROFILE_EMAIL,
            commands=(reconcile_command(case.tools, case.story, one),),
            hint=give_address_of_login(case.owner),
        )
    return case.judged(
        State.MISSING,
        claim,
        "payments.unknown-customer",
        hint=_("if the payer is this customer, give the access by hand; no access is given on a guess"),
    )


def _without_profile(case: Case, one: Bought, sale: Sale | None, claim: str) -> Judged:
    """Paid with the customer's address, which leads to no profile."""
    profile = case.story.people.profile if case.story.people else None
    because, why, hint = without_profile(case.story)
    if profile is not None and odd(profile):
        because, why, hint = odd_profile(profile)
    elif profile is not None and sale is not None and sale.verdict is Verdict.UNKNOWN_CUSTOMER:
        because, why, hint = composed_otherwise()
    after = (reconcile_command(case.tools, case.story, one),) if because == PROFILE_EMAIL else ()
    text = _("{claim}, but {why}").format(claim=claim, why=why)
    return case.judged(State.MISSING, text, because, commands=after, hint=hint)


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
        hint = _("ask the buyer which login it is for, and give the access by hand")
    return case.judged(State.MISSING, text.format(claim=claim), "payments.unknown-customer", hint=hint)


def _is_of_login(case: Case, one: Bought) -> bool:
    """Whether the payment's address is that of the login with the profile's id."""
    logins = (case.story.people.logins if case.story.people else None) or ()
    return any(login.id == case.owner and same(login.email, one.session.email or "") for login in logins)
