"""What a migration applied so far, told as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


def _nobody() -> None:
    """For callers who keep no journal."""


@dataclass
class Taken:
    """The ids of the steps, and each change of the schema with its inverse; `note` hears of each addition."""

    steps: list[str] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    note: Callable[[], None] = _nobody

    def add(self, steps: Iterable[str], parts: Iterable[Mapping[str, Any]]) -> None:
        """What one unit of work did. What came last is taken back first."""
        self.steps.extend(step for step in steps if step not in self.steps)
        self.parts[:0] = [dict(part) for part in parts]
        self.note()
