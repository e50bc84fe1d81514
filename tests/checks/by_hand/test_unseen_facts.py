"""A fact that could not be seen, in each way in which that can be: unknown or skipped, and never fine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iahome_fix.facts import sales
from iahome_fix.model import Status
from tests.checks.by_hand.every import CASES, HEALTHY, Changed, read_by
from tests.checks.by_hand.seen import given
from tests.checks.by_hand.unseen import MAY_DO_WITHOUT, ways

UNTOLD = (Status.UNKNOWN, Status.SKIPPED)
_REST_ON_PAYMENTS = ("sales.mode", "sales.payments")


def unseen() -> Iterator[Changed]:
    for case in HEALTHY:
        for key in read_by(case):
            for way, instead in ways(key):
                yield Changed(case, key, way, instead)


UNSEEN = list(unseen())


@pytest.mark.parametrize("one", UNSEEN, ids=lambda one: one.id)
def test_what_could_not_be_seen_is_never_fine(one: Changed) -> None:
    changes = {one.key: one.instead}
    if one.key[0] in _REST_ON_PAYMENTS:
        changes = {**given(sales.sales, be=one.instead), **changes}
    found = one.case.finding(changes)
    assert "by itself" not in found.detail, "a check does not crash on what it could not see"
    if (one.case.check, str(one.key[0])) not in MAY_DO_WITHOUT:
        assert found.status in UNTOLD
        assert found.detail


def test_what_a_check_may_do_without_is_read_by_it() -> None:
    read = {(case.check, str(key[0])) for case in CASES for key in read_by(case)}
    assert read >= MAY_DO_WITHOUT.keys()
