"""What others have while a run writes, before and after, so that no access is written at their cost."""

from __future__ import annotations

from iahome_fix import sql
from iahome_fix.systems.database import Statement


def had(whose: str) -> Statement:
    """Notes the accesses in force; `whose`: a condition on a row `a`, of whom. It has no parameter."""
    return Statement(sql.load("repair/had").replace("/* whose */", whose))


def gone(run_id: str) -> Statement:
    """Counts those that are gone and not for the run, for the statement after it to refuse."""
    return Statement(sql.load("repair/gone"), {"run_id": run_id})
