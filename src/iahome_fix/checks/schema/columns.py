"""The check `schema.columns`: are the columns there that the app names, and no others that it must fill?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.registry import check
from iahome_fix.checks.schema import other_table
from iahome_fix.facts import api_schema
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.tables import gaps, refusals, said
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, warn

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MIGRATE_HINT = N_("`migrate` makes it; with --dry-run it shows its plan and writes nothing")
_BY_HAND_HINT = N_(
    "without SQL `migrate` shows the statements, and the page of the SQL editor where you run them; with"
    " SUPABASE_DB_URL in the env file (Supabase, Connect) it runs them itself"
)


def migrate_hint(ctx: Seen) -> str:
    """What `migrate` does about something that is missing, by the ways in that this run has."""
    return _(_BY_HAND_HINT if ctx.only_data_api else _MIGRATE_HINT)


@check(
    "schema.columns",
    N_("every column that the app names is there"),
    needs=("schema.module-access",),
    queries=(
        "checks/must_be_filled",
        "checks/refusals",
        "checks/tables",
        "module_access/015_state_elsewhere",
        "module_access/020_columns",
        "module_access/030_primary_key",
        "module_access/040_defaults",
        "module_access/042_other_defaults",
        "module_access/170_access_tokens_columns",
    ),
)
def columns(ctx: Seen) -> Finding:
    """A read or a write that names a missing column fails as a whole: the list is empty, the payment lost.

    Found by: the catalog, for `module_access` and for the columns of `access_tokens` that the app writes. A
    column that must not be empty, that has no default and that the handler leaves out refuses every grant.
    Repair: `migrate` adds what is missing, with the defaults that the app counts on; a default that is there,
    or that a condition of others may refuse, and a column too many, are for a person.
    Never: add `is_active` over rows that were withdrawn on purpose without looking at them first.
    """
    if not ctx.profile.is_guides:
        found = other_table.columns(ctx) or _unfilled(ctx, _must_be_filled(ctx))
        return found or ok(_("module_access has every column that the app names"))
    missing = gaps(ctx, "020_columns", "030_primary_key", "040_defaults", "170_access_tokens_columns")
    unfilled = _must_be_filled(ctx)
    if not missing:
        return (
            _unfilled(ctx, unfilled)
            or _set_otherwise(ctx)
            or ok(_("module_access has every column that the app names"))
        )
    absent = [
        gap.item if "." in gap.item else f"module_access.{gap.item}"
        for gap in missing
        if gap.detail == "no such column"
    ]
    detail = (
        _("missing: {columns}; a read or a write that names one of them fails as a whole").format(
            columns=", ".join(absent)
        )
        if absent
        else _("module_access is not complete: {what}").format(what=said(missing))
    )
    # updated_at is written by nobody's code path that matters; is_active without a default hides rows. That
    # there is no key keeps no row from being written or shown.
    serious = [name for name in absent if name != "module_access.updated_at"]
    serious += [
        gap.item for gap in missing if gap.item in ("is_active", "id") and gap.detail != "no primary key"
    ]
    refused = [gap.item for gap in missing if gap.item in unfilled]
    if refused:
        detail += _(
            "; so every grant is refused, since these columns must not be empty (23502): {names}"
        ).format(names=", ".join(refused))
    elif not serious and unfilled:
        return (
            _unfilled(ctx, unfilled)
            or _set_otherwise(ctx)
            or ok(_("module_access has every column that the app names"))
        )
    finding = fail if serious or refused else warn
    elsewhere = () if ctx.only_data_api else gaps(ctx, "015_state_elsewhere")
    if elsewhere:
        return finding(
            detail,
            hint=_(
                "{columns} may say which accesses were withdrawn, so migrate does not make up is_active; in"
                " the SQL editor: alter table public.module_access add column is_active boolean default true;"
                " then make it false where {columns} says so: update public.module_access set is_active ="
                " false where …"
            ).format(columns=elsewhere[0].detail),
            missing=absent,
        )
    return finding(
        detail,
        hint=migrate_hint(ctx),
        fix=ctx.fix("migrate", undoable=True),
        missing=absent or [gap.item for gap in missing],
    )


def _set_otherwise(ctx: Seen) -> Finding | None:
    """A default that somebody set, and that hides what the token route writes."""
    if ctx.only_data_api:
        return None
    others = gaps(ctx, "042_other_defaults")
    if not others:
        return None
    hint = _("migrate leaves what others made; in the SQL editor: {statement}").format(
        statement="; ".join(str(gap.statement) for gap in others)
    )
    names = [gap.item for gap in others]
    if "is_active" not in names:
        return warn(_("module_access.{what}").format(what=said(others)), hint=hint, missing=names)
    return fail(
        _("module_access.{what}: what the token route writes is no access").format(what=said(others)),
        hint=hint,
        missing=names,
    )


def _must_be_filled(ctx: Seen) -> list[str]:
    """Columns that may not be empty, have no default, and that the app leaves out."""
    if ctx.only_data_api:
        return api_schema.must_be_filled(ctx)
    return [str(row["name"]) for row in of_database(ctx, "checks/must_be_filled")]


def _unfilled(ctx: Seen, names: list[str]) -> Finding | None:
    """Columns that have to be filled, and that nobody fills: every grant is refused (23502)."""
    if not names:
        return None
    triggers = refusals(ctx)
    # A trigger may fill them; a fault is only what nobody does.
    finding = warn if any(name.startswith("trigger ") for name in triggers) else fail
    return finding(
        _("module_access has columns that must not be empty and that the app never fills: {names}").format(
            names=", ".join(names)
        ),
        hint=_("in the SQL editor: alter table public.module_access {changes}").format(
            changes=", ".join(f"alter column {name} drop not null" for name in names)
        ),
        unfilled=names,
    )
