"""Many records, held small: what is packed comes back as it was, and nobody holds more than is looked at."""

from __future__ import annotations

import random
import string
import weakref
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.packed import Block, Chosen, Packed
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.stripe_payments import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 12, 1, tzinfo=UTC)
MOST = 200
"""Bytes of a payment, and of what is known of its sale, where there are very many."""


def sessions(count: int) -> list[Session]:
    """Of as many customers, with ids as long and as random as Stripe's."""
    chance = random.Random(7)  # noqa: S311 - names for a test
    signs = string.ascii_letters + string.digits
    found = []
    for number in range(count):
        created = int((NOW - timedelta(minutes=7 * number)).timestamp())
        email = f"{''.join(chance.choices(string.ascii_lowercase, k=9))}.{number}@example.test"
        found.append(
            Session.of(
                {
                    "id": "cs_live_" + "".join(chance.choices(signs, k=58)),
                    "created": created,
                    "livemode": True,
                    "mode": "payment",
                    "status": "complete",
                    "payment_status": "paid",
                    "amount_total": 990,
                    "currency": "eur",
                    "customer_details": {"email": email},
                    "metadata": {"items_ids": str(1 + number % 9), "customer_email": email},
                    "payment_method_types": ["card"],
                    "success_url": "https://iahome.example/success?session_id={CHECKOUT_SESSION_ID}",
                    "payment_intent": {"latest_charge": {"created": created + 20, "amount": 990}},
                },
                MODULE_ACCESS.checkout,
            )
        )
    return found


def sale(session: Session, number: int = 0) -> Sale:
    chance = random.Random(number)  # noqa: S311 - names for a test
    return Sale(
        session=session,
        module=session.modules[0],
        verdict=Verdict.SERVED,
        owner="".join(chance.choices("0123456789abcdef", k=32)),
        until=session.moment + timedelta(hours=72),
        ends=session.moment + timedelta(hours=72),
        over=True,
        as_written=True,
        odd=False,
        crowded=False,
        known_module=True,
        module_in_use=True,
        by_handler=True,
        granted=1,
        open=False,
    )


def test_records_come_back_as_they_were() -> None:
    made = sessions(450)
    packed = Packed.of(made)
    assert list(packed) == made
    assert list(packed) == made, "as often as somebody looks"
    assert len(packed) == 450
    assert packed[0] == made[0]
    assert packed[-1] == packed[449] == made[-1]
    assert packed[440:] == tuple(made[440:])
    with pytest.raises(IndexError):
        packed[450]
    assert Packed.of(packed) is packed
    assert not Packed()


def test_what_is_said_of_other_records_names_them() -> None:
    made = sessions(60)
    block = Block(made)
    beside = Block([sale(one) for one in made], beside=block, theirs=made)
    assert beside.records() == [sale(one) for one in made]
    assert beside.size < Block([sale(one) for one in made]).size / 2, "the payments are held once"


def test_a_payment_and_its_sale_take_little() -> None:
    made = sessions(100)
    block = Block(made)
    beside = Block([sale(one, n) for n, one in enumerate(made)], beside=block, theirs=made)
    assert (block.size + beside.size) / 100 < MOST


def test_nothing_is_held_of_what_was_looked_at() -> None:
    packed = Packed(Block(sessions(100)) for _block in range(6))
    seen: list[weakref.ref[Session]] = []
    most = 0
    for one in packed:
        seen.append(weakref.ref(one))
        most = max(most, sum(other() is not None for other in seen)) if len(seen) % 100 == 1 else most
    assert len(seen) == 600
    assert most <= 200


@pytest.mark.parametrize("records", [tuple(range(10)), Packed.of(tuple(range(10)))])
def test_some_of_them_are_asked_for_anew_each_time(records: Sequence[int]) -> None:
    even = Chosen(records, lambda number: number % 2 == 0)
    assert list(even) == list(even) == [0, 2, 4, 6, 8]
    assert len(even) == 5
    assert even
    assert 4 in even
    assert 5 not in even
    assert not Chosen(records, lambda number: number > 10)
