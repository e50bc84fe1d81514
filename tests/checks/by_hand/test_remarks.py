"""What is said of a payment that nothing else explains."""

from __future__ import annotations

from datetime import timedelta

from iahome_fix.domain.sale import Verdict
from iahome_fix.facts import sales
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.cases_stripe import event
from tests.checks.by_hand.every import CASES
from tests.checks.by_hand.seen import given
from tests.checks.by_hand.shop import NOW, sale, sold
from tests.checks.by_hand.unseen import ways

NONE = "one can fail to be generated"
OWED = next(case for case in CASES if (case.check, case.name) == ("payments.unfulfilled", "one"))


def said(case: Case, **facts: object) -> str:
    return case.finding({key: value for found in facts.values() for key, value in found.items()}).detail  # type: ignore[attr-defined]


def test_an_event_that_was_never_made_is_named_where_nothing_else_explains_the_payment() -> None:
    assert NONE in said(OWED)
    assert NONE not in said(OWED, events=given(sales.events, be=(event(1),)))


def test_what_stripe_no_longer_keeps_and_what_could_not_be_read_says_nothing_of_it() -> None:
    old = sold(sale(Verdict.OWED, created=NOW - timedelta(days=40), charged=None))
    assert NONE not in said(OWED, sold=old)
    for _way, refusal in ways(("sales.events",)):
        assert NONE not in said(OWED, events=given(sales.events, be=refusal))
