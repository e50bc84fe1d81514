"""One migration as a unit of work: the plan goes in, the server decides, what came of it comes out.

Everything between the first look and the last happens in sql/migrate/apply.sql, in one transaction and
without a word from here, so it is the same over a database session and over one HTTPS request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.repairs.schema.differences import differences
from iahome_fix.schema.requirements import REFUSALS, RELOAD, Gap, Shape, survey, survey_query
from iahome_fix.systems.database import Database, Row, Statement

if TYPE_CHECKING:
    from iahome_fix.repairs.migrate.plan import Step


@dataclass(frozen=True)
class Stop:
    """Why nothing was changed: `refused`, `changed` or `not-reached`, by which requirement and gap."""

    why: str
    requirement: str
    gap: Gap


@dataclass(frozen=True)
class Applied:
    """What came of a migration: the ids of the steps that were taken, or why there are none.

    `parts`: what it changed of the schema, each with its inverse (`repairs/undo/schema.py`).
    """

    done: tuple[str, ...]
    stop: Stop | None
    parts: tuple[dict[str, Any], ...] = ()


def run(
    db: Database,
    steps: Sequence[Step],
    shape: Shape,
    *,
    run_id: str = "",
    without: Collection[str] = (),
    longest: float | None = None,
    earlier: Sequence[Mapping[str, Any]] = (),
    witness: Callable[[Applied], None] = lambda _applied: None,
) -> Applied:
    """Take those of the steps that are needed, in their order. Raises what `Database.transact` raises.

    `longest`: seconds that sales may wait for it; `witness` hears of it right before the commit.
    `run_id` is noted in the rows that a step deactivates, and in the database (sql/marks) what it made of the
    schema; `earlier`: what the same run made of it before. `without`: requirements that are not looked at,
    since they are met in a unit of their own.
    """
    plan = {
        "steps": [{"id": step.id, "sql": step.sql} for step in steps],
        "table": survey_query(table_is_there=True, shape=shape, without=without, only_asked_for=True),
        "no_table": survey_query(table_is_there=False, shape=shape, without=without, only_asked_for=True),
        "refusals": REFUSALS,
        "reload": RELOAD,
        "schema": sql.load("undo/schema"),
        "earlier": {part["item"]: part["before"] for part in earlier},
    }
    rows = db.transact(
        (
            Statement(sql.load("migrate/plan"), {"plan": json.dumps(plan), "run_id": run_id}),
            Statement(sql.load("migrate/apply")),
            Statement(sql.load("migrate/outcome")),
        ),
        longest=longest,
        witness=lambda decided: witness(_applied(decided.rows)),
    )
    return _applied(rows)


def look(db: Database) -> list[Row]:
    """The parts of the schema that a migration may change, once no repair is under way."""
    return db.read(sql.load("undo/schema"), settled=True)


def what_became(
    db: Database, steps: Sequence[Step], shape: Shape, before: Sequence[Row], expected: Applied | None
) -> Applied | None:
    """What is there of a migration whose answer got lost; None where it cannot be told that it is.

    `before`: the schema before it, where nobody heard of the commit; `expected`: what a witness heard.
    Raises what `Database.read` raises.
    """
    now = look(db)
    if expected is not None:
        states = {row["item"]: row["state"] for row in now}
        there = [states.get(part["item"]) == part["after"] for part in expected.parts]
        return expected if there and all(there) else None
    parts = tuple(differences(before, now))
    if not parts:
        return None
    left = survey(db, shape)
    return Applied(tuple(step.id for step in steps if not left.get(step.id)), None, parts)


def _applied(rows: Sequence[Row]) -> Applied:
    outcome = rows[0]["outcome"]
    stop = outcome["stop"]
    return Applied(
        tuple(outcome["done"]),
        stop and Stop(stop["why"], stop["id"], Gap(str(stop["item"]), str(stop["detail"]))),
        tuple(differences(outcome["before"], outcome["after"])) if stop is None else (),
    )
