"""The check `data.profile-email`: has each profile the address of its login, and nobody else's?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import statements
from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts.logins import NO_LOGINS, profile_emails
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.model import Finding, fail, ok, skipped, warn
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.facts.queries import Record
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10


@check(
    "data.profile-email",
    N_("each profile has the address of its login"),
    needs=("schema.profiles", "schema.module-access", "schema.access-tokens", "schema.columns"),
    queries=("checks/profile_emails",),
)
def profile_email(ctx: Seen) -> Finding:
    """Handler and page look for exactly one profile by its e-mail: they find none after the login's address
    was changed, and the handler takes two for none.

    Found by: profiles whose address is empty or another one than that of the login with the same id, and
    addresses that several profiles have. It is a fault for those who paid, or who have a token or an access;
    the others are only mentioned. Capitals and blanks are the matter of data.email-case.
    Repair: by hand: the login's address into its profile; of two profiles the one with the login's id stays.
    Never: change the login's address; delete a profile that owns accesses or tokens.
    """
    rows = profile_emails.or_why(ctx)
    if isinstance(rows, SqlError) and rows.sqlstate in NO_LOGINS:
        return skipped(
            _("the logins cannot be read with this database user: {reason}").format(reason=rows.message),
            not_asked=True,
        )
    if isinstance(rows, ToolError):
        raise rows
    if not rows:
        return ok(_("every profile has the e-mail address of its login, and no two have the same"))
    owning = [row for row in rows if row["owns"]]
    said = _said(owning or rows)
    if not owning:
        return warn(said, hint=_("none of these customers paid for anything"), count=len(rows))
    hints = []
    if any(row["kind"] == "other" for row in owning):
        hints.append(_("in the SQL editor: {statements}").format(statements=statements.emails_of_logins()))
    if any(row["kind"] == "doubled" for row in owning):
        hints.append(
            _(
                "of two profiles the one whose id is in auth.users is the right one; give the other another"
                " address"
            )
        )
    return fail(
        said,
        hint=_("; ").join(hints),
        count=len(owning),
        addresses=sorted({mask_email(str(row["login"])) for row in owning})[:_MOST_SHOWN],
    )


def _said(rows: Sequence[Record]) -> str:
    other = sorted({str(row["login"]) for row in rows if row["kind"] == "other"})
    double = sorted({str(row["login"]) for row in rows if row["kind"] == "doubled"})
    parts = []
    if other:
        parts.append(
            ngettext(
                "{count} profile has another e-mail than its login ({example}): neither the handler nor the"
                " page finds it",
                "{count} profiles have other e-mails than their logins ({example} and others): neither the"
                " handler nor the page finds them",
                len(other),
            ).format(count=len(other), example=mask_email(other[0]))
        )
    if double:
        parts.append(
            ngettext(
                "{count} e-mail is that of several profiles ({example}): the handler takes them for none",
                "{count} e-mails are those of several profiles each ({example} and others): the handler takes"
                " them for none",
                len(double),
            ).format(count=len(double), example=mask_email(double[0]))
        )
    return _("; ").join(parts)
