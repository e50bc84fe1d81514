"""How one check's answer bears on another's, and that no check takes the others with it."""

from __future__ import annotations

import threading
from dataclasses import replace
from graphlib import CycleError
from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.order import Order
from iahome_fix.checks.over_api import needs_of
from iahome_fix.checks.registry import check
from iahome_fix.checks.runner import budget_of, run_checks
from iahome_fix.checks.source.link import every_check
from iahome_fix.errors import CouldNotTell, MissingCredential
from iahome_fix.facts.context import Context
from iahome_fix.model import Check, Finding, Status, Verdict, fail, ok, skipped, unknown
from iahome_fix.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iahome_fix.facts.seen import Seen

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
    def breaks(_seen: Seen) -> Finding:
        raise fault

    report = run_checks([check("supabase.key", "first")(breaks), chain(ok("x"), fail("unpaid"))[1]], ctx)
    found = report.result("supabase.key").finding
    assert found.status is Status.UNKNOWN
    assert type(fault).__name__ in found.detail
    assert "secret" not in found.detail
    assert report.result("payments.unfulfilled").status is Status.FAIL
    assert report.verdict is Verdict.BROKEN


def test_what_a_check_could_not_ask_is_said_with_what_to_do(ctx: Context) -> None:
    def lacks(_seen: Seen) -> Finding:
        raise MissingCredential(("STRIPE_SECRET_KEY",), "STRIPE_SECRET_KEY is not set", "set it")

    def silent(_seen: Seen) -> Finding:
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
    def hangs(_seen: Seen) -> Finding:
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


def say(finding: Finding) -> Callable[[object], Finding]:
    return lambda _seen: finding


def crash(_seen: object) -> Finding:
    raise ZeroDivisionError("with a secret")


A, B, C = "stripe.key", "supabase.key", "payments.unfulfilled"
BROKEN = {A: fail("a is broken"), B: fail("b is broken")}


@pytest.mark.parametrize(
    ("first", "second", "needs", "status", "because_of"),
    [
        (ok("fine"), ok("fine"), (A, B), Status.OK, ()),
        (BROKEN[A], ok("fine"), (A, B), Status.BLOCKED, (A,)),
        (BROKEN[A], BROKEN[B], (A, B), Status.BLOCKED, (A, B)),
        (skipped("no key"), ok("fine"), (A,), Status.SKIPPED, ()),
        (unknown("silence"), ok("fine"), (A,), Status.UNKNOWN, ()),
        (ok("fine"), ok("fine"), ("no.such-check",), Status.OK, ()),
        (None, ok("fine"), (A,), Status.UNKNOWN, ()),
        (None, BROKEN[B], (A, B), Status.BLOCKED, (B,)),
    ],
    ids=[
        *("passes", "blocked by one", "blocked by two", "skipped"),
        *("untold", "a need that is no check of the run", "crashes", "crashes and blocked"),
    ],
)
def test_what_becomes_of_a_check_by_what_it_needs(
    ctx: Context,
    first: Finding | None,
    second: Finding,
    needs: tuple[str, ...],
    status: Status,
    because_of: tuple[str, ...],
) -> None:
    checks = [
        check(C, "the last")(say(ok("it is so"))),
        check(A, "a")(say(first) if first else crash),
        check(B, "b")(say(second)),
    ]
    checks[0] = replace(checks[0], needs=needs)
    report = run_checks(checks, ctx)
    assert (report.result(C).status, report.result(C).finding.because_of) == (status, because_of)
    assert [result.check.id for result in report.results] == [C, A, B], "in the order of the chain"
    assert "secret" not in report.result(A).finding.detail


def test_a_check_that_fails_is_no_need_of_what_does_not_name_it(ctx: Context) -> None:
    report = run_checks([check(A, "a")(say(BROKEN[A])), check(C, "c")(say(ok("fine")))], ctx)
    assert [result.status for result in report.results] == [Status.FAIL, Status.OK]


def test_two_that_bear_not_on_each_other_run_at_once(ctx: Context) -> None:
    meet = threading.Barrier(2, timeout=10)

    def waits(_seen: object) -> Finding:
        meet.wait()
        return ok("met")

    report = run_checks([check(A, "a")(waits), check(B, "b")(waits)], ctx)
    assert [result.status for result in report.results] == [Status.OK, Status.OK]


@pytest.mark.parametrize("bearing", ["needs", "after", "beside"])
def test_a_check_knows_what_those_said_that_it_names_and_no_others(ctx: Context, bearing: str) -> None:
    known: dict[str, Status] = {}

    def looks(seen: Seen) -> Finding:
        known.update({check_id: result.status for check_id, result in seen.results.items()})
        return ok("fine")

    plain = check(C, "c")(looks)
    one = {
        "needs": replace(plain, needs=(A,)),
        "after": replace(plain, after=(A,)),
        "beside": replace(plain, beside=(A,)),
    }[bearing]
    run_checks([one, check(A, "a")(say(ok("fine"))), check(B, "b")(say(ok("fine")))], ctx)
    assert known == {A: Status.OK}


def test_checks_that_wait_for_each_other_are_a_mistake(ctx: Context) -> None:
    checks = [check(A, "a", needs=(B,))(say(ok(""))), check(B, "b", beside=(A,))(say(ok("")))]
    with pytest.raises(CycleError):
        run_checks(checks, ctx)


@pytest.mark.parametrize("only_data_api", [False, True])
@pytest.mark.parametrize("chain_of", [lambda: CHAIN, every_check], ids=["doctor", "doctor --app"])
def test_the_chain_has_an_order_on_every_channel(
    chain_of: Callable[[], tuple[Check, ...]], *, only_data_api: bool
) -> None:
    class Channel(Context):
        way = False

        @property
        def only_data_api(self) -> bool:
            return self.way

    ctx = Channel(load_settings(environ={}))
    checks = {one.id: one for one in chain_of()}
    order = Order(list(checks.values()), ctx)
    came: list[str] = []
    while (one := order.next()) is not None:
        named = {*needs_of(ctx, one), *one.after, *one.beside} & checks.keys()
        assert named <= set(came)
        came.append(one.id)
        order.settled(one.id)
        if one.id == "supabase.database":
            ctx.way = only_data_api
    assert sorted(came) == sorted(checks)
