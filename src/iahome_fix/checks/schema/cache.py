"""The check `schema.cache`: does the Data API know what the database has?"""

from __future__ import annotations

from functools import partial

from iahome_fix.checks.registry import check
from iahome_fix.checks.supabase.project import declared_absent
from iahome_fix.facts.data_api import served as served_table
from iahome_fix.facts.data_api import served_columns
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.tables import tables, unknown_columns
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, unknown
from iahome_fix.systems.api_rows import is_of_postgres


@check(
    "schema.cache",
    N_("the Data API serves what the catalog has"),
    needs=("schema.columns", "supabase.key"),
    queries=("checks/tables",),
)
def cache(ctx: Seen) -> Finding:
    """The Data API works from its own picture of the schema: a new table stays unknown until it reads the
    schema anew.

    Found by: one read of each table with the service role key (PGRST205 while the catalog has it), and the
    columns in the API's own description. Repair: `migrate` sends the reload and waits until it is served;
    where that does not help, restart the project. Never: create the table again.
    """
    absent = declared_absent(ctx)
    if absent:
        return absent
    found = tables(ctx)
    names = [
        name
        for name in (ctx.profile.table.name, "modules", "profiles", "access_tokens")
        if found[name].is_table
    ]
    unseen = []
    replies = ctx.at_once([partial(served_table, ctx, name) for name in names])
    for name, reply in zip(names, replies, strict=True):
        if reply.code in ("PGRST205", "42P01"):
            unseen.append(name)
        elif reply.code == "PGRST106":
            return fail(
                _("the Data API does not expose the schema public"),
                hint=_("add public to the exposed schemas (Supabase, Settings, Data API)"),
            )
        elif reply.code is not None and not is_of_postgres(reply.code):
            return unknown(
                _("the Data API gave no clear answer for {name}: {why}").format(name=name, why=reply.message)
            )
    reload = ctx.fix("migrate", "--reload")
    if unseen:
        return fail(
            _(
                "the Data API does not know {names}, although the database has it: its schema cache is stale"
            ).format(names=", ".join(unseen)),
            hint=_(
                "a reload is enough; if it does not help within 30 s, restart the project in the"
                " Supabase dashboard"
            ),
            fix=reload,
            tables=unseen,
        )
    served = served_columns(ctx)
    if served is not None:
        stale = unknown_columns({name: found[name].columns for name in names}, served)
        if stale:
            return fail(
                _("the Data API does not know {names} yet: its schema cache is stale").format(
                    names=", ".join(stale)
                ),
                fix=reload,
                columns=stale,
            )
    return ok(_("the Data API serves every table and column that the catalog has"))
