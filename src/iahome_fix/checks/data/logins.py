"""The check `data.profiles-missing`: does every login have the profile that the app looks for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import statements
from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts.logins import NO_LOGINS, without
from iahome_fix.facts.tables import accesses
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.model import Finding, fail, ok, skipped, warn
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.logins import Login
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10


@check(
    "data.profiles-missing",
    N_("every login has its profile"),
    needs=("schema.profiles", "schema.module-access", "schema.access-tokens", "schema.columns"),
    queries=("checks/logins_without_profile", "checks/tables"),
)
def profiles_missing(ctx: Seen) -> Finding:
    """The trigger that makes a profile at sign-up swallows its errors: such a customer can log in and pay,
    but neither the handler nor the page finds them.

    Found by: logins whose id no profile has. It is a fault for those who paid, or who have a token or an
    access; the others are only mentioned. Deleted and anonymous logins do not count.
    Repair: by hand: a profile with the login's own id and address, and a look at the trigger on auth.users.
    Never: insert a profile with a fresh id; nobody could log in to it.
    """
    known = without.or_why(ctx)
    if isinstance(known, SqlError) and known.sqlstate in NO_LOGINS:
        return skipped(
            _("the logins cannot be read with this database user: {reason}").format(reason=known.message),
            not_asked=True,
        )
    if isinstance(known, ToolError):
        raise known
    found, count = known.logins, known.count
    owning = [login for login in found if login.owns and _is_blind(ctx, login)]
    absent = [login.email for login in owning if not login.other_id]
    strange = [login.email for login in owning if login.other_id]
    if owning:
        return fail(
            _("; ").join([*([_absent(absent)] if absent else []), *([_strange(strange)] if strange else [])]),
            hint=_("in the SQL editor: {statements}; then look at the trigger on auth.users").format(
                statements=statements.profiles_of_logins()
            )
            if absent
            else _("give the profile the id of its login, and its rows with it; this tool does not do it"),
            count=len(owning),
            addresses=[mask_email(email) for email in (*absent, *strange)][:_MOST_SHOWN],
        )
    if count:
        return warn(
            ngettext(
                "{count} login has no profile; it paid for nothing, but its page shows an error",
                "{count} logins have no profile; they paid for nothing, but their page shows an error",
                count,
            ).format(count=count),
            hint=_("look at the trigger on auth.users that makes the profile at sign-up"),
            count=count,
        )
    return ok(_("every login has a profile with its id"))


def _absent(emails: list[str]) -> str:
    return ngettext(
        "{count} customer has a login but no profile ({example}): neither the handler nor the page finds it",
        "{count} customers have a login but no profile ({example} and others): neither the handler nor"
        " the page finds one",
        len(emails),
    ).format(count=len(emails), example=mask_email(emails[0]))


def _strange(emails: list[str]) -> str:
    return ngettext(
        "{count} customer logs in under another id than the profile has ({example}): the page may not read"
        " the rows",
        "{count} customers log in under other ids than their profiles have ({example} and others):"
        " the page may not read their rows",
        len(emails),
    ).format(count=len(emails), example=mask_email(emails[0]))


def _is_blind(ctx: Seen, login: Login) -> bool:
    """Under another id than the profile's, a login sees nothing only where rows are kept apart."""
    return not login.other_id or accesses(ctx).row_level_security
