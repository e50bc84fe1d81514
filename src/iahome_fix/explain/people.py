"""Who an e-mail address is: the profile that the app finds, the login, and what nearly fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.addresses import BLANKS
from iahome_fix.domain.verdicts import storable
from iahome_fix.errors import ToolError
from iahome_fix.explain.address import has_blanks, key, same
from iahome_fix.explain.near import near
from iahome_fix.facts.tables import tables
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.explain.account import Bought
    from iahome_fix.facts.context import Context


@dataclass(frozen=True)
class Account:
    """A row of `profiles`, or a login of `auth.users`."""

    id: str
    email: str = field(repr=False)


@dataclass(frozen=True)
class NearMiss:
    """Something that is almost the customer. `kind` is a stable word; `email` and `id` say what is meant."""

    kind: str
    sentence: str
    email: str | None = field(default=None, repr=False)
    id: str | None = None

    def said(self, show: Callable[[str], str]) -> str:
        """The sentence, with the address as `show` gives it."""
        return self.sentence.format(email=show(self.email or ""), id=self.id)


@dataclass(frozen=True)
class People:
    """Everybody whom the address may mean.

    Attributes:
        email: the address that was asked for.
        profiles: of that address, letter case and blanks aside; first the one that the app would find.
        logins: the same in `auth.users`; None where it may not be read.
        other_email_profiles: profiles of those logins under another address.
        profiles_read: whether there is a table to look for profiles in.
    """

    email: str = field(repr=False)
    profiles: tuple[Account, ...]
    logins: tuple[Account, ...] | None
    other_email_profiles: tuple[Account, ...] = ()
    profiles_read: bool = True

    @property
    def profile(self) -> Account | None:
        return self.profiles[0] if self.profiles else None

    @property
    def found(self) -> bool:
        """Whether a profile or a login has the address; a profile, where logins cannot be read."""
        return bool(self.profiles or self.logins or self.other_email_profiles)

    @property
    def login(self) -> Account | None:
        """Who signs in with the address; where logins cannot be read, whoever the profile is."""
        if self.logins is None:
            return self.profile
        return self.logins[0] if self.logins else None

    @property
    def doubled(self) -> tuple[Account, ...]:
        """The profiles that share one spelling of the address; the app takes them for none."""
        spellings = [one.email for one in self.profiles]
        return tuple(one for one in self.profiles if spellings.count(one.email) > 1)

    @property
    def owners(self) -> tuple[str, ...]:
        """Everything that may stand as the owner of a token or an access, in lower case."""
        found = [*self.profiles, *(self.logins or ()), *self.other_email_profiles]
        ids = [one.id.lower() for one in found]
        addresses = [one.email.strip().lower() for one in found]
        # An empty address would stand for every row without an owner.
        return tuple(owner for owner in dict.fromkeys([*ids, *addresses, key(self.email)]) if owner)

    @property
    def spellings(self) -> tuple[str, ...]:
        """The address in every form that is known."""
        found = (*self.profiles, *(self.logins or ()))
        return tuple(dict.fromkeys([self.email, key(self.email), *(one.email for one in found)]))


def read_people(ctx: Context, email: str) -> People:
    """Look the address up. Raises MissingCredential, SqlError and CouldNotTell."""
    logins = _logins(ctx, email, ())
    profiles = _profiles(ctx, email, [one.id for one in logins or ()])
    here = [one for one in profiles if same(one.email, email)]
    if logins is not None and here and not {one.id for one in here} & {one.id for one in logins}:
        logins = (*logins, *_logins_of(ctx, [one.id for one in here]))
    known = {one.id for one in logins or ()}
    here.sort(key=lambda one: (one.id not in known, one.email != email, one.email != key(email), one.id))
    ids = {one.id for one in here}
    if logins is not None:
        # Who signs in with this very address comes before one that merely has the profile's id.
        logins = tuple(
            sorted(logins, key=lambda one: (not same(one.email, email), one.id not in ids, one.id))
        )
    elsewhere = tuple(one for one in profiles if one.id not in ids)
    return People(email, tuple(here), logins, elsewhere, profiles_read=_readable(ctx))


def near_misses(
    people: People | None, bought: Iterable[Bought], known: Iterable[str]
) -> tuple[NearMiss, ...]:
    """What explains that somebody is not found. `known`: addresses that have a profile, as `key` has them."""
    found = [*_of_people(people)] if people is not None else []
    email = people.email if people else ""
    others = {
        key(written): written
        for one in bought
        for _field, written in one.named_in
        if people is not None and not same(written, email)
    }
    having = set(known)
    for normal, written in others.items():
        has_profile = normal in having
        found.append(
            NearMiss(
                "other-address",
                _("a Checkout Session of theirs also names {email}, which has a profile")
                if has_profile
                else _("a Checkout Session of theirs also names {email}, which has no profile"),
                email=written,
            )
        )
    return tuple(found)


def nearly(ctx: Context, people: People, named: Iterable[str]) -> tuple[NearMiss, ...]:
    """Who may be meant by an address that no profile has. Raises SqlError and CouldNotTell.

    `named`: addresses that payments name.
    """
    if people.profile is not None:
        return ()
    found = near(ctx, people.email, named, profiles=people.profiles_read, logins=people.logins is not None)
    return tuple(NearMiss(one.difference.value, one.sentence, one.email, one.id) for one in found)


def _of_people(people: People) -> Iterable[NearMiss]:
    for one in people.profiles:
        if has_blanks(one.email):
            yield NearMiss(
                "blanks", _("the profile's e-mail is {email}, with blanks in it"), one.email, one.id
            )
        elif one.email != key(one.email):
            yield NearMiss(
                "letter-case", _("the profile's e-mail is {email}, not in lower case"), one.email, one.id
            )
    if len(people.profiles) > 1:
        yield NearMiss(
            "two-profiles",
            (
                _("{count} profiles have this address")
                if people.doubled
                else _("{count} profiles have this address, in different letters")
            ).format(count=len(people.profiles)),
        )
    for one in people.other_email_profiles:
        yield NearMiss(
            "profile-has-other-address",
            _("the profile of this login has another address, {email}"),
            one.email,
            one.id,
        )
    yield from _of_logins(people)


def _of_logins(people: People) -> Iterable[NearMiss]:
    if people.logins is None or not people.profiles_read:
        return
    ids = {one.id for one in (*people.profiles, *people.other_email_profiles)}
    ours = [one for one in people.logins if same(one.email, people.email)]
    if people.profile is not None and not people.logins:
        yield NearMiss(
            "profile-without-login",
            _("no login in auth.users has this address: nobody can sign in with it"),
            people.profile.email,
            people.profile.id,
        )
    for one in ours:
        if one.id in ids:
            continue
        if people.profile is None:
            yield NearMiss(
                "login-without-profile",
                _("a login has this address, but no profile has its id {id}"),
                one.email,
                one.id,
            )
        else:
            yield NearMiss(
                "other-id",
                _("the login has the id {id}, the profile of this address another one"),
                one.email,
                one.id,
            )
    for one in people.logins:
        if one not in ours:
            yield NearMiss(
                "login-has-other-address",
                _("the login of this profile has another address, {email}"),
                one.email,
                one.id,
            )


def with_profile(ctx: Context, addresses: Iterable[str]) -> frozenset[str]:
    """Those of the addresses, as `key` writes them, that have a profile. Raises SqlError and CouldNotTell."""
    wanted = sorted({storable(key(address)) for address in addresses})
    if not wanted or not _readable(ctx):
        return frozenset()
    rows = ctx.rows.read(sql.load("explain/with_profile"), {"keys": wanted, "blanks": BLANKS})
    return frozenset(str(row["key"]) for row in rows)


def _profiles(ctx: Context, email: str, ids: list[str]) -> tuple[Account, ...]:
    if not _readable(ctx):
        return ()
    rows = ctx.rows.read(sql.load("explain/profiles"), {"key": key(email), "blanks": BLANKS, "ids": ids})
    return tuple(Account(str(row["id"]), str(row["email"])) for row in rows)


def _readable(ctx: Context) -> bool:
    """Whether `profiles` is whole enough to look for somebody; if not, the chain says so."""
    table = tables(ctx)["profiles"]
    return table.kind is not None and {"id", "email"} <= set(table.columns)


def _logins(ctx: Context, email: str, ids: Iterable[str]) -> tuple[Account, ...] | None:
    try:
        rows = ctx.database.read(
            sql.load("explain/logins"), {"key": key(email), "blanks": BLANKS, "ids": list(ids)}
        )
    except ToolError:
        return None
    return tuple(Account(str(row["id"]), str(row["email"])) for row in rows)


def _logins_of(ctx: Context, ids: list[str]) -> tuple[Account, ...]:
    return _logins(ctx, "", ids) or ()
