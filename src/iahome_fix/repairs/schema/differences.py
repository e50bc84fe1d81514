"""What differs between two looks at the schema (sql/undo/schema.sql), as far as this tool makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iahome_fix.repairs.schema import changes as schema_changes
from iahome_fix.repairs.schema import forms as schema_forms
from iahome_fix.repairs.schema.forms import COLUMN, TABLE, TYPE

if TYPE_CHECKING:
    from iahome_fix.systems.database import Row

HALF_BUILT = "half-built"
# Ranks of sql/undo/schema.sql: sequences, and what is written for the types of its columns.
_SEQUENCE = 3
_MADE_FOR_TYPES = (6, 7, 9)


def differences(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, Any]]:
    """What changed, each with its inverse, in the order in which it is taken back.

    What came with something new is left out: it goes with it, or stays with it. So is what this tool never
    makes: others may work on the table at the same moment.
    """
    was, now = (by_item(whole(rows)) for rows in (before, after))
    new = {item for item in now if item not in was}
    retyped = {
        str(part["part_of"])
        for item, part in now.items()
        if item.startswith(TYPE) and item in was and was[item]["state"] != part["state"]
    }
    ours_retyped = any(column.startswith(f"{COLUMN}module_access.") for column in retyped)
    gone: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    bases: list[dict[str, Any]] = []
    for item in sorted(was.keys() | now.keys(), key=lambda item: -int((now.get(item) or was[item])["rank"])):
        old, part = was.get(item), now.get(item)
        if old is not None and part is not None and old["state"] == part["state"]:
            continue
        if part is not None and part["part_of"] in new:
            continue
        # What was made for a type that is no longer there cannot be made again.
        outdated = old is not None and (
            old["part_of"] in retyped or (ours_retyped and int(old["rank"]) in _MADE_FOR_TYPES)
        )
        inverse = [
            *([part["remove"]] if part and part["remove"] else []),
            *((old["make"] or []) if old else []),
        ]
        entry = {
            "item": item,
            "before": old and old["state"],
            "after": part and part["state"],
            "identity": part and part["identity"],
            "inverse": [] if outdated else inverse,
        }
        if not _is_ours(entry):
            continue
        if item == TABLE and part is not None:
            entry["with"] = on_the_table(by_item(whole(after)))
        if part is None:
            gone.insert(0, entry)
        elif old is not None:
            changed.append(entry)
        else:
            (bases if int(part["rank"]) <= _SEQUENCE else made).append(entry)
    # A default lets go of its sequence, an index of its column, before those go.
    return [*made, *changed, *bases, *gone]


def whole(rows: Sequence[Row]) -> list[Row]:
    """Without what an interrupted build left: that is no part of the schema, before a run or after it."""
    return [row for row in rows if row["state"] != HALF_BUILT]


def on_the_table(rows: Mapping[str, Row]) -> dict[str, Any]:
    """Everything on module_access, as it is."""
    return {
        item: row["state"]
        for item, row in rows.items()
        if item != TABLE and " access_tokens." not in item and "of access_tokens." not in item
    }


def by_item(rows: Sequence[Row]) -> dict[str, Row]:
    return {str(row["item"]): row for row in rows}


def _is_ours(entry: Mapping[str, Any]) -> bool:
    """Is it of this tool's making? What goes with a type and is not brought back is put on record, too."""
    item = schema_forms.item_of(entry["item"])
    if item is None:
        return False
    return entry["inverse"] == [] or schema_changes.is_made(item, entry["before"], entry["after"])
