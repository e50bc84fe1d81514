"""Facts about the tables, read once per run and shared by the links schema, permissions and data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import derived, fact
from iahome_fix.i18n import labelled
from iahome_fix.schema import requirements
from iahome_fix.schema.requirements import Gap, Survey, survey

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen

_KINDS = {"r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table"}


@dataclass(frozen=True)
class Table:
    """A table of the app as the catalog has it; `kind` is None when there is none of that name.

    `unlogged`: a crash of the server empties it.
    """

    name: str
    kind: str | None
    row_level_security: bool
    columns: Mapping[str, str]
    unlogged: bool = False

    @property
    def is_table(self) -> bool:
        return self.kind in ("table", "partitioned table")


@fact
def tables(ctx: Context) -> Mapping[str, Table]:
    """The tables that the app names."""
    if ctx.only_data_api:
        from iahome_fix.facts import api_schema

        listed: Sequence[Mapping[str, Any]] = api_schema.tables(ctx)
    else:
        listed = of_database(ctx, "checks/tables")
    return {
        row["name"]: Table(
            row["name"],
            _KINDS.get(row["kind"], row["kind"]) if row["kind"] else None,
            bool(row["row_level_security"]),
            row["columns"],
            bool(row.get("unlogged")),
        )
        for row in listed
    }


def accesses(ctx: Seen) -> Table:
    """The table of accesses of the shop's profile."""
    return tables(ctx)[ctx.profile.table.name]


@derived
def privileges(ctx: Seen) -> Mapping[tuple[str, str, str], bool]:
    """Whether a role has a right: by role, table (one that is there, or `schema public`) and privilege."""
    return {
        (row["role"], row["table"], row["privilege"]): bool(row["granted"])
        for row in of_database(ctx, "checks/privileges")
        if row["granted"] is not None
    }


def refusals(ctx: Seen) -> list[str]:
    """What may refuse a row of `module_access`, by kind and name; nothing of it is seen without SQL."""
    if ctx.only_data_api:
        return []
    return [str(row["name"]) for row in of_database(ctx, "checks/refusals")]


def may_use_schema(ctx: Seen, role: str) -> bool:
    """Whether a role may use the schema `public`."""
    return privileges(ctx).get((role, "schema public", "usage"), True)


@fact
def surveyed(ctx: Context) -> Survey:
    """What the requirements of the target shape find missing that checks read."""
    return survey(ctx.database, only=requirements.READ)


def gaps(ctx: Seen, *requirement_ids: str) -> tuple[Gap, ...]:
    """What is missing of the target shape, for some requirements; without SQL, as far as can be told.

    Of a table of another version only what is asked of any table of accesses (facts/other_table).
    """
    if not ctx.profile.is_guides:
        from iahome_fix.facts import other_table

        return other_table.gaps(ctx, *requirement_ids)
    if ctx.only_data_api:
        from iahome_fix.facts import api_schema

        return api_schema.gaps(ctx, *requirement_ids)
    found = surveyed(ctx)
    return tuple(gap for key in requirement_ids for gap in found[key])


def said(missing: tuple[Gap, ...]) -> str:
    """The gaps as text: `item: detail`, separated by commas."""
    return ", ".join(labelled(gap.where, gap.what) for gap in missing)


def unknown_columns(found: Mapping[str, Collection[str]], served: Mapping[str, Collection[str]]) -> list[str]:
    """Columns of the catalog (by table) that the Data API does not describe; its missing tables left out."""
    return [
        f"{name}.{column}"
        for name, columns in found.items()
        if name in served
        for column in columns
        if column not in served[name]
    ]
