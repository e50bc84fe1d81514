"""A repair of many rows in units: each a transaction of its own that lasts for a few seconds.

What sales wait for ends with each. Killed between two of them, the same command goes on with what is left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from iahome_fix import sql
from iahome_fix.errors import PartlyApplied, ToolError
from iahome_fix.i18n import ngettext
from iahome_fix.systems.database import Database, OutcomeUnknown, TooLong

Note = Callable[[bool], None]
"""Puts a run on record: True right before a commit, whose answer may get lost; False once it is known."""


def no_note(_deciding: bool) -> None:
    """For callers who keep no journal."""


class Unit(Protocol):
    """What one transaction takes on."""

    def halves(self) -> tuple[Self, ...]:
        """The same in two; nothing where it cannot be less."""


U = TypeVar("U", bound=Unit)
_FINEST = 4_096


@dataclass(frozen=True)
class Share:
    """One of so many parts of the customers, by the hash of their ids; `part` counts from 0."""

    parts: int
    part: int

    @classmethod
    def all(cls, rows: int, size: int) -> tuple[Share, ...]:
        """As many as it takes for about `size` rows in each."""
        parts = max(1, -(-rows // size))
        return tuple(cls(parts, part) for part in range(parts))

    def halves(self) -> tuple[Share, ...]:
        """The same customers in two."""
        if self.parts >= _FINEST:
            return ()
        return (Share(2 * self.parts, self.part), Share(2 * self.parts, self.part + self.parts))


class StoppedAfter(PartlyApplied):
    """A unit failed after others were kept; `count`: how many rows those made."""

    def __init__(self, count: int, stop: ToolError) -> None:
        super().__init__(
            stop.code,
            ngettext(
                "{count} access was created, then it stopped: {reason}",
                "{count} accesses were created, then it stopped: {reason}",
                count,
            ).format(count=count, reason=stop.message),
            stop.hint,
        )
        self.count = count


class Course(Generic[U]):
    """Goes through the units; one that takes too long is taken in halves."""

    def __init__(self, units: Sequence[U]) -> None:
        self.created = 0
        self._waiting = deque(units)

    def __iter__(self) -> Iterator[U]:
        while self._waiting:
            yield self._waiting.popleft()

    def take(self, unit: U, work: Callable[[], int], kept: Callable[[], int]) -> None:
        """Do one unit. `work`: the rows that it made. `kept`: how many rows of the run there are, asked when
        the answer to a commit got lost.

        Raises StoppedAfter where earlier units were kept, else what `work` raises.
        """
        try:
            self.created += self._made(unit, work, kept)
        except ToolError as error:
            if self.created:
                raise StoppedAfter(self.created, error) from None
            raise

    def _made(self, unit: U, work: Callable[[], int], kept: Callable[[], int]) -> int:
        try:
            return work()
        except TooLong:
            smaller = unit.halves()
            if not smaller:
                raise
            self._waiting.extendleft(reversed(smaller))
            return 0
        except OutcomeUnknown as unknown:
            try:
                made = kept() - self.created
            except ToolError:
                raise unknown from None
            if made <= 0:
                raise
            return made


def kept(db: Database, run_id: str) -> int:
    """How many rows of a run there are, once no repair is under way. Raises what `Database.read` raises."""
    return int(db.read(sql.load("undo/kept"), {"run_id": run_id}, patient=True, settled=True)[0]["created"])
