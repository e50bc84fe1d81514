"""The check `data.orphans`: do tokens and accesses name somebody and something?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import statements
from iahome_fix.checks.data.token_facts import NEEDS, QUERIES, owners, tokens
from iahome_fix.checks.registry import check
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from iahome_fix.facts.seen import Seen
    from iahome_fix.model import Fix


@check("data.orphans", N_("owners and modules exist"), needs=NEEDS, queries=QUERIES)
def orphans(ctx: Seen) -> Finding:
    """Tokens and accesses that name no customer, or a module that is gone.

    Found by: owners that are no profile id, modules that `modules` does not have. A token without an owner is
    a fault only while others wait: an SQL statement that copies all tokens stops there, and gives nobody
    anything. An owner that is a profile's e-mail instead of its id is a fault: its customer sees nothing.
    Repair: `backfill` leaves tokens without an owner out; who they belong to is for a person to find.
    Never: give them to the administrator; delete rows, they prove purchases.
    """
    facts = owners(ctx)
    due = int(tokens(ctx)["due"]) - int(tokens(ctx)["due_email_owner"])
    ownerless = int(facts["tokens_without_owner"])
    by_email = int(facts["tokens_with_email_owner"]) + int(facts["rows_with_email_owner"])
    said, hints = [], []
    fix: Fix | None = None
    if int(facts["rows_without_module"]):
        said.append(_module_gone(facts))
        hints.append(_("restore the module under its old id, or map it to its successor by hand"))
    if by_email:
        said.append(_owned_by_email(by_email))
        hints.append(_repair_by_email(ctx, facts))
    if ownerless and due:
        said.append(_stops_everybody(ownerless, due))
        hints.append(_("backfill leaves them out and serves the others"))
        fix = ctx.fix("backfill", undoable=True)
    if said:
        return fail(
            _("; ").join(said),
            hint=_("; ").join(hints),
            fix=fix,
            without_module=int(facts["rows_without_module"]),
            owned_by_email=by_email,
            without_owner=ownerless,
        )
    strangers = int(facts["tokens_of_strangers"]) + int(facts["rows_of_strangers"])
    if ownerless or strangers:
        return warn(
            _(
                "active tokens without an owner: {ownerless}; tokens and accesses whose owner is not in"
                " profiles: {strangers}"
            ).format(ownerless=ownerless, strangers=strangers),
            hint=_("list the tokens without an owner with: {command}").format(
                command=ctx.settings.command("backfill", "--list", "--dry-run")
            )
            if ownerless
            else _(
                "list them in the SQL editor: select * from public.module_access a where is_active and not"
                " exists (select from public.profiles p where p.id::text = a.user_id::text)"
            ),
            without_owner=ownerless,
            strangers=strangers,
        )
    return ok(_("all owners and modules exist"))


def _module_gone(facts: Mapping[str, Any]) -> str:
    count = int(facts["rows_without_module"])
    return ngettext(
        "{count} active access names a module that no longer exists ({ids})",
        "{count} active accesses name modules that no longer exist ({ids})",
        count,
    ).format(count=count, ids=facts["modules_gone"])


def _owned_by_email(count: int) -> str:
    return ngettext(
        "{count} token or access is owned by an e-mail address instead of a profile id: its customer sees"
        " nothing",
        "{count} tokens or accesses are owned by an e-mail address instead of a profile id: their customers"
        " see nothing",
        count,
    ).format(count=count)


def _repair_by_email(ctx: Seen, facts: Mapping[str, Any]) -> str:
    mending = [
        *([statements.tokens_by_email()] if int(facts["tokens_with_email_owner"]) else []),
        *([statements.accesses_by_email()] if int(facts["rows_with_email_owner"]) else []),
    ]
    return _("in the SQL editor: {statements}; then {command}").format(
        statements="; ".join(mending), command=ctx.settings.command("backfill")
    )


def _stops_everybody(ownerless: int, due: int) -> str:
    return ngettext(
        "{count} active token has no owner: an SQL statement that copies all tokens into module_access"
        " stops there and gives nobody anything; tokens that wait for their access: {due}",
        "{count} active tokens have no owner: an SQL statement that copies all tokens into module_access"
        " stops there and gives nobody anything; tokens that wait for their access: {due}",
        ownerless,
    ).format(count=ownerless, due=due)
