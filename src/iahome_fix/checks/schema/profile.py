"""The check `schema.profile`: which version of the app is this shop, and do its parts agree on it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.checks.registry import check
from iahome_fix.facts import shop as shop_facts
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, ok, unknown, warn

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.facts.seen import Seen as Known
    from iahome_fix.profile.shop import Seen, Shop

ID = "schema.profile"


@check(
    ID,
    N_("the shop is of one version of the app"),
    needs=("supabase.database",),
    queries=shop_facts.QUERIES,
)
def profile(ctx: Known) -> Finding:
    """The guide's app grants in `module_access` and shows it; later versions grant and show
    `user_applications`, by another webhook and for other terms. Everything else here is judged by the one
    that the shop is found to be.

    Found by: the tables of accesses that there are, what the webhook wrote into them and when, what customers
    are seen to read (pg_stat_statements), and the page's source where it is given. The operator's word wins
    (`--profile`, iahome-fix.toml). A warning where two would fit: grants may lie where no page reads.
    Repair: none by this tool: deploy page and handler of one version, or say with `--profile` which it is.
    Never: make the table of the one beside that of the other, and fill it: no page would show it.
    """
    shop = shop_facts.shop(ctx)
    seen = None if shop.chosen else shop_facts.seen(ctx)
    said = _("judged as {name}: {why}").format(name=shop.profile.name, why=shop.why)
    facts: dict[str, Any] = {"profile": shop.profile.name, **_evidence(seen)}
    if seen is not None and not (seen.told and shop.certain):
        return unknown(said, hint=_settles(ctx, shop), **facts)
    if shop.other is None:
        return ok(said, **facts)
    return warn(
        _("{said}; but {other} may be the one").format(said=said, other=shop.other),
        hint=_settles(ctx, shop),
        **facts,
    )


def _settles(ctx: Known, shop: Shop) -> str:
    """What would tell which version it is."""
    named = _("or say which version it is: --profile {names}").format(names="|".join(ctx.settings.profiles))
    if shop.page_seen:
        return _(
            "the page was seen to read {table}: deploy a webhook of the same version, so that it grants there"
        ).format(table=shop.profile.table.name)
    return _("the source of the page tells: {command}; {named}").format(
        command=ctx.settings.command("doctor", "--app", "FOLDER"), named=named
    )


def _evidence(seen: Seen | None) -> dict[str, Any]:
    """What was seen of each table, for the report."""
    if seen is None:
        return {}
    return {
        "tables": {
            name: {
                "there": table.kind is not None,
                "rows": table.rows,
                "written": _iso(table.newest),
                "reads": table.reads,
                "writes": table.writes,
            }
            for name, table in seen.tables.items()
        },
        "page_reads": sorted(seen.page),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
