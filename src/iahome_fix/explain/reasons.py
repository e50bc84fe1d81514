"""Why something that is there does not arrive: the chain's causes, and what is odd about the account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from iahome_fix.explain.address import has_blanks, key, same
from iahome_fix.explain.page import NO_LOGIN
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.explain.case import Case
    from iahome_fix.explain.people import Account
    from iahome_fix.explain.story import Story
    from iahome_fix.model import Result


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
        if profile is not None and login is not None and login.id != profile.id:
            return (
                "data.profiles-missing",
                _("the login has another id than the profile, so the page may not read it"),
                _("give the profile the id of its login ({id}), and its rows with it").format(id=login.id),
            )
        if login is not None and not same(login.email, people.email):
            return (
                None,
                _("the login has another address by now, and the page looks the profile up by it"),
                _("set the profile's e-mail to that of the login with the same id"),
            )
    if error:
        return None, _("the page fails for this login ({error})").format(error=error), None
    return None, _("the page does not list it for this login: a policy hides the row"), None


def without_profile(story: Story) -> tuple[str | None, str, str | None]:
    """Why nothing can reach an address that no profile has: a check, half a sentence, what to do by hand."""
    people = story.people
    login = people.login if people else None
    if login is None:
        return (
            "payments.unknown-customer",
            _("no profile has this address"),
            _("ask the payer which account they use; nothing is granted on a guess"),
        )
    return (
        "data.profiles-missing",
        _("the login of this address has no profile, so neither the handler nor the page finds the customer"),
        _(
            "in the SQL editor: insert into public.profiles (id, email) select id, lower(email)"
            " from auth.users where id = '{id}'"
        ).format(id=login.id.replace("'", "''")),
    )


def odd(profile: Account) -> bool:
    """Whether the profile's address is not in the form that logins have."""
    return has_blanks(profile.email) or profile.email != key(profile.email)


def odd_profile(profile: Account) -> tuple[str, str, str]:
    """The same three for a profile with capitals or blanks in its address."""
    statement = _(
        "in the SQL editor: update public.profiles set email = lower(btrim(email)) where id = '{id}'"
    )
    if profile.email.strip(" ").lower() != key(profile.email):
        # No statement that takes these away is short enough to be pasted with trust.
        statement = _("write the e-mail of the profile {id} anew, without what cannot be seen in it")
    return (
        "data.email-case",
        _("the profile's e-mail has capitals or blanks, so neither the handler nor the page finds it"),
        statement.format(id=profile.id.replace("'", "''")),
    )
