"""One part of the schema on its way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
