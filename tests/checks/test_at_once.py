"""Jobs at the same time: their order, their errors, and whom their facts count for."""

from __future__ import annotations

import threading

import pytest

from iahome_fix.facts.at_once import at_once
from iahome_fix.facts.store import Facts


def test_they_run_at_the_same_time_and_come_in_their_order() -> None:
    meet = threading.Barrier(3, timeout=10)

    def job(number: int) -> int:
        meet.wait()
        return number

    assert at_once([lambda: job(1), lambda: job(2), lambda: job(3)]) == [1, 2, 3]
    assert at_once([]) == []


def test_the_first_that_failed_is_raised() -> None:
    def fail(words: str) -> int:
        raise ValueError(words)

    with pytest.raises(ValueError, match="second"):
        at_once([lambda: 1, lambda: fail("second"), lambda: fail("third")])


def test_what_they_ask_for_counts_for_who_runs_them() -> None:
    facts = Facts()
    with facts.asked_by("check a"):
        facts.at_once([lambda: facts.get("rows", lambda: 1), lambda: facts.get("more", lambda: 2)])
    assert facts.rests_on("check a", "rows")
    assert facts.rests_on("check a", "more")
