"""What a run changed of the schema, with the inverse of each change, and the way back.

The schema is looked at before and after a migration, part by part (table, column, index, policy, right);
what differs goes into the journal with the statements that undo it. A part that somebody changed since stays,
and so does what rows would be lost with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _
from iahome_fix.systems.database import Statement
from iahome_fix.systems.literals import one_statement

if TYPE_CHECKING:
    from iahome_fix.repairs.journal import Run
    from iahome_fix.systems.database import Database, Row

_KEY = "schema_parts"
_TABLE = "table module_access"
_SECURITY = "row level security"
_TYPE, _COLUMN = "type of ", "column "
# Ranks of sql/undo/schema.sql: sequences, and what is written for the types of its columns.
_SEQUENCE = 3
_MADE_FOR_TYPES = (6, 7, 9)
_TABLES = r"public\.(module_access|access_tokens)"
_OURS = re.compile(
    "|".join(
        (
            r"drop table public\.module_access$",
            rf"alter table {_TABLES} (add constraint|drop constraint|drop column|alter column) ",
            r"alter table public\.module_access (enable|disable) row level security$",
            r"drop (index|sequence) ",
            r"create (unique )?index .* on public\.module_access ",
            r"(drop|create) policy .* on public\.module_access( as |$)",
            r"(grant|revoke) .* on (public\.module_access|sequence \S+) ",
        )
    ),
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class PartBack:
    """One part of the schema: what it is, what it was before the run, how it gets there, why not (if so)."""

    item: str
    now: str | None
    before: str | None
    statements: tuple[str, ...]
    obstacle: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "item": self.item,
            "from": self.now,
            "to": self.before,
            "sql": list(self.statements),
            "obstacle": self.obstacle,
        }


@contextmanager
def noted(db: Database, changes: dict[str, Any]) -> Iterator[None]:
    """Put what the block changes of the schema into `changes`, as far as the database answers."""
    before: Sequence[Row] | None = None
    with suppress(ToolError):
        before = db.read(sql.load("undo/schema"))
    try:
        yield
    finally:
        if before is not None:
            with suppress(ToolError):
                changes[_KEY] = differences(before, db.read(sql.load("undo/schema")))


def differences(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, Any]]:
    """What changed, each with its inverse, in the order in which it is taken back.

    What came with something new is left out: it goes with it, or stays with it.
    """
    was, now = _by_item(before), _by_item(after)
    new = {item for item in now if item not in was}
    retyped = {
        str(part["part_of"])
        for item, part in now.items()
        if item.startswith(_TYPE) and item in was and was[item]["state"] != part["state"]
    }
    ours_retyped = any(column.startswith(f"{_COLUMN}module_access.") for column in retyped)
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
        if part is None:
            gone.insert(0, entry)
        elif old is not None:
            changed.append(entry)
        else:
            (bases if int(part["rank"]) <= _SEQUENCE else made).append(entry)
    # A default lets go of its sequence, an index of its column, before those go.
    return [*made, *changed, *bases, *gone]


def look(db: Database, run: Run | None, *, going: int) -> tuple[PartBack, ...]:
    """What of a run's changes to the schema can be taken back. Reads only.

    `going`: how many rows of module_access are deleted by the same undo, before the schema's turn.
    """
    recorded = run.changes.get(_KEY) if run else None
    if not isinstance(recorded, list) or not all(_is_whole(change) for change in recorded):
        return ()
    now = _by_item(db.read(sql.load("undo/schema")))
    return tuple(_part(db, change, now, going) for change in recorded)


def frees_doubles(parts: Sequence[PartBack]) -> bool:
    """Whether nothing keeps a customer from several active accesses to a module afterwards."""
    return any((part.now or "").startswith("CREATE UNIQUE") and not part.obstacle for part in parts)


def back(parts: Sequence[PartBack]) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The statements for before the rows' turn, and for after it: a table goes when its rows are gone."""
    ours = [part for part in parts if not part.obstacle]
    # The rows are compared with what they held, in the columns that they have now.
    last = [part for part in ours if part.item == _TABLE or part.item.startswith(_COLUMN)]
    first = [part for part in ours if part not in last]
    guard = any(part.item == _TABLE for part in last)
    return _statements(first), (
        *((Statement(sql.load("undo/still_empty")),) if guard else ()),
        *_statements(last),
    )


def notes(parts: Sequence[PartBack], run: Run | None) -> tuple[str, ...]:
    """What stays of the schema, with the reason; one line for all of the same reason."""
    if run is not None and run.changes.get("schema") and _KEY not in run.changes:
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
    if any(part.item == _TABLE and not part.obstacle for part in parts):
        return _("module_access is dropped: from then on a payment has nowhere to be written to")
    if any(part.item == _SECURITY and part.before == "off" and not part.obstacle for part in parts):
        return _(
            "row level security goes off again: whoever has a right to module_access reads, or changes,"
            " the accesses of everybody"
        )
    return None


def _part(db: Database, change: Mapping[str, Any], now: Mapping[str, Row], going: int) -> PartBack:
    item = str(change["item"])
    here = now.get(item)
    part = PartBack(item, change["after"], change["before"], tuple(change["inverse"]))
    obstacle = None
    if here is None and change["after"] is not None:
        obstacle = _("is gone already")
    elif here is not None and change.get("identity") not in (None, here["identity"]):
        obstacle = _("was made anew since, and stays")
    elif (here["state"] if here else None) != change["after"]:
        obstacle = _("changed by somebody since, and stays")
    elif not all(map(_is_ours, part.statements)):
        obstacle = _("the journal's way back is not one that this tool writes, and is not taken")
    elif not part.statements:
        obstacle = (
            _("stays {now}, which holds whatever {before} held").format(now=part.now, before=part.before)
            if item.startswith(_TYPE)
            else _("stays, since the type that it was made for does not come back")
        )
    elif here is not None and here["lost"] and change["before"] is None:
        lost = int(db.read(here["lost"], patient=True)[0]["found"]) - (going if item == _TABLE else 0)
        if lost > 0:
            obstacle = _(
                "stays: {count} rows would lose what they hold in it; take back the later runs that made some"
                " first"
            ).format(count=lost)
    return PartBack(part.item, part.now, part.before, part.statements, obstacle)


def _is_whole(change: object) -> bool:
    return isinstance(change, dict) and change.keys() >= {"item", "before", "after", "inverse"}


def _is_ours(statement: object) -> bool:
    """A file can be damaged, or changed by somebody: only what this tool writes there is run."""
    if not isinstance(statement, str) or not _OURS.match(statement):
        return False
    try:
        one_statement(statement)
    except ValueError:
        return False
    return True


def _by_item(rows: Sequence[Row]) -> dict[str, Row]:
    return {str(row["item"]): row for row in rows}


def _statements(parts: Sequence[PartBack]) -> tuple[Statement, ...]:
    return tuple(Statement(statement) for part in parts for statement in part.statements)
