"""The synthetic payment: as Stripe would send it, in the shape of the site's checkout, known as made up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iahome_fix.domain import synthetic as payment
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.systems.stripe_ids import epoch
from iahome_fix.systems.stripe_payments import Session
from iahome_fix.systems.stripe_session_form import checkout_session
from tests.sandbox import stripe_types

KEYS = MODULE_ACCESS.checkout

BUYER = payment.Buyer("carol@example.test", "cccccccc-0000-4000-8000-000000000003", "3", "Métube")
GUIDE = ("customer_email", "items_count", "total_amount", "type", "items_ids")


def sold(metadata: dict[str, str]) -> Session:
    """A real session with these metadata."""
    data = checkout_session(
        session_id="cs_live_1",
        created=epoch(),
        livemode=True,
        mode="payment",
        status="complete",
        payment_status="paid",
        amount_total=990,
        currency="eur",
        customer_email="other@example.test",
        metadata=metadata,
        payment_method_types=("card",),
        success_url=None,
    )
    return Session.of(data, KEYS, refunds_asked=False)


@pytest.mark.parametrize("livemode", [True, False])
def test_the_event_is_one_that_stripe_could_send(livemode: bool) -> None:
    metadata = payment.metadata_like(None, BUYER, KEYS)
    run_id = new_run_id()
    event = payment.event(run_id, BUYER, metadata, livemode=livemode, site_url="https://shop.example.test")
    assert stripe_types.object_problems("event", event) == []
    assert stripe_types.object_problems("checkout.session", event["data"]["object"]) == []
    session = Session.of(event["data"]["object"], KEYS)
    assert (session.paid, session.livemode, event["livemode"]) == (True, livemode, livemode)
    assert session.modules == ("3",)
    assert session.emails == (BUYER.email,)
    assert session.id == payment.session_id(run_id, livemode=livemode)
    assert session.id.startswith("cs_live_" if livemode else "cs_test_")


def test_the_id_says_when_it_was_made_and_that_it_was_made_up() -> None:
    session = payment.session_id("20261123-142530-9f3a1c", livemode=True)
    assert payment.made_at(session) == datetime(2026, 11, 23, 14, 25, 30, tzinfo=UTC)
    for real in (
        "cs_live_a1B2c3",
        "cs_test_iahomefix_verify_",
        "cs_live_iahomefix_verify_99999999_999999_ab",
        "",
    ):
        assert payment.made_at(real) is None


def test_without_a_real_sale_the_metadata_are_those_of_the_guide_s_time() -> None:
    assert tuple(payment.metadata_like(None, BUYER, KEYS)) == GUIDE


@pytest.mark.parametrize(
    "keys",
    [
        GUIDE,
        ("moduleId", "moduleTitle", "customerEmail", "testMode", "environment"),
        ("customer_email", "items"),
        ("userId", "moduleId", "userEmail"),
    ],
)
def test_metadata_have_the_keys_of_the_newest_real_sale_and_nothing_of_its_buyer(
    keys: tuple[str, ...],
) -> None:
    real = {key: f"other's {key}" for key in keys} | {"note": "their note"}
    real |= {key: "15" for key in ("items_ids", "moduleId") if key in keys}
    real |= {"items": '[{"id": 15}]'} if "items" in keys else {}
    made = payment.metadata_like(sold(real), BUYER, KEYS)
    assert set(made) == set(keys)
    kept = {"type", "testMode", "environment"}
    assert not any("other's" in text for key, text in made.items() if key not in kept)
    session = sold(made)
    assert session.modules == ("3",)
    assert set(session.emails) <= {BUYER.email, "other@example.test"}
