"""Link data: does every active token have its access, and does every row name somebody and something?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iahome_fix import sql
from iahome_fix.checks.context import Context
from iahome_fix.checks.registry import check
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
    "data.tokens-without-access",
    N_("every active token has its access"),
    needs=(*_TABLES, "schema.types", "schema.one-active-access", "data.duplicates", "data.orphans"),
)
def tokens_without_access(ctx: Context) -> Finding:
    """A customer who holds a valid token but no access row opens the module by link, yet the page is empty.

    Found by: the same query that `backfill` plans with. Repair: `backfill`.
    Never: revive expired or withdrawn tokens on the way.
    """
    due = int(_tokens(ctx)["due"])
    if not due:
        return ok(_("every active token that is due an access has one"), covered=int(_tokens(ctx)["covered"]))
    return fail(
        ngettext(
            "{count} active token has no access: its customer sees nothing",
            "{count} active tokens have no access: their customers see nothing",
            due,
        ).format(count=due),
        fix=ctx.fix("backfill", undoable=True),
        count=due,
    )


@check(
    "data.duplicates",
    N_("no customer waits behind a double token"),
    needs=(*_TABLES, "schema.types", "data.orphans"),
)
def duplicates(ctx: Context) -> Finding:
    """Several active tokens for one customer and module abort the guide's INSERT … SELECT as a whole.

    Found by: pairs with more than one active token. It is the cause only where nobody else waits.
    Repair: `backfill` gives one access per pair, from the token that lasts longest. Never: delete the tokens.
    """
    facts = _tokens(ctx)
    doubled, due = int(facts["due_doubled"]), int(facts["due"])
    if doubled and doubled == due:
        return fail(
            ngettext(
                "{count} customer holds several active tokens for a module and has no access to it:"
                " a plain INSERT … SELECT would stop there",
                "{count} customers hold several active tokens for a module and have no access to it:"
                " a plain INSERT … SELECT would stop there",
                doubled,
            ).format(count=doubled),
            hint=_("the token that lasts longest wins; the others stay as they are"),
            fix=ctx.fix("backfill", undoable=True),
            count=doubled,
        )
    return ok(_("double tokens keep nobody waiting"), waiting=doubled)


@check("data.orphans", N_("owners and modules exist"), needs=(*_TABLES, "schema.types"))
def orphans(ctx: Context) -> Finding:
    """Tokens and accesses that name no customer, or a module that is gone.

    Found by: owners that are no profile id, modules that `modules` does not have. A token without an owner is
    a fault only while others wait: it stops the guide's INSERT … SELECT for everybody. An owner that is a
    profile's e-mail instead of its id is a fault: its customer sees nothing.
    Repair: `backfill` leaves tokens without an owner out; who they belong to is for a person to find.
    Never: give them to the administrator; delete rows, they prove purchases.
    """
    facts = _owners(ctx)
    due = int(_tokens(ctx)["due"])
    without_module = int(facts["rows_without_module"])
    email_owned = int(facts["tokens_with_email_owner"]) + int(facts["rows_with_email_owner"])
    ownerless = int(facts["tokens_without_owner"])
    strangers = int(facts["tokens_of_strangers"]) + int(facts["rows_of_strangers"])
    if without_module:
        return fail(
            ngettext(
                "{count} active access names a module that no longer exists",
                "{count} active accesses name a module that no longer exists",
                without_module,
            ).format(count=without_module),
            hint=_("restore the module under its old id, or map it to its successor by hand"),
            count=without_module,
        )
    if email_owned:
        return fail(
            ngettext(
                "{count} token or access is owned by an e-mail address instead of a profile id: its"
                " customer sees nothing",
                "{count} tokens or accesses are owned by an e-mail address instead of a profile id:"
                " their customers see nothing",
                email_owned,
            ).format(count=email_owned),
            hint=_("set created_by and user_id to the id of the profile that has this e-mail"),
            count=email_owned,
        )
    if ownerless and due:
        return fail(
            ngettext(
                "{count} active token has no owner, which stops the guide's INSERT … SELECT for everybody;"
                " {due} waiting for their access",
                "{count} active tokens have no owner, which stops the guide's INSERT … SELECT for everybody;"
                " {due} waiting for their access",
                ownerless,
            ).format(count=ownerless, due=due),
            hint=_("backfill leaves them out and serves the others"),
            fix=ctx.fix("backfill", undoable=True),
            count=ownerless,
        )
    if ownerless or strangers:
        return warn(
            _(
                "{ownerless} active tokens without an owner, {strangers} tokens or accesses of nobody in"
                " profiles"
            ).format(ownerless=ownerless, strangers=strangers),
            hint=_("list them with: {command}").format(
                command=ctx.settings.command("backfill", "--list", "--dry-run")
            ),
            without_owner=ownerless,
            strangers=strangers,
        )
    return ok(_("all owners and modules exist"))


@check("data.expired-active", N_("no access is active after its end"), needs=_TABLES)
def expired_active(ctx: Context) -> Finding:
    """An access that reached its end is no defect; the page hides it. But while it is marked active, the
    handler
    takes it for one and refuses the renewal.

    Found by: active rows whose end lies in the past (UTC). Repair: `backfill` and `reconcile` deactivate them
    where a new access is due. Never: extend everything "to be safe".
    """
    row = ctx.database.read(sql.load("checks/expired"))[0]
    count = int(row["found"])
    if not count:
        return ok(_("none"))
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


@check("data.email-case", N_("e-mail addresses are in the form that logins have"), needs=("schema.profiles",))
def email_case(ctx: Context) -> Finding:
    """Logins are lower case; a profile that keeps capitals or blanks is found by neither the handler nor
    the page.

    Found by: `email <> lower(btrim(email))` in `profiles`. Repair: by hand, as the hint says, where no other
    profile has the address. Never: make a second profile; strip dots or tags to force a match.
    """
    row = ctx.database.read(sql.load("checks/email_case"))[0]
    count = int(row["found"])
    if not count:
        return ok(_("they are"))
    return fail(
        ngettext(
            "{count} profile has an e-mail with capitals or blanks ({example}): its payments are not matched",
            "{count} profiles have an e-mail with capitals or blanks ({example} and others): their"
            " payments are not matched",
            count,
        ).format(count=count, example=mask_email(str(row["example"]))),
        hint=_(
            "in the SQL editor: update public.profiles set email = lower(btrim(email)) where email <>"
            " lower(btrim(email))"
        ),
        count=count,
        free=int(row["free"]),
    )


def _tokens(ctx: Context) -> Mapping[str, Any]:
    return ctx.fact(
        "tokens",
        lambda: ctx.database.read(
            sql.load("backfill/classified") + sql.load("checks/tokens"), {"include_expired": False}
        )[0],
    )


def _owners(ctx: Context) -> Mapping[str, Any]:
    return ctx.fact("owners", lambda: ctx.database.read(sql.load("checks/owners"))[0])


CHECKS = (tokens_without_access, duplicates, orphans, expired_active, email_case)
