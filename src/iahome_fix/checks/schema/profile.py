"""The check `schema.profile`: which version of the app is this shop, and do its parts agree on it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts import shop as shop_facts
from iahome_fix.facts import shop_signs, webhook
from iahome_fix.facts.shop_signs import NOT_THERE
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, ok, unknown, warn
from iahome_fix.profile.shop import contradiction
from iahome_fix.profile.signs import Outside

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.facts.seen import Seen as Known
    from iahome_fix.profile.seen import Seen
    from iahome_fix.profile.shop import Shop

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
    are seen to read (pg_stat_statements), and the source of page and handler where it is given; where these
    do not decide, by the path that Stripe sends to, the paths at which the site answers as a webhook, and the
    keys by which the newest Checkout Sessions name what was sold. The operator's word wins (`--profile`,
    iahome-fix.toml). A warning where two would fit, or where one part is of another version than the rest:
    grants may lie where no page reads.
    Repair: `migrate --to` brings accesses to the table that the page reads. Page and handler of one version
    are for a person to deploy, or to name with `--profile`.
    Never: make the table of the one beside that of the other, and fill it: no page would show it.
    """
    shop = shop_facts.shop(ctx)
    seen = None if shop.chosen else shop_facts.seen(ctx)
    said = _("judged as {name}: {why}").format(name=shop.profile.name, why=shop.why)
    if seen is None:
        return ok(said, profile=shop.profile.name)
    outside, of_site = _outside(ctx, seen)
    facts: dict[str, Any] = {"profile": shop.profile.name, **_evidence(seen, outside)}
    if not (seen.told and shop.certain):
        return unknown(said, hint=_settles(ctx, shop), **facts)
    against = contradiction(shop, seen, outside, of_site=of_site)
    if against is not None:
        return warn(
            _("{said}; but {against}, as another version does").format(said=said, against=against),
            hint=_settles(ctx, shop),
            **facts,
        )
    if shop.other is None:
        return ok(said, **facts)
    return warn(
        _("{said}; but {other} may be the one").format(said=said, other=shop.other),
        hint=_settles(ctx, shop),
        **facts,
    )


def _outside(ctx: Known, seen: Seen) -> tuple[Outside, bool]:
    """What Stripe and the site say, and whether the site may take events where Stripe sends them.

    Where tables and rows told the version, only Stripe's list is asked, which others read as well.
    """
    if seen.outside is not None:
        sends, answers = seen.outside.sends_to, seen.outside.answers_at
        return seen.outside, sends is None or answers is None or not answers.isdisjoint(sends)
    listed = shop_signs.endpoint_paths.or_why(ctx)
    if isinstance(listed, ToolError):
        return Outside(), True
    site = ctx.settings.site_url.rstrip("/")
    elsewhere = [path for path in listed if path != ctx.profile.handler.path]
    statuses = [webhook.answer_at(ctx, site + path).status for path in elsewhere]
    return Outside(sends_to=listed), any(status not in NOT_THERE for status in statuses)


def _settles(ctx: Known, shop: Shop) -> str:
    """What would tell which version it is."""
    named = _("or say which version it is: --profile {names}").format(names="|".join(ctx.settings.profiles))
    if shop.page_seen:
        return _(
            "the page was seen to read {table}: deploy a webhook of the same version, so that it grants"
            " there; {command} brings there what lies elsewhere"
        ).format(
            table=shop.profile.table.name, command=ctx.settings.command("migrate", "--to", shop.profile.name)
        )
    if shop.settles is not None:
        return f"{shop.settles}; {named}"
    return _("the source of the page tells: {command}; {named}").format(
        command=ctx.settings.command("doctor", "--app", "FOLDER"), named=named
    )


def _evidence(seen: Seen, outside: Outside) -> dict[str, Any]:
    """What was seen, for the report."""
    return {
        "tables": {
            name: {
                "there": table.kind is not None,
                "rows": table.rows,
                "hidden": table.hidden,
                "written": _iso(table.newest),
                "reads": table.reads,
                "writes": table.writes,
            }
            for name, table in seen.tables.items()
        },
        "page_reads": sorted(seen.page),
        "handler_writes": sorted(seen.handler),
        "stripe_sends_to": _listed(outside.sends_to),
        "site_takes_events_at": _listed(outside.answers_at),
        "sessions_sold_by": _listed(outside.sold_by),
    }


def _listed(found: frozenset[str] | None) -> list[str] | None:
    return None if found is None else sorted(found)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
