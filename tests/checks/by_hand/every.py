"""All cases, and the same with one fact changed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from iahome_fix.checks.runner import translated
from iahome_fix.facts.seen import Key
from iahome_fix.model import Status
from tests.checks.by_hand.cases import Case, checks

MODULES = [
    import_module(f"tests.checks.by_hand.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("cases_*.py"))
]
"""Those with cases: each has CASES, and may have FACTS, what a healthy shop answers besides."""

HEALTHY = [Case(check, "healthy", Status.OK) for check in checks()]
CASES: list[Case] = [*HEALTHY, *(case for module in MODULES for case in module.CASES)]


@dataclass(frozen=True)
class Changed:
    """A case of which one fact is another, and in which way."""

    case: Case
    key: Key
    way: str
    instead: Any

    @property
    def id(self) -> str:
        return f"{self.case.id}; {'/'.join(map(str, self.key[:2]))}: {self.way}"


@cache
def read_by(case: Case) -> Mapping[Key, Any]:
    """The facts that a check reads of a case."""
    seen = case.seen()
    translated(lambda: checks()[case.check].run(seen))
    return seen.read


def milliseconds(times: int = 3) -> Mapping[str, float]:
    """How much of this process's time each case takes, by the fastest of some runs."""
    found = {}
    for case in CASES:
        run = partial(checks()[case.check].run, seen := case.seen())
        taken = []
        for _time in range(times + 1):
            seen.forget()
            started = time.process_time()
            translated(run)
            taken.append(time.process_time() - started)
        found[case.id] = 1000 * min(taken[1:])
    return found
