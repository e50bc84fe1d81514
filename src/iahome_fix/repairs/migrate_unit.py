"""One migration as a unit of work: the plan goes in, the server decides, what came of it comes out.

Everything between the first look and the last happens in sql/migrate/apply.sql, in one transaction and
without a word from here, so it is the same over a database session and over one HTTPS request.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.repairs.requirements import REFUSALS, RELOAD, Gap, Shape, survey_query
from iahome_fix.repairs.undo_schema import differences
from iahome_fix.systems.database import Database, Statement

if TYPE_CHECKING:
    from iahome_fix.repairs.migrate import Step


@dataclass(frozen=True)
class Stop:
    """Why nothing was changed: `refused`, `changed` or `not-reached`, by which requirement and gap."""

    why: str
    requirement: str
    gap: Gap


@dataclass(frozen=True)
class Applied:
    """What came of a migration: the ids of the steps that were taken, or why there are none.

    `parts`: what it changed of the schema, each with its inverse (`undo_schema`).
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
) -> Applied:
    """Take those of the steps that are needed, in their order. Raises what `Database.transact` raises.

    `run_id` is noted in the rows that a step deactivates; `without`: requirements that are not looked at,
    since they are met in a unit of their own.
    """
    plan = {
        "steps": [{"id": step.id, "sql": step.sql} for step in steps],
        "table": survey_query(table_is_there=True, shape=shape, without=without, only_asked_for=True),
        "no_table": survey_query(table_is_there=False, shape=shape, without=without, only_asked_for=True),
        "refusals": REFUSALS,
        "reload": RELOAD,
        "schema": sql.load("undo/schema"),
    }
    rows = db.transact(
        (
            Statement(sql.load("migrate/plan"), {"plan": json.dumps(plan), "run_id": run_id}),
            Statement(sql.load("migrate/apply")),
            Statement(sql.load("migrate/outcome")),
        )
    )
    outcome = rows[0]["outcome"]
    stop = outcome["stop"]
    return Applied(
        tuple(outcome["done"]),
        stop and Stop(stop["why"], stop["id"], Gap(str(stop["item"]), str(stop["detail"]))),
        tuple(differences(outcome["before"], outcome["after"])) if stop is None else (),
    )
