"""What a migration applied so far, told as it goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

KEY = "schema_parts"
"""In the journal: each change of the schema with its inverse."""
BEFORE = "schema_before"
"""In the journal: the schema before a change of which nobody has heard yet."""
_BUILDS = re.compile(r"^create (?:unique )?index concurrently ([a-z_][a-z0-9_]*) on ")


def _nobody() -> None:
    """For callers who keep no journal."""


def _nobody_either(_will_be: Taken) -> None:
    """The same."""


@dataclass
class Taken:
    """The ids of the steps, and each change of the schema with its inverse; `note` hears of each addition.

    `building`: the index that is being built at this moment, if any. `before`: how the schema was before a
    transaction that is under way in one request (see `unheard`).
    `deciding` gets it as it will be, right before a commit whose answer may get lost.
    """

    steps: list[str] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    building: list[str] = field(default_factory=list)
    before: list[dict[str, Any]] = field(default_factory=list)
    note: Callable[[], None] = _nobody
    deciding: Callable[[Taken], None] = _nobody_either

    def decide(self, steps: Iterable[str], parts: Iterable[Mapping[str, Any]]) -> None:
        """Tell what `add` will be told if the commit is made."""
        will_be = Taken(list(self.steps), list(self.parts))
        will_be.add(steps, parts)
        self.deciding(will_be)

    def begin(self, statement: str) -> None:
        """A statement by itself is about to run: the index that it builds is on record before it is there."""
        self.building[:] = _BUILDS.findall(statement)
        if self.building:
            self.note()

    def leaves(self, before: Iterable[dict[str, Any]]) -> None:
        """A transaction is about to leave in one request, with the schema as it was `before`."""
        self.before[:] = before
        if self.before:
            self.note()

    def on_record(self) -> dict[str, list[Any]]:
        """What the journal keeps of it: the lists themselves, which grow."""
        return {"schema": self.steps, KEY: self.parts, "building": self.building, BEFORE: self.before}

    def add(self, steps: Iterable[str], parts: Iterable[Mapping[str, Any]]) -> None:
        """What one unit of work did. What came last is taken back first; a part that was changed twice goes
        back to what it was before the first time."""
        self.building.clear()
        self.before.clear()
        self.steps.extend(step for step in steps if step not in self.steps)
        for part in reversed([dict(part) for part in parts]):
            earlier = next((known for known in self.parts if known["item"] == part["item"]), None)
            if earlier is not None:
                self.parts.remove(earlier)
                part |= {"before": earlier["before"], "inverse": earlier["inverse"]}
            if part["before"] != part["after"]:
                self.parts.insert(0, part)
        self.note()
