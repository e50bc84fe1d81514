"""The whole chain on hand-made facts: what one of them changes, and a clock that jumps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.runner import run_checks
from iahome_fix.facts import sales, trials
from iahome_fix.facts.connection import connection
from iahome_fix.facts.context import Context
from iahome_fix.model import Status, Verdict
from iahome_fix.schema.requirements import Gap
from iahome_fix.systems.database_errors import SqlError
from tests.checks.by_hand import shop
from tests.checks.by_hand.cases import healthy
from tests.checks.by_hand.every import CASES
from tests.checks.by_hand.seen import By, given
from tests.checks.by_hand.unseen import ways

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Fact, Key
    from iahome_fix.model import Report

T = TypeVar("T")


class Run(Context):
    """A run of the tool whose facts are given by hand; no system is opened."""

    def __init__(self, given: Mapping[Key, Any]) -> None:
        super().__init__(shop.settings(), timeout=5)
        self._given = {**healthy(), **given}

    def see(self, fact: Fact[Any, T], args: Key) -> T:
        key = fact.key_of(args)
        place = next((key[:length] for length in (len(key), 2, 1) if key[:length] in self._given), None)
        if place is None:
            assert not fact.asks, f"{fact} was not given"
            return super().see(fact, args)
        value = self._given[place]
        if isinstance(value, By):
            value = value.answer(*args)
        if isinstance(value, Exception):
            raise value
        return cast("T", value)


def report(changes: Mapping[Key, Any] | None = None) -> Report:
    return run_checks(CHAIN, Run(changes or {}))


def said(found: Report) -> list[tuple[str, Status]]:
    return [(result.check.id, result.status) for result in found.results]


def test_a_healthy_shop_is_healthy() -> None:
    found = report()
    assert found.verdict is Verdict.HEALTHY
    assert [result.check.id for result in found.results] == [check.id for check in CHAIN]
    assert {result.status for result in found.results} <= {Status.OK, Status.SKIPPED}


def test_the_same_facts_give_the_same_report_however_the_threads_run() -> None:
    waits = {
        **given(sales.waiting, be=()),
        **shop.tokens(due=2),
        **shop.missing(_110_sequence=Gap("s", "x")),
    }
    first = report(waits)
    assert first.causes == ("schema.sequence", "data.tokens-without-access")
    assert all(said(report(waits)) == said(first) for _time in range(5))


BY_DATABASE = [
    key for key in healthy() if str(key[0]).startswith(("queries.", "tables.", "trials.", "own_rows."))
]
LOST = next(iter(way for name, way in ways(("tables.tables",)) if name == "lost"))


@pytest.mark.parametrize("key", BY_DATABASE, ids=lambda key: "/".join(map(str, key[:2])))
def test_a_database_that_does_not_answer_one_of_its_questions_is_never_a_cause(key: Key) -> None:
    """It answered those before and those behind: only what rests on that one is not known, and says why."""
    found = report({key: LOST})
    assert not found.causes
    untold = [result for result in found.results if result.status in (Status.UNKNOWN, Status.SKIPPED)]
    assert all(result.finding.detail for result in untold)
    assert not [result for result in found.results if "by itself" in result.finding.detail]
    if any(found.is_untold(result) for result in untold):
        assert found.verdict is Verdict.UNKNOWN


def test_a_way_to_the_database_that_is_lost_is_said_by_name_once() -> None:
    found = report(given(connection, be=LOST))
    telling = [result.check.id for result in found.results if str(LOST) in result.finding.detail]
    assert telling == ["supabase.database"]
    assert found.verdict is Verdict.UNKNOWN
    assert not found.causes


MOMENTS = {
    "the beginning": datetime(1970, 1, 1, tzinfo=UTC),
    "years ago": shop.NOW - timedelta(days=4000),
    "before the payments": shop.PAID - timedelta(seconds=1),
    "the next year": shop.NOW + timedelta(days=400),
    "far ahead": datetime(9990, 1, 1, tzinfo=UTC),
}


def test_a_clock_that_jumps_is_asked_once() -> None:
    run = Context(shop.settings())
    assert sales.now(run) is sales.now(run.for_checks()) is sales.now(run.with_results({}))


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_clock_that_is_wrong_crashes_no_check(moment: datetime) -> None:
    for case in CASES:
        found = case.finding(given(sales.now, be=moment))
        assert "by itself" not in found.detail, case.id
    assert not report(given(sales.now, be=moment)).causes


def test_one_error_of_a_query_is_no_refusal_of_another() -> None:
    found = report(given(trials.denied, be=SqlError("57014", "stopped")))
    assert not found.causes
