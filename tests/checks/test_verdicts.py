"""From findings to one word and one exit code: nothing that could not be told is ever called fine."""

from __future__ import annotations

import pytest

from iahome_fix import errors
from iahome_fix.cli.fail_on import CHOICES, checked, exit_code
from iahome_fix.errors import UsageError
from iahome_fix.explain.looking import DATABASE, ENDPOINT, EVENTS, PAGE, SCAN, STRIPE, Unseen
from iahome_fix.explain.verdict import Answer, Judged, State, answer
from iahome_fix.model import (
    Check,
    Finding,
    Kind,
    Link,
    Report,
    Result,
    Status,
    Verdict,
    blocked,
    fail,
    ok,
    skipped,
    unknown,
    warn,
)

FINDINGS = {
    Status.OK: ok("x"),
    Status.WARN: warn("x"),
    Status.FAIL: fail("x"),
    Status.BLOCKED: blocked("x", "y"),
    Status.SKIPPED: skipped("x"),
    Status.UNKNOWN: unknown("x"),
}


def result(finding: Finding, kind: Kind = Kind.FUNCTION, check_id: str = "env.files") -> Result:
    return Result(Check(check_id, Link.ENV, kind, "t", (), lambda _ctx: finding), finding)


def report(*results: Result) -> Report:
    return Report((result(ok("x"), check_id="env.first"), *results))


WORDS = {
    Kind.FUNCTION: {
        Status.OK: Verdict.HEALTHY,
        Status.WARN: Verdict.HEALTHY,
        Status.FAIL: Verdict.BROKEN,
        Status.BLOCKED: Verdict.UNKNOWN,
        Status.SKIPPED: Verdict.UNKNOWN,
        Status.UNKNOWN: Verdict.UNKNOWN,
    },
    Kind.SECURITY: {
        Status.OK: Verdict.HEALTHY,
        Status.WARN: Verdict.HEALTHY,
        Status.FAIL: Verdict.EXPOSED,
        Status.BLOCKED: Verdict.UNKNOWN,
        Status.SKIPPED: Verdict.HEALTHY,
        Status.UNKNOWN: Verdict.UNKNOWN,
    },
    Kind.HYGIENE: {
        Status.OK: Verdict.HEALTHY,
        Status.WARN: Verdict.HEALTHY,
        Status.FAIL: Verdict.EXPOSED,
        Status.BLOCKED: Verdict.HEALTHY,
        Status.SKIPPED: Verdict.HEALTHY,
        Status.UNKNOWN: Verdict.HEALTHY,
    },
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("status", Status)
def test_one_finding_makes_the_word(kind: Kind, status: Status) -> None:
    found = report(result(FINDINGS[status], kind, "env.files"))
    assert found.verdict is WORDS[kind][status]
    assert found.causes == (("env.files",) if (kind, status) == (Kind.FUNCTION, Status.FAIL) else ())
    counted = {one.value: int(one is status) + int(one is Status.OK) for one in Status}
    assert found.summary == counted


def test_what_was_not_asked_for_makes_no_doubt() -> None:
    assert report(result(skipped("x", not_asked=True))).verdict is Verdict.HEALTHY
    assert report(result(skipped("x", not_asked=False))).verdict is Verdict.UNKNOWN


def test_broken_goes_before_exposed_before_unknown() -> None:
    untold, exposed = result(unknown("x")), result(fail("x"), Kind.SECURITY)
    broken = result(fail("x"), check_id="env.second")
    assert report(untold, exposed).verdict is Verdict.EXPOSED
    assert report(untold, exposed, broken).verdict is Verdict.BROKEN
    assert report(exposed, broken).causes == ("env.second",)


def test_a_result_is_found_by_its_id_or_is_a_fault_of_the_caller() -> None:
    assert report(result(warn("x"))).result("env.files").status is Status.WARN
    with pytest.raises(KeyError):
        report().result("env.files")


CODES = {
    "healthy": (report(), (0, 0, 0, 0)),
    "warns": (report(result(warn("x"))), (0, 0, 0, 1)),
    "untold": (report(result(unknown("x"))), (0, 0, 3, 3)),
    "untold and warns": (report(result(unknown("x")), result(warn("x"))), (0, 0, 3, 1)),
    "exposed": (report(result(fail("x"), Kind.SECURITY)), (0, 1, 1, 1)),
    "broken": (report(result(fail("x"))), (0, 1, 1, 1)),
    "broken and untold": (report(result(fail("x")), result(unknown("x"))), (0, 1, 1, 1)),
}


@pytest.mark.parametrize("case", CODES)
def test_the_exit_code_under_each_choice(case: str) -> None:
    found, codes = CODES[case]
    assert CHOICES == ("never", "fail", "unknown", "warn")
    assert tuple(exit_code(found, choice) for choice in CHOICES) == codes


def test_a_choice_that_is_none_is_a_usage_error() -> None:
    assert [checked(word) for word in CHOICES] == list(CHOICES)
    with pytest.raises(UsageError):
        checked("always")


def test_the_exit_codes_of_the_contract() -> None:
    codes = (errors.OK, errors.FAULT, errors.USAGE, errors.COULD_NOT_TELL, errors.PARTLY_APPLIED)
    assert (*codes, errors.INTERRUPTED) == (0, 1, 2, 3, 4, 130)
    kinds = (errors.ToolError, errors.UsageError, errors.CouldNotTell, errors.Refused, errors.PartlyApplied)
    assert [kind("c", "m").exit_code for kind in kinds] == [1, 2, 3, 1, 4]
    assert errors.MissingCredential(("X",), "m").exit_code == 3


# explain: the word over one customer's modules


def judged(*states: State) -> list[Judged]:
    return [Judged(str(number), None, state, "s") for number, state in enumerate(states)]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("nobody", [True, False])
def test_one_module_makes_the_answer(state: State, nobody: bool) -> None:
    expected = {
        State.MISSING: Answer.MISSING,
        State.PARTLY_SERVED: Answer.MISSING,
        State.UNKNOWN: Answer.UNKNOWN,
        State.UNDER_WAY: Answer.UNKNOWN,
    }.get(state)
    if expected is None and nobody:
        expected = Answer.NOT_FOUND
    elif expected is None:
        expected = Answer.SERVED if state is State.VISIBLE else Answer.NOTHING_OWED
    assert answer(judged(state), (), nobody=nobody) is expected


def test_certain_goes_before_untold_before_served() -> None:
    assert answer(judged(State.UNKNOWN, State.MISSING), (), nobody=False) is Answer.MISSING
    assert answer(judged(State.VISIBLE, State.UNDER_WAY), (), nobody=False) is Answer.UNKNOWN
    assert answer(judged(State.OVER, State.VISIBLE), (), nobody=False) is Answer.SERVED
    assert answer([], (), nobody=False) is Answer.NOTHING_OWED


@pytest.mark.parametrize(
    ("what", "decisive"),
    [(DATABASE, True), (STRIPE, True), (SCAN, True), (EVENTS, False), (ENDPOINT, False), (PAGE, False)],
)
def test_nobody_says_that_nothing_is_owed_without_what_decides(what: str, decisive: bool) -> None:
    unseen = (Unseen(what, "r"),)
    for nobody in (True, False):
        found = answer([], unseen, nobody=nobody)
        assert found is (Answer.UNKNOWN if decisive else Answer.NOT_FOUND if nobody else Answer.NOTHING_OWED)
    assert answer(judged(State.MISSING), unseen, nobody=False) is Answer.MISSING
