"""The check `data.email-case`: profiles whose address is written otherwise than the login has it."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.facts.queries import of_rows
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.model import Finding, fail, ok


@check(
    "data.email-case",
    N_("e-mail addresses are in the form that logins have"),
    needs=("schema.profiles",),
    queries=("checks/email_case",),
)
def email_case(ctx: Seen) -> Finding:
    """Logins are lower case; a profile that keeps capitals or blanks is found by neither the handler nor
    the page.

    Found by: addresses in `profiles` that have a capital letter from A to Z, or around them a blank, be it
    one that cannot be seen.
    Repair: `repair` writes them as the login has them, where no other profile holds that form, then serves
    the payments; which of two profiles is the right one, a person has to say.
    Never: make a second profile; strip dots or tags to force a match.
    """
    row = of_rows(ctx, "checks/email_case").only("checks/email_case")
    count, free = int(row["found"]), int(row["free"])
    if not count:
        return ok(_("every e-mail address in profiles is in lower case and without blanks"))
    return fail(
        ngettext(
            "{count} profile has an e-mail with capitals or blanks ({example}): its payments are not matched",
            "{count} profiles have an e-mail with capitals or blanks ({example} and others): their"
            " payments are not matched",
            count,
        ).format(count=count, example=mask_email(str(row["example"]))),
        hint=_("; ").join(_what_to_do(ctx, count, free)),
        fix=commands.repair(ctx) if free else None,
        count=count,
        free=free,
    )


def _what_to_do(ctx: Seen, count: int, free: int) -> Iterator[str]:
    if free:
        yield commands.by_sql(
            ctx, _("repair writes them in lower case and without blanks, then serves the payments")
        )
    if count > free:
        yield ngettext(
            "{count} has a second profile of the same address: a person has to say which of the"
            " two the login uses",
            "{count} have a second profile of the same address: a person has to say which of the"
            " two the login uses",
            count - free,
        ).format(count=count - free)
