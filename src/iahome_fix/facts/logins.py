"""What is known of logins: those without a profile, and those whose profile has another address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.addresses import folded
from iahome_fix.domain.verdicts import storable
from iahome_fix.errors import ToolError
from iahome_fix.facts import sales
from iahome_fix.facts.queries import records
from iahome_fix.facts.seen import derived, fact

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.queries import Answer
    from iahome_fix.facts.seen import Seen

_MOST = 1000
NO_LOGINS = ("42501", "42P01", "3F000")
"""The logins may not be read; no such table; no such schema."""


@dataclass(frozen=True)
class Login:
    """A login without a profile of its id. `owns`: it paid, or has a token or an access."""

    email: str
    owns: bool
    other_id: bool


@dataclass(frozen=True)
class Without:
    """Those, the first of them by name, and how many there are."""

    logins: tuple[Login, ...] = ()
    count: int = 0


@fact
def without(ctx: Context) -> Without:
    """The logins without a profile. Raises SqlError, of `NO_LOGINS` where logins cannot be read."""
    rows = ctx.database.read(
        sql.load("checks/logins_without_profile", ctx.profile),
        {"emails": sorted(payers(ctx)), "most": _MOST},
    )
    found = tuple(Login(row["email"], row["owns"], row["profile_of_another_id"]) for row in rows)
    return Without(found, int(rows[0]["found"]) if rows else 0)


def without_profile(ctx: Seen) -> frozenset[str]:
    """Addresses of those logins, in lower case, as far as they own something; none if logins are not read."""
    found = without.or_why(ctx)
    if isinstance(found, ToolError):
        return frozenset()
    return frozenset(login.email for login in found.logins if login.owns and not login.other_id)


@fact
def profile_emails(ctx: Context) -> Answer:
    """Profiles without the address of their login, and addresses that several have. Raises SqlError."""
    params: dict[str, Any] = {"emails": sorted(payers(ctx)), "most": _MOST}
    query = "checks/profile_emails"
    return records(query, ctx.database.read(sql.load(query, ctx.profile), params))


def doubled(ctx: Seen) -> frozenset[str]:
    """Addresses in lower case that several profiles have; none where that is not known."""
    return _of_kind(ctx, "doubled")


def of_other_profiles(ctx: Seen) -> frozenset[str]:
    """Addresses of logins, in lower case, whose profiles have another one; none where that is not known."""
    return _of_kind(ctx, "other")


def _of_kind(ctx: Seen, kind: str) -> frozenset[str]:
    found = profile_emails.or_why(ctx)
    if isinstance(found, ToolError):
        return frozenset()
    return frozenset(str(row["login"]) for row in found if row["kind"] == kind)


@derived
def payers(ctx: Seen) -> frozenset[str]:
    """The addresses of all who paid in the app's checkout; none where Stripe cannot be asked."""
    found = sales.due.or_why(ctx)
    if isinstance(found, ToolError):
        return frozenset()
    bought = (session for session in found if session.modules or session.from_app)
    return frozenset(folded(storable(email)) for session in bought for email in session.emails)
