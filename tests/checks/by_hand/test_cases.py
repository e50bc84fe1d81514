"""Every check on hand-made facts: each status that it can give, and the look-alikes that it leaves alone."""

from __future__ import annotations

import json

import pytest

from iahome_fix.model import Status
from tests.checks.by_hand import cases_env, shop
from tests.checks.by_hand.cases import Case, checks
from tests.checks.by_hand.every import CASES, milliseconds
from tests.checks.by_hand.said import statuses


def named(case: Case) -> str:
    return case.id


@pytest.mark.parametrize("case", CASES, ids=named)
def test_what_a_check_says(case: Case) -> None:
    found = case.finding()
    assert found.status is case.status, found.detail
    assert case.says in found.detail
    assert case.hint in (found.hint or "")
    if found.status is Status.BLOCKED:
        assert found.because_of == case.because_of or not case.because_of
        assert found.because_of
    assert case.finding() == found, "the same facts, the same finding"


_OF_OTHERS = {
    **dict.fromkeys(
        [
            ("env.site-url", Status.SKIPPED),
            *((check, Status.WARN) for check in cases_env.VARIABLES),  # where no case has it
        ],
        "env.link judges all variables in one function: tests/settings/test_shapes.py has what each may be",
    ),
    ("env.public-leak", Status.WARN): "a file in git: tests/settings/test_leaks.py makes one",
}
"""What a check comes to only by values that other tests have, and why."""


@pytest.mark.parametrize("check", list(checks()))
def test_there_is_a_case_for_each_status_that_a_check_can_return(check: str) -> None:
    covered = {case.status for case in CASES if case.check == check}
    untried = {one for one in statuses(checks()[check]) - covered if (check, one) not in _OF_OTHERS}
    assert not untried


def test_no_check_gives_away_what_is_configured() -> None:
    for case in CASES:
        found = case.finding()
        said = json.dumps(
            [found.detail, found.hint, found.fix and found.fix.command, dict(found.evidence)], default=str
        )
        for name, value in shop.environ().items():
            if "KEY" in name or "SECRET" in name:
                assert value not in said, f"{case.id} shows {name}"
        assert shop.ALICES not in said, case.id


def test_a_check_takes_no_more_than_a_millisecond() -> None:
    """Of this process's own time, on the whole; what judges every variable at once takes a little more."""
    assert sum(milliseconds().values()) / len(CASES) <= 1
