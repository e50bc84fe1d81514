"""Why something that is there does not arrive: the chain's causes, and what is odd about the account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from iahome_fix.addresses import lowered
from iahome_fix.checks import statements
from iahome_fix.explain.address import has_blanks, key, same
from iahome_fix.explain.page import NO_LOGIN
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.explain.case import Case
    from iahome_fix.explain.people import Account, People
    from iahome_fix.explain.story import Story
    from iahome_fix.model import Result

PROFILE_EMAIL = "data.profile-email"


def structural(case: Case, claim: str, causes: Sequence[Result], *, after: Iterable[str] = ()) -> Judged:
    """What is due stays away for a reason that everybody has. `after`: commands that follow the causes'."""
    first = causes[0]
    fixes = [result.finding.fix.command for result in causes if result.finding.fix]
    return case.judged(
        State.MISSING,
        _("{claim}: {why}").format(claim=claim, why=first.finding.detail),
        first.check.id,
        commands=(*fixes, *after),
        hint=None if first.finding.fix else first.finding.hint,
    )


def hidden_by(story: Story) -> tuple[str | None, str, str | None]:
    """Why the page lists nothing of what is in force for its login: a check, half a sentence, what to do.

    For one customer; what hides everybody's accesses is said by the chain.
    """
    page, people = story.page, story.people
    error = page.error if page else None
    if error == NO_LOGIN:
        return None, _("no login in auth.users has this address, so nobody can sign in to see it"), None
    if error and error.startswith("profile:PGRST116") and people is not None:
        profile, login = people.profile, people.login
        if profile is not None and odd(profile):
            return odd_profile(profile)
        if people.doubled:
            return doubled_profiles(people)
        if profile is not None and login is not None and login.id != profile.id:
            return (
                "data.profiles-missing",
                _("the login has another id than the profile, so the page may not read it"),
                _("give the profile the id of its login ({id}), and its rows with it").format(id=login.id),
            )
        if login is not None and not same(login.email, people.email):
            return (
                PROFILE_EMAIL,
                _("the login has another address by now, and the page looks the profile up by it"),
                give_address_of_login(login.id),
            )
    if error:
        return None, _("the page fails for this login ({error})").format(error=error), None
    return None, _("the page does not list it for this login: a policy hides the row"), None


def without_profile(story: Story) -> tuple[str | None, str, str | None]:
    """Why nothing can reach an address that no profile has: a check, half a sentence, what to do by hand."""
    people = story.people
    login = people.login if people else None
    if people is not None and people.other_email_profiles:
        return (
            PROFILE_EMAIL,
            _("the profile of this login has another e-mail, so neither the handler nor the page finds it"),
            give_address_of_login(people.other_email_profiles[0].id),
        )
    if login is None:
        return (
            "payments.unknown-customer",
            _("no profile has this address"),
            _("ask the payer which login they use; no access is given on a guess"),
        )
    return (
        "data.profiles-missing",
        _("the login of this address has no profile, so neither the handler nor the page finds the customer"),
        _("in the SQL editor: {statements}").format(statements=statements.profile_of_login(login.id)),
    )


def composed_otherwise() -> tuple[str, str, str]:
    """The same three for an address that looks like the profile's, and is made of other characters."""
    return (
        "payments.unknown-customer",
        _("with its address in other characters than the profile's (Unicode, composed or not)"),
        _("if the payer is this customer, give the access by hand; no access is given on a guess"),
    )


def give_address_of_login(profile: str) -> str:
    """What to do by hand for a profile, by its id, whose e-mail is not its login's."""
    return _("in the SQL editor: {statements}").format(statements=statements.email_of_login(profile))


def doubled_profiles(people: People) -> tuple[str, str, str]:
    """The same three for an address that several profiles have, letter by letter."""
    first, *others = people.doubled
    hint = _(
        "of the profiles the one whose id is in auth.users is the right one; give the other another address"
    )
    if any(one.id == first.id and same(one.email, people.email) for one in people.logins or ()):
        hint = _("the profile {id} is the login's; give the other ({others}) another address").format(
            id=first.id, others=", ".join(one.id for one in others)
        )
    return (
        PROFILE_EMAIL,
        _("{count} profiles have this e-mail, and the handler takes them for none").format(
            count=len(people.doubled)
        ),
        hint,
    )


def odd(profile: Account) -> bool:
    """Whether the profile's address is not in the form that logins have."""
    return has_blanks(profile.email) or profile.email != key(profile.email)


def odd_profile(profile: Account) -> tuple[str, str, str]:
    """The same three for a profile with capitals or blanks in its address."""
    hint = _("in the SQL editor: {statements}").format(statements=statements.email_in_lower_case(profile.id))
    if lowered(profile.email.strip(" ")) != key(profile.email):
        # No statement that takes these away is short enough to be pasted with trust.
        hint = _("write the e-mail of the profile {id} anew, without what cannot be seen in it").format(
            id=profile.id
        )
    return (
        "data.email-case",
        _("the profile's e-mail has capitals or blanks, so neither the handler nor the page finds it"),
        hint,
    )
