"""What a repair applied so far, for the report and the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix.repairs.api.written import Written
from iahome_fix.repairs.repair.plan import BACKFILL, MIGRATE, RECONCILE
from iahome_fix.repairs.units import StoppedAfter, Wrote
from iahome_fix.schema.requirements import DUPLICATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.domain.sums import Sums
    from iahome_fix.repairs.api.bare.record import BareWritten

    Given = Written | BareWritten


@dataclass
class Done:
    """What was applied so far; `gained`: who has now what they paid for, by the step that reconciles;
    `holders`: how many customers got an access for a token, where that is known.

    `changes`: what the journal keeps of it, `rows`: of rows that say nothing of it themselves.

    `note` is called after each step, so that it is on record whatever becomes of the next; `deciding` right
    before a commit, whose answer may get lost.
    """

    steps: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    gained: Sums | None = None
    holders: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    rows: Wrote = field(default_factory=Wrote)
    note: Callable[[], None] = lambda: None
    deciding: Callable[[], None] = lambda: None
    secret: str | None = field(default=None, repr=False)
    over_api: Written | None = None

    def noting(self, deciding: bool) -> None:
        """Put it on record."""
        (self.deciding if deciding else self.note)()

    @contextmanager
    def counting(self, step: str) -> Iterator[None]:
        """Around a step that may stop after a part of it was kept: that part counts."""
        try:
            yield
        except StoppedAfter as stop:
            self.counts[step] = stop.count
            raise

    def keeping(self, rows: Mapping[str, Any], deciding: bool) -> None:
        """Put rows on record that the table itself says nothing of."""
        self.changes["rows"] = rows
        self.noting(deciding)

    def wrote(self, step: str, written: Given | None) -> None:
        """Note what a step wrote over the Data API. Raises why it stopped before its end."""
        self.counts[step] = written.created if written is not None else 0
        if written is None:
            return
        if isinstance(written, Written):
            self.over_api = written = written.after(self.over_api)
        self.changes["rows"] = written.on_record()
        if written.stop is not None:
            raise written.stop

    @property
    def some(self) -> bool:
        """Was anything applied, be it a part of a step?"""
        return bool(self.steps or self.changes.get("schema") or any(self.counts.values()))

    @property
    def begun(self) -> tuple[str, ...]:
        """The steps of which a part was kept, and no more."""
        parts = [MIGRATE] if self.changes.get("schema") else []
        parts += [step for step, count in self.counts.items() if count]
        return tuple(step for step in dict.fromkeys(parts) if step not in self.steps)

    @property
    def wrote_rows(self) -> bool:
        """Did a step make accesses, or deactivate some?"""
        given = any(self.counts.get(step) for step in (BACKFILL, RECONCILE))
        return given or DUPLICATES in self.changes.get("schema", ())
