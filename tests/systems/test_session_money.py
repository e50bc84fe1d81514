"""What a Checkout Session says of its money, read off hand-made objects."""

from __future__ import annotations

from typing import Any

import pytest

from iahome_fix.explain.payments import Money, is_due, money_of
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.stripe_payments import Session

KEYS = MODULE_ACCESS.checkout


def session(charge: dict[str, Any] | None = None, **changed: Any) -> Session:
    """A paid session of 9.90 EUR; `charge`: what its charge says besides."""
    paid = {"id": "ch_1", "created": 1_700_000_100, "amount": 990, "amount_refunded": 0, "refunded": False}
    return Session.of(
        {
            "id": "cs_1",
            "created": 1_700_000_000,
            "livemode": True,
            "mode": "payment",
            "status": "complete",
            "payment_status": "paid",
            "amount_total": 990,
            "currency": "eur",
            "metadata": {"items_ids": "15"},
            "payment_intent": {"amount_received": 990, "latest_charge": {**paid, **(charge or {})}},
            **changed,
        },
        KEYS,
    )


@pytest.mark.parametrize(
    ("charge", "refunded", "money"),
    [
        ({"amount_refunded": 990, "refunded": True}, True, Money.REFUNDED),
        ({"amount_refunded": 990, "refunded": False}, True, Money.REFUNDED),
        ({"amount_refunded": 990, "refunded": None}, True, Money.REFUNDED),
        ({"amount_refunded": 991}, True, Money.REFUNDED),
        ({"amount_refunded": 0, "refunded": True}, True, Money.REFUNDED),
        ({"amount_refunded": 989}, False, Money.PARTLY_REFUNDED),
        ({"amount_refunded": 1}, False, Money.PARTLY_REFUNDED),
        ({"amount_refunded": 0}, False, Money.PAID),
        ({"amount_refunded": None, "amount": None}, False, Money.PAID),
        ({"amount_refunded": 990, "amount": 1980}, False, Money.PARTLY_REFUNDED),
        ({"amount_refunded": 990, "amount": None}, True, Money.REFUNDED),
    ],
)
def test_a_refund_is_full_when_it_says_so_or_when_the_sum_is_all_that_came(
    charge: dict[str, Any], refunded: bool, money: Money
) -> None:
    found = session(charge)
    assert (found.refunded, money_of(found), is_due(found)) == (refunded, money, not refunded)


@pytest.mark.parametrize(
    ("intent", "charge"),
    [
        ({}, {"status": "failed"}),
        ({}, {"captured": False}),
        ({}, {"captured": False, "refunded": True, "amount_refunded": 990}),
        ({}, {"paid": False}),
        ({"status": "canceled"}, {}),
        ({"status": "requires_capture"}, {}),
        ({"status": "processing"}, {}),
    ],
)
def test_a_session_that_says_paid_is_not_due_while_its_money_is_not_there(
    intent: dict[str, Any], charge: dict[str, Any]
) -> None:
    """A bank debit fails weeks later, an authorization lapses: the session goes on saying paid."""
    whole = {"id": "ch_1", "created": 1_700_000_100, "amount": 990, "amount_refunded": 0, **charge}
    found = session(payment_intent={"amount_received": 990, **intent, "latest_charge": whole})
    assert (found.paid, money_of(found), is_due(found)) == (False, Money.UNPAID, False)


def test_money_that_came_is_due_and_so_is_a_trial() -> None:
    came = {"id": "ch_1", "created": 1_700_000_100, "amount": 990, "amount_refunded": 0}
    came |= {"status": "succeeded", "captured": True, "paid": True}
    found = session(payment_intent={"status": "succeeded", "amount_received": 990, "latest_charge": came})
    assert (found.paid, money_of(found)) == (True, Money.PAID)
    trial = session(
        mode="subscription", amount_total=0, payment_status="no_payment_required", payment_intent=None
    )
    assert (trial.paid, trial.refund_known, money_of(trial), is_due(trial)) == (True, True, Money.FREE, True)


def test_nothing_received_is_not_given_back_in_full() -> None:
    free = session({"amount": 0}, amount_total=0, payment_status="no_payment_required", payment_intent=None)
    assert (free.refunded, free.refund_known, money_of(free), is_due(free)) == (False, True, Money.FREE, True)


def test_without_a_charge_the_amounts_of_the_payment_and_the_session_count() -> None:
    of_intent = session(
        {"amount": None, "amount_refunded": 500},
        payment_intent={
            "amount_received": 500,
            "latest_charge": {"id": "ch_1", "created": 1, "amount_refunded": 500},
        },
    )
    of_session = session(
        payment_intent={
            "latest_charge": {"id": "ch_1", "created": 1, "amount_refunded": 990},
        }
    )
    assert (of_intent.refunded, of_session.refunded) == (True, True)


def test_a_disputed_payment_is_not_due_whatever_was_given_back() -> None:
    whole = {"amount_refunded": 990, "refunded": True}
    for charge, money in (
        ({}, Money.DISPUTED),
        ({"amount_refunded": 1}, Money.DISPUTED),
        (whole, Money.REFUNDED),
    ):
        found = session({"disputed": True, **charge})
        assert (found.disputed, money_of(found), is_due(found)) == (True, money, False)
    assert session({"disputed": None}).disputed is False


@pytest.mark.parametrize(
    ("changed", "paid", "money"),
    [
        ({"payment_status": "unpaid"}, False, Money.UNPAID),
        ({"payment_status": ""}, False, Money.UNPAID),
        ({"payment_status": "no_payment_required"}, True, Money.FREE),
        ({"status": "open"}, False, Money.OPEN),
        ({"status": None}, False, Money.OPEN),
        ({"status": "expired"}, False, Money.EXPIRED),
        ({"status": "expired", "payment_status": "unpaid"}, False, Money.EXPIRED),
        ({"mode": "setup"}, False, Money.FREE),
        ({"mode": "subscription"}, True, Money.PAID),
    ],
)
def test_the_goods_are_due_when_the_flow_ended_and_nothing_is_left_to_pay(
    changed: dict[str, Any], paid: bool, money: Money
) -> None:
    found = session(**changed)
    assert (found.paid, money_of(found), is_due(found)) == (paid, money, paid)


@pytest.mark.parametrize(
    ("metadata", "pack"),
    [
        ({"type": "token_purchase", "items_ids": "15"}, True),
        ({"tokens": "100"}, True),
        ({"tokenPackage": "large"}, True),
        ({"packageType": "x"}, True),
        ({"tokens": "100", "items_ids": "15"}, False),
        ({"type": "payment"}, False),
        ({}, False),
    ],
)
def test_a_token_pack_gives_no_module(metadata: dict[str, str], pack: bool) -> None:
    found = session(metadata=metadata)
    assert (found.is_token_pack, is_due(found)) == (pack, not pack)


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        ({}, True),
        ({"payment_intent": {"latest_charge": None}}, True),
        ({"payment_intent": {"latest_charge": "ch_1"}}, False),
        ({"payment_intent": "pi_1"}, False),
        ({"payment_intent": None}, True),
        ({"payment_intent": None, "mode": "subscription"}, False),
        ({"payment_intent": None, "amount_total": 0, "mode": "subscription"}, True),
        ({"payment_intent": "pi_1", "payment_status": "no_payment_required"}, True),
    ],
)
def test_whether_a_refund_would_be_seen(changed: dict[str, Any], known: bool) -> None:
    assert session(**changed).refund_known is known


def test_what_was_not_asked_for_is_not_known() -> None:
    data = {"id": "cs_1", "created": 1, "mode": "payment", "amount_total": 990, "payment_intent": None}
    assert Session.of(data, KEYS, refunds_asked=False).refund_known is False


def test_the_moment_of_a_payment_is_that_of_its_charge() -> None:
    assert session().moment.timestamp() == 1_700_000_100
    assert session({"created": None}).moment == session().created
    assert session().created.timestamp() == 1_700_000_000
