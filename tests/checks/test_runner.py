"""How one check's answer bears on another's, and that no check takes the others with it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.registry import check
from iahome_fix.checks.runner import budget_of, run_checks
from iahome_fix.errors import CouldNotTell, MissingCredential
from iahome_fix.facts.context import Context
from iahome_fix.model import Check, Finding, Status, Verdict, fail, ok, skipped, unknown
from iahome_fix.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = {
    "ok": ok("fine"),
    "fail": fail("broken"),
    "unknown": unknown("no answer"),
    "skipped": skipped("declared absent", not_asked=True),
}


def chain(
    first: Finding, second: Finding, *, needs: tuple[str, ...] = (), after: tuple[str, ...] = ()
) -> tuple[Check, Check]:
    """Two checks, the second bound to the first."""
    return (
        check("supabase.key", "first")(lambda _ctx: first),
        check("payments.unfulfilled", "second", needs=needs, after=after)(lambda _ctx: second),
    )


@pytest.mark.parametrize(
    ("first", "as_need", "as_after"),
    [
        ("ok", Status.FAIL, Status.FAIL),
        ("fail", Status.BLOCKED, Status.BLOCKED),
        ("unknown", Status.UNKNOWN, Status.FAIL),
        ("skipped", Status.SKIPPED, Status.FAIL),
    ],
)
def test_a_need_hands_on_what_it_could_not_tell_and_an_explanation_does_not(
    first: str, as_need: Status, as_after: Status
) -> None:
    ctx = Context(load_settings(environ={}), timeout=1)
    hard = run_checks(chain(FIRST[first], fail("unpaid"), needs=("supabase.key",)), ctx)
    soft = run_checks(chain(FIRST[first], fail("unpaid"), after=("supabase.key",)), ctx)

    assert hard.result("payments.unfulfilled").status is as_need
    assert soft.result("payments.unfulfilled").status is as_after


def test_a_declared_absence_does_not_hide_a_failing_payment() -> None:
    ctx = Context(load_settings(environ={}), timeout=1)
    report = run_checks(chain(FIRST["skipped"], fail("unpaid"), after=("supabase.key",)), ctx)

    assert report.verdict is Verdict.BROKEN


@pytest.fixture
def ctx() -> Context:
    return Context(load_settings(environ={}), timeout=1)


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """What a system that never answers is waited for; the test's end answers for it."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize(
    "fault", [ValueError("with a secret"), KeyError("x"), RecursionError(), MemoryError()]
)
def test_a_check_that_fails_by_itself_leaves_the_others(ctx: Context, fault: Exception) -> None:
    def breaks(_ctx: Context) -> Finding:
        raise fault

    report = run_checks([check("supabase.key", "first")(breaks), chain(ok("x"), fail("unpaid"))[1]], ctx)
    found = report.result("supabase.key").finding
    assert found.status is Status.UNKNOWN
    assert type(fault).__name__ in found.detail
    assert "secret" not in found.detail
    assert report.result("payments.unfulfilled").status is Status.FAIL
    assert report.verdict is Verdict.BROKEN


def test_what_a_check_could_not_ask_is_said_with_what_to_do(ctx: Context) -> None:
    def lacks(_ctx: Context) -> Finding:
        raise MissingCredential(("STRIPE_SECRET_KEY",), "STRIPE_SECRET_KEY is not set", "set it")

    def silent(_ctx: Context) -> Finding:
        raise CouldNotTell("no-answer", "nobody answered", "look at the cable")

    report = run_checks([check("stripe.key", "a")(lacks), check("supabase.key", "b")(silent)], ctx)
    lacking, quiet = (report.result(one).finding for one in ("stripe.key", "supabase.key"))
    assert (lacking.status, lacking.hint, lacking.evidence["variables"]) == (
        *(Status.SKIPPED, "set it", ["STRIPE_SECRET_KEY"]),
    )
    assert (quiet.status, quiet.detail, quiet.hint) == (
        *(Status.UNKNOWN, "nobody answered", "look at the cable"),
    )
    assert quiet.evidence["code"] == "no-answer"


def test_a_check_that_never_ends_is_given_up_within_its_budget(ctx: Context, never: threading.Event) -> None:
    def hangs(_ctx: Context) -> Finding:
        never.wait(30)
        return ok("too late")

    told: list[str] = []
    checks = [
        check("supabase.key", "first")(hangs),
        check("payments.unfulfilled", "second", needs=("supabase.key",))(lambda _ctx: fail("unpaid")),
        check("stripe.key", "third")(lambda _ctx: ok("fine")),
    ]
    report = run_checks(checks, ctx, lambda result: told.append(result.check.id), budget=0.3)
    assert not never.is_set()
    assert report.result("supabase.key").status is Status.UNKNOWN
    assert "no answer within 0 s" in report.result("supabase.key").finding.detail
    assert report.result("payments.unfulfilled").status is Status.UNKNOWN
    assert report.result("stripe.key").status is Status.OK
    assert sorted(told) == sorted(one.id for one in checks)
    assert [result.check.id for result in report.results] == [one.id for one in checks]


def test_the_budget_is_the_deadlines_of_all_systems_together() -> None:
    assert (budget_of(0), budget_of(10)) == (5, 65)
