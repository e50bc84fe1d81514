"""Are the app's tables beside that of accesses there: modules, profiles, access_tokens?"""

from __future__ import annotations

from iahome_fix.checks.registry import check
from iahome_fix.facts.api_schema import not_served
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.tables import Table, tables
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok

# What the page and the handler of the guide's time name.
_TOKENS = ("id", "module_id", "is_active", "expires_at", "created_at")


@check(
    "schema.modules",
    N_("the table modules is there"),
    needs=("supabase.database",),
    queries=("checks/tables",),
)
def modules(ctx: Seen) -> Finding:
    """Every access refers to a row of `modules`. Found by: the catalog. Repair: by hand, from a backup.

    Never: create an empty one; every module would then be unknown.
    """
    return _needed_table(ctx, "modules", ("id",), instead=("cartes",))


@check(
    "schema.profiles",
    N_("the table profiles is there"),
    needs=("supabase.database",),
    queries=("checks/tables",),
)
def profiles(ctx: Seen) -> Finding:
    """The handler and the page find the customer in `profiles`. Found by: the catalog.

    Repair: bring it back under the name that the code uses; where `users` has its shape, rename that one.
    Never: create an empty `profiles`; every customer would then be unknown.
    """
    return _needed_table(ctx, "profiles", ("id", "email"), instead=("users",))


@check(
    "schema.access-tokens",
    N_("the table access_tokens is there"),
    needs=("supabase.database",),
    queries=("checks/tables",),
)
def access_tokens(ctx: Seen) -> Finding:
    """Tokens are the other way to a module, and what a backfill reads. Found by: the catalog.

    Repair: by hand, from a backup. Never: drop and create it again; the owners would be lost.
    """
    return _needed_table(ctx, "access_tokens", _TOKENS)


def _needed_table(ctx: Seen, name: str, needed: tuple[str, ...], instead: tuple[str, ...] = ()) -> Finding:
    found: dict[str, Table] = dict(tables(ctx))
    table = found[name]
    if table.kind is None:
        other = next((o for o in instead if found[o].kind is not None), None)
        return fail(
            _("the table {name} does not exist, but {other} does").format(name=name, other=other)
            if other
            else not_served(ctx, name) or _("the table {name} does not exist").format(name=name),
            hint=_("if {other} has its shape: alter table public.{other} rename to {name}").format(
                other=other, name=name
            )
            if other
            else _(
                "is this the database of the app? if so, restore the table from a backup; an empty one"
                " does not help"
            ),
        )
    missing = [column for column in needed if column not in table.columns]
    if missing:
        return fail(
            _("{name} has no column {columns}").format(name=name, columns=", ".join(missing)), missing=missing
        )
    return ok(_("{name} is there").format(name=name))
