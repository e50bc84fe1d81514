"""A repair of many rows in units: each a transaction of its own that lasts for a few seconds.

What sales wait for ends with each. Killed between two of them, the same command goes on with what is left.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NoReturn, Protocol, Self, TypeVar

from iahome_fix import sql
from iahome_fix.errors import PartlyApplied, Refused, ToolError
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.systems.asked import coming_on, progress
from iahome_fix.systems.database import Database, Decided, Row
from iahome_fix.systems.database_errors import OutcomeUnknown, TooLong

Note = Callable[[bool], None]
"""Puts a run on record: True right before a commit, whose answer may get lost; False once it is known."""


def no_note(_deciding: bool) -> None:
    """For callers who keep no journal."""


@dataclass
class Wrote:
    """What the journal has to know of the rows of a run, by which alone `undo` finds them in a table that
    says nothing of runs.

    `versions`: the numbers of its transactions; `made`, `ended`: the ids of the rows in such a table;
    `lengthened`: what accesses held before they were given a later end, with that end; `pending`: the rows of
    a request over the Data API whose answer is not known, and the moment that they bear.
    """

    versions: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    lengthened: list[dict[str, Any]] = field(default_factory=list)
    pending: dict[str, Any] | None = None

    def take(self, row: Row) -> None:
        """What one transaction says of itself (sql/*/created), once."""
        if row["version"] in self.versions:
            return
        self.versions.append(row["version"])
        self.made += json.loads(row["ids"] or "[]")
        self.ended += json.loads(row["ended"] or "[]")
        self.lengthened += json.loads(row.get("lengthened") or "[]")


class Record:
    """What the journal is told of a run's transactions: before each is decided, and once it is known."""

    def __init__(self, wrote: Wrote, note: Note) -> None:
        """`wrote` takes what each transaction wrote, once; `note` puts it on record."""
        self._wrote = wrote
        self._note = note

    def deciding(self, decided: Decided) -> None:
        """Right before a commit, whose answer may get lost."""
        for row in decided.rows:
            self._wrote.take(row)
        self._note(True)

    def known(self, row: Row) -> None:
        """After it, with what it answered."""
        self._wrote.take(row)
        self._note(False)


class Unit(Protocol):
    """What one transaction takes on."""

    def halves(self) -> tuple[Self, ...]:
        """The same in two; nothing where it cannot be less."""


MADE = N_("{done} accesses made")
T = TypeVar("T")
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


@dataclass(frozen=True)
class Batch(Generic[T]):
    """So many of them, in the order that they came in; a customer and module is in one batch only."""

    all_of_it: tuple[T, ...]

    @classmethod
    def all(cls, found: Sequence[T], size: int) -> tuple[Batch[T], ...]:
        """Batches of so many."""
        return tuple(cls(tuple(found[start : start + size])) for start in range(0, len(found), size))

    def halves(self) -> tuple[Batch[T], ...]:
        """The same in two."""
        if len(self.all_of_it) < 2:
            return ()
        return Batch.all(self.all_of_it, -(-len(self.all_of_it) // 2))


class StoppedAfter(PartlyApplied):
    """A unit failed after others were kept; `count`: how many rows those made.

    `refused`: how many rows the database refused, where all others were kept; `stop`: what stopped it.
    """

    def __init__(self, count: int, stop: ToolError, *, refused: int = 0) -> None:
        made = ngettext("{count} access was created", "{count} accesses were created", count)
        rest = (
            ngettext(
                "{refused} was refused: {reason}",
                "{refused} were refused, the first of them: {reason}",
                refused,
            )
            if refused
            else _("then it stopped: {reason}")
        )
        said = f"{made}, {rest}".format(count=count, refused=refused, reason=stop.because)
        super().__init__(stop.code, said, stop.hint)
        self.count = count
        self.stop = stop


_MOST_ALONE = 12
"""Units that cannot be less and are refused, after which nothing is tried any more if nothing was kept. After
each of them the next is taken from the other end, so that those of one customer are not taken for all."""
_MOST_REFUSED = 100
"""The same if something was."""


class Course(Generic[U]):
    """Goes through the units; one that takes too long is taken in halves."""

    def __init__(self, units: Sequence[U], *, apart: Collection[str] = (), of: int = 0) -> None:
        """`apart`: codes of refusals that may concern some of the rows. Such a unit is taken in halves, too,
        so that whoever is refused keeps nobody else waiting; `end` says so. `of`: rows that it may make."""
        self._of = of
        self.created = 0
        self._waiting = deque(units)
        self._apart = frozenset(apart)
        self._refused: list[Refused] = []

    def __iter__(self) -> Iterator[U]:
        with coming_on(MADE):
            while self._waiting:
                yield self._waiting.popleft()

    def take(self, unit: U, work: Callable[[], int], kept: Callable[[], int]) -> None:
        """Do one unit. `work`: the rows that it made. `kept`: how many rows of the run there are, asked when
        the answer to a commit got lost.

        Raises StoppedAfter where earlier units were kept, else what `work` raises.
        """
        try:
            self.created += self._made(unit, work, kept)
            progress(MADE, self.created, self.created / self._of if self._of else None)
        except Refused as refusal:
            if refusal.code not in self._apart or not self._goes_on(unit, refusal):
                self._stop(refusal)
        except ToolError as error:
            self._stop(error)

    def end(self) -> None:
        """After the last unit. Raises what was refused: StoppedAfter where other units were kept."""
        if self._refused and self.created:
            raise StoppedAfter(self.created, self._refused[0], refused=len(self._refused))
        if self._refused:
            raise self._refused[0]

    def _stop(self, error: ToolError) -> NoReturn:
        if self.created:
            raise StoppedAfter(self.created, error) from None
        raise error from None

    def _goes_on(self, unit: U, refusal: Refused) -> bool:
        """Whether others may still be served."""
        smaller = unit.halves()
        if smaller:
            self._waiting.extendleft(reversed(smaller))
            return True
        self._refused.append(refusal)
        if not self.created:
            self._waiting.rotate(1)
        return len(self._refused) < (_MOST_REFUSED if self.created else _MOST_ALONE)

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


def kept(db: Database, run_id: str, access_type: str) -> int:
    """How many rows of a kind a run made (a repair makes two kinds), once no repair is under way.

    Raises what `Database.read` raises.
    """
    values = {"run_id": run_id, "access_type": access_type}
    return int(db.read(sql.load("undo/kept"), values, patient=True, settled=True)[0]["created"])
