"""In which order checks run: each behind those that bear on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from iahome_fix.checks.over_api import needs_of

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Check


class Order:
    """Hands out checks whose predecessors are settled, those that come first in the chain first.

    What a check needs depends on the way to the project, which shows while the run is on: then what has not
    begun is put in order anew.
    """

    def __init__(self, checks: Sequence[Check], ctx: Context) -> None:
        """Raises CycleError (a ValueError) for checks that wait for each other."""
        self._checks = {check.id: check for check in checks}
        self._places = {check_id: place for place, check_id in enumerate(self._checks)}
        self._ctx = ctx
        self._begun: set[str] = set()
        self._settled: set[str] = set()
        self._arrange()

    def next(self) -> Check | None:
        """A check that may run now; None where all that is left waits for another."""
        if self._way != self._ctx.only_data_api:
            self._arrange()
        self._ready += self._sorter.get_ready()
        if not self._ready:
            return None
        self._ready.sort(key=self._places.__getitem__)
        check_id = self._ready.pop(0)
        self._begun.add(check_id)
        return self._checks[check_id]

    def settled(self, check_id: str) -> None:
        """What waited for this check waits no more."""
        self._settled.add(check_id)
        self._sorter.done(check_id)

    def _arrange(self) -> None:
        self._way = self._ctx.only_data_api
        self._sorter: TopologicalSorter[str] = TopologicalSorter(
            {
                check_id: self._before(check)
                for check_id, check in self._checks.items()
                if check_id not in self._settled
            }
        )
        self._sorter.prepare()
        # What is under way already is not handed out again.
        self._ready = [check_id for check_id in self._sorter.get_ready() if check_id not in self._begun]

    def _before(self, check: Check) -> Collection[str]:
        if check.id in self._begun:
            return ()
        bearing = (*needs_of(self._ctx, check), *check.after, *check.beside)
        return {other for other in bearing if other in self._checks and other not in self._settled}
