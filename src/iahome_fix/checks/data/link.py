"""Link data: does every active token have its access, and does every row name somebody and something?"""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.checks import commands
from iahome_fix.checks.data.access_forms import ended_early, owner_form
from iahome_fix.checks.data.account_remade import account_remade
from iahome_fix.checks.data.logins import profiles_missing
from iahome_fix.checks.data.lost_rows import deactivated, rows_lost
from iahome_fix.checks.data.orphans import orphans
from iahome_fix.checks.data.profile_emails import profile_email
from iahome_fix.checks.data.row_in_way import row_in_way
from iahome_fix.checks.data.tokens import duplicates, tokens_without_access
from iahome_fix.checks.registry import check
from iahome_fix.facts.queries import of_rows
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.model import Finding, fail, ok, warn

_TABLES = (
    "schema.module-access",
    "schema.access-tokens",
    "schema.modules",
    "schema.profiles",
    "schema.columns",
)


@check(
    "data.expired-active",
    N_("no access is active after its end"),
    needs=_TABLES,
    queries=("checks/expired",),
)
def expired_active(ctx: Seen) -> Finding:
    """An access that reached its end is no defect; the page hides it. But while its row is marked active, the
    handler takes it for an access in force and refuses the renewal.

    Found by: active rows whose end lies in the past (UTC). Repair: `backfill` and `reconcile` deactivate them
    where a new access is due. Never: extend everything "to be safe".
    """
    row = of_rows(ctx, "checks/expired", patient=True).only("checks/expired")
    count = int(row["found"])
    if not count:
        return ok(_("no active access is past its end"))
    return warn(
        ngettext(
            "{count} access has reached its end and is still marked active",
            "{count} accesses have reached their end and are still marked active",
            count,
        ).format(count=count),
        hint=_("its customer sees nothing any more, as sold; a renewal would be refused while it is so"),
        count=count,
        oldest=str(row["oldest"]),
    )


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


CHECKS = (
    profiles_missing,
    profile_email,
    account_remade,
    rows_lost,
    row_in_way,
    tokens_without_access,
    duplicates,
    orphans,
    owner_form,
    expired_active,
    ended_early,
    deactivated,
    email_case,
)
