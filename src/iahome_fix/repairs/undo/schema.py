"""What a run changed of the schema, with the inverse of each change, and the way back.

The schema is looked at before and after a migration, part by part (table, column, index, policy, right);
what differs goes into the journal with the statements that undo it. A part that somebody changed since stays,
and so does what rows would be lost with.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.i18n import _
from iahome_fix.repairs.journal.run import APPLIED
from iahome_fix.repairs.migrate import unheard
from iahome_fix.repairs.migrate.taken import BEFORE, KEY
from iahome_fix.repairs.schema import changes as schema_changes
from iahome_fix.repairs.schema import forms as schema_forms
from iahome_fix.repairs.schema.differences import HALF_BUILT, by_item, on_the_table, whole
from iahome_fix.repairs.schema.forms import COLUMN, RIGHTS, SECURITY, TABLE, TYPE
from iahome_fix.repairs.undo import rights as undo_rights
from iahome_fix.repairs.undo.part import PartBack
from iahome_fix.systems.database import Statement

if TYPE_CHECKING:
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.systems.database import Database, Row

BUILDING = "building"
"""In the journal: the index that is being built beside the running shop, noted before it is."""
_OWN_INDEXES = ("index idx_module_access_", "index module_access_")
_MIGRATES = ("migrate", "repair")


def look(
    db: Database, run: Run | None, *, going: int, elsewhere: Collection[unheard.Made] = ()
) -> tuple[PartBack, ...]:
    """What of a run's changes to the schema can be taken back. Reads only.

    `going`: how many rows of module_access are deleted by the same undo, before the schema's turn.
    `elsewhere`: what other runs made of the schema.
    """
    if run is None:
        return ()
    stopped = run.command in _MIGRATES and run.state != APPLIED
    if not run.changes.get(KEY) and not stopped:
        return ()
    everything = db.read(sql.load("undo/schema"), settled=bool(run.changes.get(BEFORE)))
    now = by_item(whole(everything))
    changes = unheard.changes(run, everything, elsewhere)
    rights = any(str(change["item"]).startswith(RIGHTS) for change in changes)
    ties = undo_rights.ties_of(db.read(sql.load("undo/ties"))) if rights else {}
    strange = _strange(db, run, changes)
    known = tuple(
        replace(part, obstacle=part.obstacle or _by_hand(part, strange))
        for change in changes
        for part in _parts(db, change, now, going, ties)
    )
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


def goes_last(part: PartBack) -> bool:
    """Whether a part goes after the rows: they are compared with what they held in the columns of now."""
    return part.item == TABLE or part.item.startswith(COLUMN)


def back(parts: Sequence[PartBack], run_id: str) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The statements for before the rows' turn, and for after it: a table goes when its rows are gone."""
    ours = [part for part in parts if not part.obstacle]
    last = [part for part in ours if goes_last(part)]
    first = [part for part in ours if not goes_last(part)]
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
        # What the run left in the database says what of it is there.
        "run": run_id if len(ours) == len(parts) else "",
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
        Statement(sql.load("marks/gone")),
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
    if any(_opens_to_all(part) and not part.obstacle for part in parts):
        return _(
            "the public gets back rights that the run revoked: whoever has the key of the page may use them"
        )
    return None


def _opens_to_all(part: PartBack) -> bool:
    """Whether visitors get rights back with it."""
    item = schema_forms.item_of(part.item)
    if item is None or item.kind != "rights of" or item.name not in ("anon", "public"):
        return False
    return bool(schema_changes.steps_of(item, part.before, part.now))


def _strange(db: Database, run: Run, changes: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The parts of which the journal alone says that the run made them: nothing in the database does.

    An index or a policy of this tool's own name that no other run made, and a constraint that was checked,
    are shown by themselves.
    """
    if not changes:
        return frozenset()
    parts = [{key: change[key] for key in ("item", "before", "after")} for change in changes]
    found = db.read(sql.load("undo/marked"), {"run_id": run.run_id, "parts": json.dumps(parts)})
    marked = {str(row["item"]): row for row in found}
    return frozenset(
        item
        for change in changes
        if not marked[item := str(change["item"])]["ours"]
        and not (_is_own(change) and not marked[item]["anothers"])
    )


def _is_own(change: Mapping[str, Any]) -> bool:
    """Does the part itself show that this tool made it, or is nothing lost with it?"""
    item = schema_forms.item_of(change["item"])
    if item is None:
        return False
    made = change["before"] is None and item.kind in ("policy", "index")
    return made or (item.kind == "constraint" and change["before"] == f"{change['after']} NOT VALID")


def _by_hand(part: PartBack, strange: Collection[str]) -> str | None:
    """Why a part stays that nothing in the database shows to be of the run."""
    if part.item not in strange:
        return None
    return _(
        "stays: nothing in the database shows that this run made it, and its journal alone is not believed;"
        " if you know that it did, in the SQL editor: {statements}"
    ).format(statements="; ".join(part.statements))


def _unfinished(run: Run, rows: Sequence[Row], known: set[str]) -> tuple[PartBack, ...]:
    """The indexes that a run was building when it was ended from outside: half-built, or ready."""
    building = {f"index {name}" for name in run.changes.get(BUILDING) or ()}
    return tuple(
        PartBack(str(row["item"]), str(row["state"]), None, (str(row["remove"]),), str(row["identity"]))
        for row in rows
        if row["item"] not in known
        and (
            row["item"] in building
            or (row["state"] == HALF_BUILT and str(row["item"]).startswith(_OWN_INDEXES))
        )
    )


def _parts(
    db: Database,
    change: Mapping[str, Any],
    now: Mapping[str, Row],
    going: int,
    ties: Mapping[tuple[str, str], undo_rights.Ties],
) -> Iterator[PartBack]:
    name = str(change["item"])
    item, here = schema_forms.item_of(name), now.get(name)
    if item is not None and name.startswith(RIGHTS) and here is not None:
        with suppress(schema_forms.NotRebuilt):
            yield from undo_rights.back(item, change, here, ties)
            return
    yield _part(db, change, now, going)


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
    elif item == TABLE and on_the_table(now) != change.get("with"):
        obstacle = _("stays: what is on it was changed since (undo later runs first)")
    elif here is not None and here["lost"] and change["before"] is None:
        most = going if item == TABLE else 0
        lost = int(db.read(here["lost"], patient=True)[0]["found"]) - most
        if lost > 0:
            obstacle = _(
                "stays: {count} rows would lose what they hold in it; undo the later runs that made"
                " some first (`undo` without a run lists them)"
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


def _statements(parts: Sequence[PartBack]) -> tuple[Statement, ...]:
    return tuple(Statement(statement) for part in parts for statement in part.statements)
