"""Payments that are still being read: several follow them, and nobody concludes anything from a part."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta

import pytest

from iahome_fix.facts.arriving import Arriving
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.stripe_errors import StripeFailure, unexpected
from iahome_fix.systems.stripe_payments import Session

NOW = datetime(2026, 12, 1, tzinfo=UTC)
Page = tuple[Session, ...]


def page(first: int, count: int = 10) -> Page:
    """Sessions of successive minutes, the oldest first."""
    return tuple(
        Session.of(
            {"id": f"cs_{number}", "created": int((NOW - timedelta(minutes=number)).timestamp())},
            MODULE_ACCESS.checkout,
        )
        for number in reversed(range(first, first + count))
    )


class Stripe:
    """Gives pages when it is told to."""

    def __init__(self, *pages: Page, fails: bool = False) -> None:
        self._pages = pages
        self._fails = fails
        self.may = threading.Semaphore(0)

    def read(self) -> Generator[Page, None, None]:
        for one in self._pages:
            self.may.acquire()
            yield one
        self.may.acquire()
        if self._fails:
            raise unexpected("nothing")

    def let(self, count: int) -> None:
        self.may.release(count)


def numbers(found: object) -> list[str]:
    return [session.id for session in found]  # type: ignore[attr-defined]


def test_they_come_newest_first_whatever_the_order_of_the_pages() -> None:
    stripe = Stripe(page(20), page(0), (), page(10))
    stripe.let(5)
    assert numbers(Arriving(stripe.read).all()) == [f"cs_{number}" for number in range(30)]


def test_they_can_be_followed_while_they_come() -> None:
    stripe = Stripe(page(0), page(10), page(20), page(30), page(40))
    arriving = Arriving(stripe.read)
    parts = arriving.parts(20)
    stripe.let(3)
    first = next(parts)
    assert sum(block.count for block in first) == 20
    stripe.let(3)
    others = list(parts)
    assert [sum(block.count for block in part) for part in others] == [20, 10], "never more at once"
    assert len({s.id for part in (first, *others) for block in part for s in block.records()}) == 50


@pytest.mark.parametrize("follow", [Arriving.all, lambda arriving: list(arriving.parts(5))])
def test_what_ends_the_reading_is_raised_to_everybody(follow: Callable[[Arriving], object]) -> None:
    stripe = Stripe(page(0), fails=True)
    arriving = Arriving(stripe.read)
    stripe.let(2)
    for _time in range(2):
        with pytest.raises(StripeFailure):
            follow(arriving)


def test_no_sessions_are_no_part() -> None:
    stripe = Stripe()
    stripe.let(1)
    arriving = Arriving(stripe.read)
    assert list(arriving.parts(5)) == []
    assert not arriving.all()
