"""A migration of whose commit nobody heard: the client ended, or the answer got lost.

Over the Management API it leaves in one request, and nothing is known of its commit before it is made: over a
session that is when what undo needs is noted. So how the schema was before is noted instead. What differs
afterwards, is of this tool's making and on record of no other run is what that run did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iahome_fix.repairs.migrate.taken import BEFORE, KEY, Taken
from iahome_fix.repairs.schema import forms as schema_forms
from iahome_fix.repairs.schema.differences import differences

if TYPE_CHECKING:
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.systems.database import Row

Made = tuple[str, str | None, str | None]
"""A part of the schema by its name, its identity and what a run made of it."""


def noted(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What the journal keeps of the schema as sql/undo/schema.sql tells it: no statement is among it."""
    return [
        {key: row[key] for key in ("item", "state", "rank", "part_of")} | {"makes": bool(row["make"])}
        for row in rows
        if schema_forms.item_of(row["item"]) is not None
    ]


def made_by(runs: Iterable[Run]) -> frozenset[Made]:
    """What runs have on record of the schema."""
    return frozenset(
        (part["item"], part.get("identity"), part["after"])
        for run in runs
        for part in run.changes.get(KEY) or ()
    )


def changes(run: Run, now: Sequence[Row], elsewhere: Collection[Made]) -> list[Mapping[str, Any]]:
    """The changes of the schema that a run has on record, and those that nobody heard of.

    `now`: the schema as it is; `elsewhere`: what other runs made of it.
    """
    known = list(run.changes.get(KEY) or ())
    if not run.changes.get(BEFORE):
        return known
    before = [{**row, "make": ["again"] if row["makes"] else None} for row in run.changes[BEFORE]]
    there = [row for row in now if schema_forms.item_of(row["item"]) is not None]
    taken = Taken(parts=known)
    taken.add((), [p for p in differences(before, there) if _made(p) not in elsewhere])
    return list(taken.parts)


def _made(part: Mapping[str, Any]) -> Made:
    return part["item"], part["identity"], part["after"]
