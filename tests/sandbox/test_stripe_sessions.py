"""Checkout Sessions: their states, filters and expansions, and the payments behind them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.stripe_support import Bench, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = 1_795_000_000


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running() as bench:
        yield bench


def shown(bench: Bench, session: dict[str, Any]) -> stripe.checkout.Session:
    return bench.client().v1.checkout.sessions.retrieve(
        session["id"], {"expand": ["payment_intent.latest_charge"]}
    )


def charge_of(session: stripe.checkout.Session) -> stripe.Charge:
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    return intent.latest_charge


def test_a_paid_session_has_a_succeeded_payment(bench: Bench) -> None:
    moment = datetime(2026, 11, 18, 12, tzinfo=UTC)
    session = shown(
        bench, bench.state.add_session(created=moment, amount_total=1980, customer_email="a@b.test")
    )
    assert (session.status, session.payment_status, session.amount_total) == ("complete", "paid", 1980)
    assert session.created == int(moment.timestamp())
    assert session.id.startswith("cs_live_")
    assert session.url is None
    assert session.customer_details is not None
    assert (session.customer_email, session.customer_details.email) == ("a@b.test", "a@b.test")
    charge = charge_of(session)
    assert (charge.amount, charge.status, charge.paid, charge.refunded) == (1980, "succeeded", True, False)
    assert charge.billing_details.email == "a@b.test"
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    assert (session.payment_intent.status, session.payment_intent.metadata.to_dict()) == ("succeeded", {})


def test_a_delayed_payment_is_processing_until_it_settles(bench: Bench) -> None:
    late = bench.state.add_session(payment_status="unpaid", payment_method_types=["sepa_debit"])
    before = shown(bench, late)
    assert (before.status, before.payment_status) == ("complete", "unpaid")
    assert (charge_of(before).status, charge_of(before).paid) == ("pending", False)
    bench.state.settle(late["id"])
    after = shown(bench, late)
    assert after.payment_status == "paid"
    assert (charge_of(after).status, charge_of(after).paid) == ("succeeded", True)
    assert isinstance(after.payment_intent, stripe.PaymentIntent)
    assert (after.payment_intent.status, after.payment_intent.amount_received) == ("succeeded", 990)


@pytest.mark.parametrize(
    ("arguments", "payment_status"),
    [
        ({"amount_total": 0}, "no_payment_required"),
        ({"payment_status": "no_payment_required", "amount_total": 0}, "no_payment_required"),
        ({"status": "open"}, "unpaid"),
        ({"status": "expired"}, "unpaid"),
        ({"mode": "subscription", "subscription": "sub_1", "invoice": "in_1"}, "paid"),
        ({"mode": "setup", "amount_total": None, "currency": None}, "no_payment_required"),
    ],
)
def test_sessions_without_a_payment_intent(
    bench: Bench, arguments: dict[str, Any], payment_status: str
) -> None:
    session = shown(bench, bench.state.add_session(**arguments))
    assert session.payment_intent is None
    assert session.payment_status == payment_status
    assert (session.url is not None) == (session.status == "open")


def test_missing_e_mail_addresses(bench: Bench) -> None:
    nothing = shown(bench, bench.state.add_session(customer_email=None))
    assert (nothing.customer_email, nothing.customer_details) == (None, None)
    typed = shown(
        bench, bench.state.add_session(customer_email=None, customer_details={"email": "Typed@B.test"})
    )
    assert typed.customer_details is not None
    assert (typed.customer_email, typed.customer_details.email) == (None, "Typed@B.test")
    unfinished = shown(bench, bench.state.add_session(status="open", customer_email="a@b.test"))
    assert (unfinished.customer_email, unfinished.customer_details) == ("a@b.test", None)


def test_refunds_and_disputes_show_on_the_charge_only(bench: Bench) -> None:
    partly = bench.state.add_session(amount_total=1980, refunded=500)
    charge = charge_of(shown(bench, partly))
    assert (charge.amount_refunded, charge.refunded) == (500, False)
    bench.state.refund(partly["id"])
    session = shown(bench, partly)
    charge = charge_of(session)
    assert (charge.amount_refunded, charge.refunded, charge.disputed) == (1980, True, False)
    assert (session.status, session.payment_status) == ("complete", "paid")
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    assert session.payment_intent.status == "succeeded"

    disputed = bench.state.add_session()
    bench.state.dispute(disputed["id"])
    assert charge_of(shown(bench, disputed)).disputed is True
    assert charge_of(shown(bench, bench.state.add_session(disputed=True))).disputed is True


def test_what_cannot_be_refunded(bench: Bench) -> None:
    session = bench.state.add_session(refunded=990)
    with pytest.raises(ValueError, match="cannot refund 1 of 0"):
        bench.state.refund(session["id"], 1)
    with pytest.raises(ValueError, match="nothing was charged"):
        bench.state.add_session(amount_total=0, refunded=1)


def test_values_that_stripe_does_not_have(bench: Bench) -> None:
    with pytest.raises(TypeError, match="payment_state"):
        bench.state.add_session(payment_state="paid")
    with pytest.raises(ValueError, match="done"):
        bench.state.add_session(status="done")


def test_a_change_of_the_stored_session_shows(bench: Bench) -> None:
    session = bench.state.add_session()
    with bench.state.lock:
        session["metadata"] = {"items_ids": "6,13"}
    found = shown(bench, session).metadata
    assert found is not None
    assert found.to_dict() == {"items_ids": "6,13"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "complete"}, {"paid", "later"}),
        ({"status": "open"}, {"open"}),
        ({"status": "expired"}, set()),
        ({"created": NOON}, {"paid"}),
        ({"created": {"gt": NOON}}, {"later", "open"}),
        ({"created": {"gte": NOON}}, {"paid", "later", "open"}),
        ({"created": {"lt": NOON + 10}}, {"paid"}),
        ({"created": {"lte": NOON + 10}}, {"paid", "later"}),
        ({"created": {"gt": NOON, "lte": NOON + 10}}, {"later"}),
        ({"customer_details": {"email": "Buyer+1@Example.test"}}, {"paid"}),
        ({"customer_details": {"email": "buyer+1@example.test"}}, set()),
        ({"customer": "cus_1"}, {"later"}),
        ({"customer_account": "acct_2"}, {"later"}),
        ({"payment_link": "plink_1"}, {"open"}),
        ({"subscription": "sub_1"}, {"later"}),
        ({"payment_intent": "pi_fixed"}, {"open"}),
        ({"status": "complete", "customer": "cus_2"}, set()),
    ],
)
def test_filters(bench: Bench, query: dict[str, Any], expected: set[str]) -> None:
    bench.state.add_session(id="paid", created=NOON, customer_email="Buyer+1@Example.test")
    bench.state.add_session(
        id="later",
        created=NOON + 10,
        customer="cus_1",
        customer_account="acct_2",
        mode="subscription",
        subscription="sub_1",
    )
    bench.state.add_session(
        id="open", created=NOON + 20, status="open", payment_link="plink_1", payment_intent="pi_fixed"
    )
    bench.state.add_session(id="other mode", created=NOON, livemode=False)
    answer = bench.client().raw_request("get", "/v1/checkout/sessions", **query)
    assert {session["id"] for session in answer.data["data"]} == expected


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("payment_status=paid", "payment_status"),
        ("metadata[order]=1", "metadata"),
        ("status=done", "status"),
        ("created[since]=1", "created[since]"),
        ("created[gte]=yesterday", "created[gte]"),
        ("created=", "created"),
        ("customer_details[name]=x", "customer_details[email]"),
        ("customer_details=x", "customer_details"),
        ("customer[id]=x", "customer"),
        ("expand=data.payment_intent", "expand"),
        ("expand[0]=data.payment_intent.latest_charge.payment_intent.latest_charge", "expand"),
    ],
)
def test_bad_parameters(bench: Bench, query: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.client().raw_request("get", f"/v1/checkout/sessions?{query}")
    assert refused.value.http_status == 400
    assert refused.value.param == param


def test_expansion_in_a_list(bench: Bench) -> None:
    bench.state.add_session(refunded=90)
    client = bench.client().v1.checkout.sessions
    plain = client.list().data[0]
    assert isinstance(plain.payment_intent, str)
    half = client.list({"expand": ["data.payment_intent"]}).data[0].payment_intent
    assert isinstance(half, stripe.PaymentIntent)
    assert isinstance(half.latest_charge, str)
    full = client.list({"expand": ["data.payment_intent.latest_charge", "data.customer"]}).data[0]
    assert charge_of(full).amount_refunded == 90


@pytest.mark.parametrize(
    ("path", "wish", "message"),
    [
        (
            "",
            "payment_intent",
            "(payment_intent). You may want to try expanding 'data.payment_intent' instead.",
        ),
        ("", "data", "(data)."),
        ("", "data.metadata", "(metadata)."),
        ("/cs_1", "data.payment_intent", "(data)."),
        ("/cs_1", "payment_intent.metadata", "(metadata)."),
    ],
)
def test_what_cannot_be_expanded(bench: Bench, path: str, wish: str, message: str) -> None:
    bench.state.add_session(id="cs_1")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.client().raw_request("get", f"/v1/checkout/sessions{path}", expand=[wish])
    assert error_of(refused.value)["message"] == f"This property cannot be expanded {message}"


def test_single_payments_and_the_way_back(bench: Bench) -> None:
    bench.checked = False  # the file leaves out this one expansion, as it would be circular
    session = bench.state.add_session()
    client = bench.client().v1
    intent = client.payment_intents.retrieve(session["payment_intent"])
    charge = client.charges.retrieve(str(intent.latest_charge), {"expand": ["payment_intent"]})
    assert isinstance(charge.payment_intent, stripe.PaymentIntent)
    assert charge.payment_intent.id == intent.id


def test_balance_and_account(bench: Bench) -> None:
    bench.state.add_session(amount_total=1000, refunded=300)
    bench.state.add_session(amount_total=500, currency="jpy")
    bench.state.add_session(amount_total=70, payment_status="unpaid")
    bench.state.add_session(amount_total=9, livemode=False)
    live = bench.client().v1.balance.retrieve()
    assert {money.currency: money.amount for money in live.available} == {"eur": 700, "jpy": 500}
    assert live.livemode is True
    test = bench.client(bench.state.add_key("test")).v1
    assert test.balance.retrieve().livemode is False
    account = test.accounts.retrieve_current()
    assert account.id == "acct_1"
    assert "livemode" not in account
