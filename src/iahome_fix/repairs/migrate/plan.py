"""What `migrate` will do, as data: its steps, what keeps it from them, and what stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iahome_fix.i18n import _
from iahome_fix.schema.requirements import PLAIN, Shape


@dataclass(frozen=True)
class Step:
    """One requirement that is not met: the statements that meet it, and why.

    `concurrently`: it is met beside the running shop, after the transaction of the others. `undoable`:
    whether `undo` can take it back. `notes`: what else comes of it, for whom.
    """

    id: str
    title: str
    sql: str
    reason: str
    concurrently: bool = False
    undoable: bool = True
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": _(self.title),
            "sql": self.sql,
            "reason": self.reason,
            "concurrently": self.concurrently,
            "undoable": self.undoable,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class MigrationPlan:
    """What `migrate` will do; the dry run shows it and `apply` consumes it.

    `shape`: what was asked for. `left`: what stays as it is, and how it would be changed; `unmet`: the ids of
    those requirements. `warning`: what the operator has to know before agreeing.
    """

    steps: tuple[Step, ...]
    obstacles: tuple[str, ...]
    shape: Shape = PLAIN
    left: tuple[str, ...] = ()
    unmet: frozenset[str] = frozenset()
    warning: str | None = None

    @property
    def verdict(self) -> str:
        if self.obstacles:
            return "refused"
        return "planned" if self.steps else "nothing-to-do"
