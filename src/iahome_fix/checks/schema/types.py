"""The check `schema.types`: do the ids of the tables fit together?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.registry import check
from iahome_fix.checks.schema.values import kinds_of_values
from iahome_fix.facts.queries import of_rows
from iahome_fix.facts.tables import accesses, gaps, tables
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.model import Finding, fail, ok, warn
from iahome_fix.schema.requirements import CHANGE_TYPES

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.schema.requirements import Gap


@check(
    "schema.types",
    N_("the ids have types that fit together"),
    needs=("schema.columns", "schema.modules"),
    queries=(
        "backfill/classified",
        "backfill/plan",
        "checks/strange_modules",
        "checks/tables",
        "module_access/050_module_type",
        "module_access/060_owner_type",
        "module_access/180_access_tokens_id",
    ),
)
def types(ctx: Seen) -> Finding:
    """Ids are compared across tables; types that do not fit lose purchases or grant the wrong module.

    Found by: the catalog. A uuid owner in `access_tokens` beside a text owner in `module_access` is harmless
    to the app, but stops an SQL statement that copies all tokens; it fails only while tokens wait
    for their access.
    Repair: `migrate --change-types` converts where every value fits, and refuses otherwise, or where what
    others
    made names the column; it cannot be undone, so plain `migrate` leaves types alone. `backfill` compares
    as text.
    Never: invent a mapping of ids; cast text to uuid in a join.
    """
    wrong = gaps(ctx, "050_module_type", "060_owner_type", "180_access_tokens_id")
    if wrong:
        said_wrong = joined(*(_said(gap) for gap in wrong))
        strange = _strange_modules(ctx) if any(gap.item == "module_id" for gap in wrong) else []
        if strange:
            return fail(
                said_wrong,
                hint=_(
                    "no module has these ids any more: {ids}; say by hand which is which"
                    " (update public.module_access set module_id = …), then {command}; it"
                    " refuses before that"
                ).format(ids=", ".join(strange), command=ctx.settings.command("migrate", CHANGE_TYPES)),
                modules=strange,
            )
        only_owner = all(gap.item == "user_id" for gap in wrong)
        finding = warn if only_owner else fail
        return finding(
            said_wrong,
            hint=_(
                "the app writes text ids; migrate {option} converts them and stops where a value does not"
                " fit; it cannot be undone, so migrate alone leaves them"
            ).format(option=CHANGE_TYPES),
            fix=ctx.fix("migrate", CHANGE_TYPES),
        )
    if not ctx.profile.is_guides:
        return kinds_of_values(ctx) or ok(_("the types of the ids fit together"))
    owner = tables(ctx)["access_tokens"].columns.get("created_by")
    user = accesses(ctx).columns.get("user_id")
    if owner is not None and (owner == "uuid") != (user == "uuid"):
        waiting = _tokens_waiting(ctx)
        detail = _("access_tokens.created_by is {owner}, module_access.user_id is {user}").format(
            owner=owner, user=user
        )
        if waiting:
            return fail(
                ngettext(
                    "{detail}: an SQL statement that copies all tokens stops there, and {count} token waits"
                    " for its access",
                    "{detail}: an SQL statement that copies all tokens stops there, and {count} tokens wait"
                    " for their access",
                    waiting,
                ).format(detail=detail, count=waiting),
                hint=_("backfill compares ids as text and is not stopped by it"),
                fix=ctx.fix("backfill", undoable=True),
            )
        return ok(_("{detail}; harmless, ids are compared as text").format(detail=detail))
    if accesses(ctx).columns.get("expires_at") == "date":
        return warn(
            _("module_access.expires_at is date: the hour is cut off, and accesses end up to a day early"),
            hint=_(
                "in the SQL editor: alter table public.module_access alter column expires_at type timestamp;"
                " the hours that were cut off are in the payments"
            ),
        )
    return ok(_("the types of the ids fit together"))


def _said(gap: Gap) -> str:
    if gap.item == "access_tokens.id":
        return _(
            "access_tokens.id is {type}, but the app writes texts (token_…): no token can be stored"
        ).format(type=gap.detail)
    if gap.item == "user_id":
        return _("module_access.user_id is {type}, but the app compares it as text").format(type=gap.detail)
    return _("module_access.{column} is {type}: purchases are refused, or cut to another module").format(
        column=gap.item, type=gap.detail
    )


def _strange_modules(ctx: Seen) -> list[str]:
    """Ids in module_access that no conversion makes fit."""
    return [str(row["module_id"]) for row in of_rows(ctx, "checks/strange_modules")]


def _tokens_waiting(ctx: Seen) -> int:
    rows = of_rows(ctx, "backfill/classified+backfill/plan", {"include_expired": False, "restore": []})
    return sum(int(row["tokens"]) for row in rows if row["verdict"] == "to_create")
