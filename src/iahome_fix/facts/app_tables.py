"""What the source of the app is held against: the relations that there are, and values that rows have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.errors import ToolError
from iahome_fix.facts.data_api import served_columns
from iahome_fix.facts.queries import of_database, of_rows
from iahome_fix.facts.seen import derived
from iahome_fix.facts.tables import tables

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


@dataclass(frozen=True)
class Relation:
    """A table or a view of the schema public.

    Attributes:
        columns: their names.
        keys: the lists of columns that an upsert may name in onConflict; None where only the catalog tells.
        moments: the columns that hold a date or a time.
        embeds: the names by which a select may embed others; None where that is not known, as of a view.
    """

    columns: frozenset[str]
    keys: frozenset[frozenset[str]] | None = None
    moments: frozenset[str] = frozenset()
    embeds: frozenset[str] | None = None


@derived
def relations(ctx: Seen) -> Mapping[str, Relation]:
    """All relations in the schema public by name, or all that the Data API serves. Raises ToolError."""
    rows = of_database.or_why(ctx, "checks/source_relations")
    if not isinstance(rows, ToolError):
        return {
            str(row["name"]): Relation(
                frozenset(map(str, row["columns"])),
                frozenset(frozenset(str(k).split(",")) for k in row["keys"]),
                frozenset(map(str, row["moments"])),
                None if row["embeds"] is None else frozenset(map(str, row["embeds"])),
            )
            for row in rows
        }
    served = served_columns.or_why(ctx)
    if isinstance(served, ToolError) or not served:
        raise rows
    return {name: Relation(columns) for name, columns in served.items()}


@derived
def access_types(ctx: Seen) -> frozenset[str]:
    """The values of access_type that accesses have; none without such a column. Raises ToolError."""
    if "access_type" not in tables(ctx)[ctx.profile.table.name].columns:
        return frozenset()
    return frozenset(str(row["value"]) for row in of_rows(ctx, "checks/source_access_types"))
