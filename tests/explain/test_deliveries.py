"""What became of an event, and the moments at which a payment's age decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from iahome_fix.addresses import BLANKS
from iahome_fix.domain.terms import LOOK_BACK, usual
from iahome_fix.explain.address import has_blanks, key, same
from iahome_fix.explain.claims import covered, is_over, is_under_way, reconcile_command
from iahome_fix.explain.payments import Delivery, Events
from iahome_fix.explain.rows import Term, Token
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.stripe_objects import COMPLETED, Event
from iahome_fix.systems.stripe_payments import Session

KEYS = MODULE_ACCESS.checkout
DURATION = MODULE_ACCESS.term.usual

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def session(age: timedelta, status: str = "complete", charged: timedelta | None = None) -> Session:
    charge = {"id": "ch_1", "created": int((NOW - charged).timestamp())} if charged is not None else None
    return Session.of(
        {
            "id": "cs_1",
            "created": int((NOW - age).timestamp()),
            "status": status,
            "mode": "payment",
            "payment_status": "paid",
            "payment_intent": {"latest_charge": charge},
        },
        KEYS,
    )


def event(pending: int, kind: str = COMPLETED, about: str = "cs_1") -> Event:
    return Event("evt_1", kind, NOW, True, pending, about, "paid")


@pytest.mark.parametrize(
    ("found", "age", "delivery"),
    [
        ((event(0),), timedelta(1), Delivery.SETTLED),
        ((event(2),), timedelta(1), Delivery.PENDING),
        ((event(2, about="cs_2"),), timedelta(1), Delivery.NO_EVENT),
        ((event(0, "checkout.session.expired"),), timedelta(1), Delivery.NO_EVENT),
        ((), timedelta(1), Delivery.NO_EVENT),
        (None, timedelta(1), Delivery.UNKNOWN),
        ((), timedelta(30), Delivery.FORGOTTEN),
        ((), timedelta(30) - SECOND, Delivery.NO_EVENT),
        (None, timedelta(31), Delivery.FORGOTTEN),
        ((event(1),), timedelta(31), Delivery.PENDING),
    ],
)
def test_what_became_of_the_event(
    found: tuple[Event, ...] | None, age: timedelta, delivery: Delivery
) -> None:
    assert Events(NOW, found, None).delivery(session(age)) is delivery


def test_a_session_that_is_not_complete_has_no_event_to_wait_for() -> None:
    assert Events(NOW, (event(3),), None).delivery(session(timedelta(1), "open")) is Delivery.NOT_DUE


def test_the_charge_says_how_old_the_payment_is() -> None:
    late = session(timedelta(days=31), charged=timedelta(days=29))
    assert Events(NOW, (), None).delivery(late) is Delivery.NO_EVENT


def story() -> Any:
    return SimpleNamespace(now=NOW, terms=usual(NOW, DURATION))


def bought(age: timedelta, charged: timedelta | None = None) -> Any:
    return SimpleNamespace(session=session(age, charged=charged))


@pytest.mark.parametrize(
    ("one", "young"),
    [
        (bought(timedelta(minutes=5)), False),
        (bought(timedelta(minutes=5) - SECOND), True),
        (bought(timedelta(hours=3), charged=timedelta(minutes=1)), True),
        (bought(timedelta(minutes=1), charged=timedelta(minutes=6)), False),
    ],
)
def test_a_payment_is_under_way_for_five_minutes_from_its_charge(one: Any, young: bool) -> None:
    assert is_under_way(story(), one) is young


def test_a_term_is_over_72_hours_after_the_payment() -> None:
    assert is_over(story(), bought(timedelta(hours=80)), "15") is True
    assert is_over(story(), bought(timedelta(hours=60)), "15") is False
    assert is_over(story(), bought(timedelta(hours=80), charged=timedelta(hours=60)), "15") is False


def test_reconcile_is_told_how_far_to_look_back_and_from_when() -> None:
    def options(age: timedelta, looked: timedelta = LOOK_BACK) -> list[str]:
        tools: Any = SimpleNamespace(command=lambda *words: " ".join(words))
        told: Any = SimpleNamespace(now=NOW, terms=replace(usual(NOW, DURATION), since=NOW - looked))
        return reconcile_command(tools, told, bought(age)).split()

    assert options(timedelta(hours=60)) == ["reconcile"]
    assert options(timedelta(hours=80)) == ["reconcile", "--from", "now"]
    day = f"{NOW - timedelta(days=89, seconds=1):%Y-%m-%d}"
    assert options(timedelta(days=89, seconds=1)) == ["reconcile", "--since", day, "--from", "now"]
    assert options(timedelta(days=89)) == ["reconcile", "--from", "now"]
    # As the look that found it; further where it was found by its address alone.
    since = f"{NOW - timedelta(days=10):%Y-%m-%dT%H:%MZ}"
    assert options(timedelta(hours=60), timedelta(days=10)) == ["reconcile", "--since", since]
    day = f"{NOW - timedelta(days=40):%Y-%m-%d}"
    assert options(timedelta(days=40), timedelta(days=10)) == ["reconcile", "--since", day, "--from", "now"]


@pytest.mark.parametrize(
    ("active", "ends", "endless", "covers"),
    [
        (True, None, True, True),
        (True, None, False, False),
        (True, DURATION, False, True),
        (True, DURATION - timedelta(hours=1), False, True),
        (True, DURATION - timedelta(hours=1) - SECOND, False, False),
        (False, DURATION, False, False),
        (None, None, True, False),
    ],
)
def test_a_token_covers_the_term_but_for_an_hour(
    active: bool | None, ends: timedelta | None, endless: bool, covers: bool
) -> None:
    paid = bought(timedelta(0))
    term = Term(None if ends is None else NOW + ends, endless, False)
    assert covered(story(), Token("1", "u", "15", active, term, None), paid) is covers


@pytest.mark.parametrize("blank", BLANKS)
def test_no_blank_of_any_kind_makes_another_address(blank: str) -> None:
    address = f"Ca{blank}rol@example.test"
    assert key(address) == "carol@example.test"
    assert same(address, "carol@example.test")
    assert has_blanks(address)
    assert not has_blanks("carol@example.test")


def test_letters_made_of_two_parts_are_the_same_and_other_letters_are_not() -> None:
    assert same("e\u0301lodie@example.test", "Élodie@example.test".replace("É", "é"))
    assert not same("elodie@example.test", "élodie@example.test")
    assert not same("carol@example.test", "carol@example.tes")
