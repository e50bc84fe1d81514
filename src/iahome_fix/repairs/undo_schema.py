"""What a run changed of the schema, with the inverse of each change, and the way back.

The schema is looked at before and after a migration, part by part (table, column, index, policy, right);
what differs goes into the journal with the statements that undo it. A part that somebody changed since stays,
and so does what rows would be lost with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.i18n import _
from iahome_fix.repairs import schema_changes, schema_forms
from iahome_fix.repairs.run import APPLIED
from iahome_fix.repairs.schema_forms import COLUMN, SECURITY, TABLE, TYPE
from iahome_fix.systems.database import Statement

if TYPE_CHECKING:
    from iahome_fix.repairs.run import Run
    from iahome_fix.systems.database import Database, Row

KEY = "schema_parts"
BUILDING = "building"
"""In the journal: the index that is being built beside the running shop, noted before it is."""
_HALF_BUILT = "half-built"
_OWN_INDEXES = ("index idx_module_access_", "index module_access_")
_MIGRATES = ("migrate", "repair")
# Ranks of sql/undo/schema.sql: sequences, and what is written for the types of its columns.
_SEQUENCE = 3
_MADE_FOR_TYPES = (6, 7, 9)


@dataclass(frozen=True)
class PartBack:
    """One part of the schema: what it is, what it was before the run, how it gets there, why not (if so).

    `identity` tells it from one of the same name that was made anew; `most`: how many rows may go with it.
    """

    item: str
    now: str | None
    before: str | None
    statements: tuple[str, ...]
    identity: str | None = None
    obstacle: str | None = None
    most: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "item": self.item,
            "from": self.now,
            "to": self.before,
            "sql": list(self.statements),
            "obstacle": self.obstacle,
        }


def differences(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, Any]]:
    """What changed, each with its inverse, in the order in which it is taken back.

    What came with something new is left out: it goes with it, or stays with it. So is what this tool never
    makes: others may work on the table at the same moment.
    """
    was, now = (_by_item(_whole(rows)) for rows in (before, after))
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
            entry["with"] = _on_the_table(_by_item(_whole(after)))
        if part is None:
            gone.insert(0, entry)
        elif old is not None:
            changed.append(entry)
        else:
            (bases if int(part["rank"]) <= _SEQUENCE else made).append(entry)
    # A default lets go of its sequence, an index of its column, before those go.
    return [*made, *changed, *bases, *gone]


def _is_ours(entry: Mapping[str, Any]) -> bool:
    """Is it of this tool's making? What goes with a type and is not brought back is put on record, too."""
    item = schema_forms.item_of(entry["item"])
    if item is None:
        return False
    return entry["inverse"] == [] or schema_changes.is_made(item, entry["before"], entry["after"])


def look(db: Database, run: Run | None, *, going: int) -> tuple[PartBack, ...]:
    """What of a run's changes to the schema can be taken back. Reads only.

    `going`: how many rows of module_access are deleted by the same undo, before the schema's turn.
    """
    if run is None:
        return ()
    recorded = run.changes.get(KEY) or ()
    stopped = run.command in _MIGRATES and run.state != APPLIED
    if not recorded and not stopped:
        return ()
    everything = db.read(sql.load("undo/schema"))
    now = _by_item(_whole(everything))
    known = tuple(_part(db, change, now, going) for change in recorded)
    if not stopped:
        return known
    return (*_unfinished(run, everything, {part.item for part in known}), *known)


def frees_doubles(parts: Sequence[PartBack]) -> bool:
    """Whether nothing keeps a customer from several active accesses to a module afterwards."""
    return any((part.now or "").startswith("CREATE UNIQUE") and not part.obstacle for part in parts)


def indexes_that_go(parts: Sequence[PartBack]) -> frozenset[str]:
    """The names of the indexes, and of the keys that have one, that are taken away."""
    return frozenset(
        part.item.partition(" ")[2]
        for part in parts
        if part.item.startswith(("index ", "constraint ")) and part.before is None and not part.obstacle
    )


def back(parts: Sequence[PartBack]) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The statements for before the rows' turn, and for after it: a table goes when its rows are gone."""
    ours = [part for part in parts if not part.obstacle]
    # The rows are compared with what they held, in the columns that they have now.
    last = [part for part in ours if part.item == TABLE or part.item.startswith(COLUMN)]
    first = [part for part in ours if part not in last]
    if not ours:
        return (), ()
    agreed = {
        "parts": [
            {
                "item": part.item,
                "state": part.now,
                "identity": part.identity,
                "most": part.most,
                "before": part.before,
            }
            for part in ours
        ],
        "schema": sql.load("undo/schema"),
        "tokens": any("access_tokens" in part.item for part in ours),
    }
    guard = any(part.item == TABLE for part in last)
    return (
        Statement(sql.load("undo/schema_plan"), {"plan": json.dumps(agreed)}),
        Statement(sql.load("undo/schema_agreed")),
        *_statements(first),
    ), (
        *((Statement(sql.load("undo/still_empty")),) if guard else ()),
        *_statements(last),
        Statement(sql.load("undo/schema_kept")),
    )


def notes(parts: Sequence[PartBack], run: Run | None) -> tuple[str, ...]:
    """What stays of the schema, with the reason; one line for all of the same reason."""
    if run is not None and run.changes.get("schema") and KEY not in run.changes:
        return (_("the schema: the journal does not know what the run changed of it"),)
    reasons: dict[str, list[str]] = {}
    for part in parts:
        if part.obstacle:
            reasons.setdefault(part.obstacle, []).append(part.item)
    return tuple(
        _("{items}: {reason}").format(items=", ".join(items), reason=reason)
        for reason, items in reasons.items()
    )


def warning(parts: Sequence[PartBack]) -> str | None:
    """What the operator has to know before the schema goes back."""
    if any(part.item == TABLE and not part.obstacle for part in parts):
        return _("module_access is dropped: from then on a payment has nowhere to be written to")
    if any(part.item == SECURITY and part.before == "off" and not part.obstacle for part in parts):
        return _(
            "row level security goes off again: whoever has a right to module_access reads, or changes,"
            " the accesses of everybody"
        )
    return None


def _whole(rows: Sequence[Row]) -> list[Row]:
    """Without what an interrupted build left: that is no part of the schema, before a run or after it."""
    return [row for row in rows if row["state"] != _HALF_BUILT]


def _unfinished(run: Run, rows: Sequence[Row], known: set[str]) -> tuple[PartBack, ...]:
    """The indexes that a run was building when it was ended from outside: half-built, or ready."""
    building = {f"index {name}" for name in run.changes.get(BUILDING) or ()}
    return tuple(
        PartBack(str(row["item"]), str(row["state"]), None, (str(row["remove"]),), str(row["identity"]))
        for row in rows
        if row["item"] not in known
        and (
            row["item"] in building
            or (row["state"] == _HALF_BUILT and str(row["item"]).startswith(_OWN_INDEXES))
        )
    )


def _part(db: Database, change: Mapping[str, Any], now: Mapping[str, Row], going: int) -> PartBack:
    item = str(change["item"])
    here = now.get(item)
    # How a part is taken away the catalog of today tells; the journal tells only what was there before it.
    remove = [here["remove"]] if here and here["remove"] and change.get("inverse") != [] else []
    make, unknown = _made(item, change)
    part = PartBack(
        item, change["after"], change["before"], (*remove, *make), here["identity"] if here else None
    )
    obstacle = None
    most: int | None = None
    if here is None and change["after"] is not None:
        obstacle = _("is gone already")
    elif here is not None and change.get("identity") not in (None, here["identity"]):
        obstacle = _("was made anew since, and stays")
    elif (here["state"] if here else None) != change["after"]:
        obstacle = _("changed by somebody since, and stays")
    elif unknown:
        obstacle = _("is not brought back from the journal: look there at what it was, and judge by yourself")
    elif not part.statements:
        obstacle = (
            _("stays {now}, which holds whatever {before} held").format(now=part.now, before=part.before)
            if item.startswith(TYPE)
            else _("stays, since the type that it was made for does not come back")
        )
    elif item == TABLE and _on_the_table(now) != change.get("with"):
        obstacle = _("stays: what is on it was changed since (take later runs back first)")
    elif here is not None and here["lost"] and change["before"] is None:
        most = going if item == TABLE else 0
        lost = int(db.read(here["lost"], patient=True)[0]["found"]) - most
        if lost > 0:
            obstacle = _(
                "stays: {count} rows would lose what they hold in it; take back the later runs that made some"
                " first (`undo` without a run lists them)"
            ).format(count=lost)
    return replace(part, obstacle=obstacle, most=most)


def _made(item: str, change: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """The statements that make a part as it was, and whether it cannot be told which they are."""
    known = schema_forms.item_of(item)
    if change.get("inverse") == []:
        return (), False
    try:
        return (schema_forms.make(known, change["before"]), False) if known else ((), True)
    except schema_forms.NotRebuilt:
        return (), True


def _on_the_table(rows: Mapping[str, Row]) -> dict[str, Any]:
    """Everything on module_access, as it is."""
    return {
        item: row["state"]
        for item, row in rows.items()
        if item != TABLE and " access_tokens." not in item and "of access_tokens." not in item
    }


def _by_item(rows: Sequence[Row]) -> dict[str, Row]:
    return {str(row["item"]): row for row in rows}


def _statements(parts: Sequence[PartBack]) -> tuple[Statement, ...]:
    return tuple(Statement(statement) for part in parts for statement in part.statements)
