"""Brings accesses to the table that the page reads: plan, then apply that plan.

Each row goes by itself, with its start, its end and its origin, and is not changed where it comes from. What
a person took away goes as that, so that nothing gives it back there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import Refused
from iahome_fix.i18n import _
from iahome_fix.repairs import fingerprint, others
from iahome_fix.repairs.applying import applied, refused_unit, require_ready
from iahome_fix.repairs.patience import patiently, quiet, untold
from iahome_fix.repairs.reconcile.ready import has_tokens, require_visible, tables
from iahome_fix.repairs.reconcile.reconcile import OF_ROWS
from iahome_fix.repairs.units import Batch, Course, Note, Record, Wrote, no_note
from iahome_fix.systems.database import Statement
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.database import Database

TO_CREATE, TO_KEEP_AWAY, COVERED = "to_create", "to_keep_away", "covered"
REASONS = (
    *("no_owner", "unknown_owner", "no_module", "unknown_module"),
    *("undecided", "over", "duplicate", "withdrawn"),
)
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Access:
    """An access where it is, and what becomes of it; moments in ISO 8601, UTC."""

    row_id: str
    owner: str | None
    module_id: str | None
    origin: str | None
    made: str | None
    ends: str | None
    verdict: str

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.row_id,
            "module_id": self.module_id,
            "origin": self.origin,
            "start": self.made,
            "end": self.ends,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class MovePlan:
    """What becomes of each access. They add up: rows = to_create + to_keep_away + covered + all skipped.

    `source`, `target`: the versions of the app. `no_source`: there is no such table to bring them from.
    """

    source: AppProfile
    target: AppProfile
    accesses: tuple[Access, ...] = ()
    tokens: bool = True
    no_source: bool = False

    def of(self, *verdicts: str) -> tuple[Access, ...]:
        return tuple(one for one in self.accesses if one.verdict in verdicts)

    @property
    def due(self) -> tuple[Access, ...]:
        """What is written, those in force first."""
        return (*self.of(TO_CREATE), *self.of(TO_KEEP_AWAY))

    @property
    def to_create(self) -> int:
        return len(self.of(TO_CREATE))

    @property
    def kept_away(self) -> int:
        return len(self.of(TO_KEEP_AWAY))

    @property
    def customers(self) -> int:
        return len({one.owner for one in self.of(TO_CREATE)})

    @property
    def skipped(self) -> dict[str, int]:
        return {reason: len(self.of(reason)) for reason in REASONS}

    @property
    def left(self) -> tuple[Access, ...]:
        """What cannot, or need not, be brought over."""
        return self.of(*REASONS)

    def as_json(self) -> dict[str, Any]:
        return {
            "from": self.source.table.name,
            "to": self.target.table.name,
            "profile": self.target.name,
            "rows": len(self.accesses),
            "to_create": self.to_create,
            "to_keep_away": self.kept_away,
            "customers": self.customers,
            "covered": len(self.of(COVERED)),
            "skipped": self.skipped,
        }


def plan(
    db: Database, source: AppProfile, target: AppProfile, *, on_wait: Callable[[str], None] = quiet
) -> MovePlan:
    """What becomes of each access of the one table in the other. Reads only.

    Raises Refused where one of the tables is not such that it can be read, or written (not-migrated where
    `migrate` helps), CouldNotTell where rows are hidden from the user, or the database does not answer.
    """

    def read() -> MovePlan:
        found = require_ready(db, target)
        there = tables(db, source)
        if source.table.name not in there:
            return MovePlan(source, target, no_source=True)
        _require_readable(db, source, there[source.table.name])
        tokens = has_tokens(found)
        rows = db.read(_query("listed", source, target, tokens=tokens), patient=True)
        return MovePlan(source, target, tuple(Access(**row) for row in rows), tokens)

    try:
        return patiently(read, on_wait)
    except SqlError as error:
        raise untold(error) from None


def apply(
    db: Database,
    agreed: MovePlan,
    run_id: str,
    *,
    on_wait: Callable[[str], None] = quiet,
    wrote: Wrote | None = None,
    note: Note = no_note,
) -> int:
    """Write the accesses of the plan that are still to be brought over, some in each transaction; how many.

    `wrote` takes what the journal has to know of the rows; `note` is called
    before each is committed, and after it. Each is judged again inside its transaction. Whoever the database
    refuses keeps nobody else waiting. Raises Refused where nothing was written, StoppedAfter where a part
    was.
    """
    wrote = wrote or Wrote()

    def kept() -> int:
        ids = [*wrote.made, *(one["id"] for one in wrote.lengthened)]
        values = {"versions": json.dumps(wrote.versions), "ids": json.dumps(ids)}
        rows = db.read(sql.load("move/made", agreed.target), values, patient=True, settled=True)
        return int(rows[0]["created"])

    return applied(
        db,
        Course(Batch.all(agreed.due, _AT_ONCE), apart=OF_ROWS, of=len(agreed.due)),
        lambda batch: _unit(agreed, batch.all_of_it, run_id),
        record=Record(wrote, note),
        kept=kept,
        refusal=partial(refused_unit, db, agreed.target),
        on_wait=on_wait,
    )


def _unit(agreed: MovePlan, part: Sequence[Access], run_id: str) -> tuple[Statement, ...]:
    target = agreed.target
    due = _query("due", agreed.source, target, tokens=agreed.tokens)
    written = (
        (
            Statement(sql.load("move/make_way"), {"run_id": run_id}),
            Statement(
                fingerprint.filled(sql.load("move/create", target), "w.metadata"),
                {"run_id": run_id, "source": agreed.source.table.name},
            ),
        )
        if target.is_guides
        else (
            Statement(sql.load("move/bare_make_way", target)),
            Statement(sql.load("move/bare_create", target)),
        )
    )
    return (
        Statement(sql.load("move/agreed")),
        Statement(due, {"rows": [one.row_id for one in part]}),
        *others.around(target, *written),
        Statement(sql.load("move/kept", target)),
        Statement(sql.load("move/created")),
    )


def _query(last: str, source: AppProfile, target: AppProfile, *, tokens: bool) -> str:
    """What becomes of each access, ended by sql/move/<last>.sql."""
    ends = "with " + sql.load("domain/token_ends" if tokens else "domain/no_token_ends")
    text = sql.load("move/classified", target)
    text = text.replace("/* source */", ends + sql.load("move/source", source))
    return text.replace("/* target */", ends + sql.load("move/source", target)) + sql.load(f"move/{last}")


def _require_readable(db: Database, source: AppProfile, columns: frozenset[str]) -> None:
    require_visible(db, source)
    missing = sorted(set(source.table.required) - columns)
    if missing:
        raise Refused.unchanged(
            "columns-missing",
            _("{table} has no {columns}: what its rows give is not known").format(
                table=source.table.name, columns=", ".join(missing)
            ),
        )
