"""The check `schema.module-access`: is the table of accesses there, and is it one?"""

from __future__ import annotations

from iahome_fix.checks.registry import check
from iahome_fix.checks.schema import in_place
from iahome_fix.checks.schema.columns import migrate_hint
from iahome_fix.facts import shop as shop_facts
from iahome_fix.facts.api_schema import not_served
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.tables import accesses
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, unknown, warn
from iahome_fix.profile.model import TABLES


def _version_is_untold(ctx: Seen) -> bool:
    """Whether the guide's table is only taken for that of the shop: nothing could be read of its tables, or
    what is seen of them is no evidence of one version."""
    shop = shop_facts.shop(ctx)
    return shop.chosen is None and not (shop.certain and shop_facts.seen(ctx).told)


@check(
    "schema.module-access",
    N_("the table of accesses is there"),
    needs=("supabase.database", "schema.modules"),
    queries=("checks/tables", "checks/strayed", *in_place.QUERIES, *shop_facts.QUERIES),
)
def module_access(ctx: Seen) -> Finding:
    """The webhook writes each purchase into `module_access`, the page reads it; without it nobody sees a
    module.

    Found by: the catalog, not the Data API, which cannot tell "absent" from "not read anew yet". Where it has
    partitions, the handler's row is held against their conditions; where a view stands in its place, reading
    and writing through it are tried as the server (planned, not run).
    Repair: `migrate` creates it with the right types, indexes, policy and rights; `backfill` and `reconcile`
    then restore what customers paid for. A table that was renamed or moved is brought back by hand.
    Never: create it without rights, nobody could reach it; make a new one beside one that was renamed.
    """
    table = accesses(ctx)
    if table.kind is None and not ctx.profile.is_guides:
        return fail(
            not_served(ctx, table.name)
            or _("the table {name} does not exist: a payment has nowhere to be written to").format(
                name=table.name
            ),
            hint=_("restore it from a backup; or is the shop of another version? (--profile)")
            if table.name in TABLES
            else _("say in iahome-fix.toml which table the app has, or by --profile which version it is"),
        )
    if table.kind is None and _version_is_untold(ctx):
        return unknown(
            _("module_access is not served, and whether this shop reads it is not known: {why}").format(
                why=shop_facts.shop(ctx).why
            ),
            hint=_("{settles}, or say which version it is: --profile {names}").format(
                settles=shop_facts.shop(ctx).settles, names="|".join(ctx.settings.profiles)
            ),
        )
    if table.kind is None:
        strayed = () if ctx.only_data_api else of_database(ctx, "checks/strayed")
        if strayed:
            return fail(
                _("the table module_access does not exist, but {names} does").format(
                    names=", ".join(str(row["name"]) for row in strayed)
                ),
                hint=_(
                    "if the accesses are in it, in the SQL editor: {statement}; then {command}; a"
                    " new table beside it would leave what was given by hand behind"
                ).format(statement=strayed[0]["statement"], command=ctx.settings.command("migrate")),
                strayed=[row["name"] for row in strayed],
            )
        return fail(
            not_served(ctx, "module_access")
            or _("the table module_access does not exist: a payment has nowhere to be written to"),
            hint=migrate_hint(ctx),
            fix=ctx.fix("migrate", undoable=True),
        )
    if table.kind == "partitioned table":
        return in_place.partitioned(ctx)
    if table.kind == "view" and not ctx.only_data_api:
        return in_place.view(ctx)
    if table.kind != "table":
        return fail(
            _("module_access is a {kind}, not a table").format(kind=table.kind),
            hint=_("find out what made it, rename it by hand, then run migrate; migrate itself refuses"),
        )
    if table.unlogged:
        return warn(
            _("module_access is an unlogged table: a crash of the server empties it, and no replica has it"),
            hint=_("in the SQL editor: alter table public.module_access set logged"),
            unlogged=True,
        )
    return ok(_("module_access is a table"))
