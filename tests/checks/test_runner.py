"""How one check's answer bears on another's."""

from __future__ import annotations

import pytest

from iahome_fix.checks.context import Context
from iahome_fix.checks.registry import check
from iahome_fix.checks.runner import run_checks
from iahome_fix.model import Check, Finding, Status, Verdict, fail, ok, skipped, unknown
from iahome_fix.settings import load_settings

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
