"""The stand-in's objects, names and errors against the types of the `stripe` package and real errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from iahome_fix.sandbox.stripe.api_webhooks import event_types
from iahome_fix.systems.stripe_nullable import NULLABLE
from tests.sandbox import stripe_types
from tests.sandbox.stripe_support import COMPLETED, Bench, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

# Fields that Stripe leaves out of a plain answer: only on request, or only for accounts of another kind.
LEFT_OUT = {
    "webhook_endpoint": {"secret", "deleted"},
    "event": {"account"},
    "checkout.session": {"line_items"},
    "payment_intent": set(),
    "charge": {"refunds", "transfer"},
    "invoice": {"confirmation_secret", "deleted", "payments"},
    "invoice_payment": set(),
    "balance": {"connect_reserved", "instant_available", "issuing"},
    "account": {"company", "individual", "deleted"},
}


_DOCS = "https://stripe.com/docs/error-codes/"
# Errors as Stripe sends them (all of type invalid_request_error); two messages are shortened.
ERRORS = {
    "invalid key": {"message": "Invalid API Key provided: " + "sk_" + "test_************0000"},
    "expired key": {
        "code": "api_key_expired",
        "doc_url": _DOCS + "api-key-expired",
        "message": "Expired API Key provided: " + "rk_" + "test_***123",
    },
    "no key": {"message": "You did not provide an API key. (message shortened)"},
    "missing permission (wording seen 2026-09)": {
        "message": "The provided key '" + "rk_" + "live_...tdxQ' does not have the required permissions for"
        " this endpoint on account 'acct_123'. Enabling Webhook Endpoints, Event Destinations Read"
        " ('webhook_read') permissions on this key would allow this request to continue."
    },
    "resource missing": {
        "code": "resource_missing",
        "doc_url": _DOCS + "resource-missing",
        "message": "No such checkout.session: 'cs_test_x'",
        "param": "session",
    },
    "event older than 30 days": {
        "code": "resource_missing",
        "doc_url": _DOCS + "resource-missing",
        "message": "No such notification: 'evt_x'",
        "param": "id",
    },
    "endpoint limit": {"message": "You have reached the maximum of 16 test webhook endpoints."},
    "rate limited": {"message": "Request rate limit exceeded. (message shortened)", "code": "rate_limit"},
}


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running() as bench:
        yield bench


def objects(bench: Bench) -> dict[str, dict[str, Any]]:
    """One object of each kind, as the API shows it."""
    session = bench.state.add_session()
    event = bench.state.add_event(type=COMPLETED, object_id=session["id"])
    endpoint = bench.state.add_endpoint(url="https://example.test/hook", enabled_events=[COMPLETED])
    client = bench.client().v1
    intent = client.payment_intents.retrieve(session["payment_intent"])
    subscribed = bench.state.subscribe()
    answers: list[stripe.StripeObject] = [
        client.checkout.sessions.retrieve(session["id"]),
        client.events.retrieve(event["id"]),
        client.webhook_endpoints.retrieve(endpoint.id),
        client.balance.retrieve(),
        client.accounts.retrieve_current(),
        intent,
        client.charges.retrieve(str(intent.latest_charge)),
        client.invoices.retrieve(subscribed["invoice"]),
        client.invoice_payments.list().data[0],
    ]
    return {answer["object"]: answer.to_dict() for answer in answers}


def test_objects_have_every_field(bench: Bench) -> None:
    found = objects(bench)
    assert found.keys() == LEFT_OUT.keys()
    for kind, fields in found.items():
        assert fields.keys() == stripe_types.fields(stripe_types.class_of(kind)).keys() - LEFT_OUT[kind], kind


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_only_fields_that_may_be_null_are_null(kind: str) -> None:
    """The package says of a field that it may be absent or null, not which of both."""
    hints = stripe_types.fields(stripe_types.class_of(kind))
    assert set(NULLABLE[kind]) <= {name for name, hint in hints.items() if stripe_types.may_be_absent(hint)}


def test_event_types_are_those_of_the_package() -> None:
    assert event_types() | {"*"} == stripe_types.event_types()


def test_the_check_itself_finds_a_wrong_answer(bench: Bench) -> None:
    sample = objects(bench)["checkout.session"]
    page = {"object": "list", "url": "/v1/checkout/sessions", "has_more": False, "data": [sample]}

    def found(**changes: Any) -> list[str]:
        changed = {"data": [{**sample, **changes}]}
        return stripe_types.problems("get", "/v1/checkout/sessions", 200, page | changed)

    assert found() == found(status=None) == found(customer="cus_1") == []
    wrong: tuple[dict[str, Any], ...] = (
        {"created": None},
        {"created": "today"},
        {"livemode": 1},
        {"status": "done"},
        {"customer": {"id": "cus_1", "object": "customer"}},
        {"metadata": []},
        {"custom_fields": [{}]},
        {"line_items": {"data": []}},
        {"payment_method_types": "card"},
        {"no_such_field": 1},
    )
    for changes in wrong:
        assert found(**changes), changes
    assert stripe_types.object_problems("checkout.session", {"id": "cs_1"})
    del page["has_more"]
    assert found()
    assert stripe_types.problems("get", "/v1/events", 403, {"error": "text"})
    with pytest.raises(LookupError):
        stripe_types.problems("get", "/v1/elsewhere", 200, {})


def comparable(error: dict[str, Any]) -> dict[str, Any]:
    """Keys may be of any length, and the samples shorten two messages."""
    message = re.sub(r"\*+", "*", error["message"]).replace(" (message shortened)", "")
    return {**error, "message": message}


def sample(name: str) -> dict[str, Any]:
    return comparable({"type": "invalid_request_error", **ERRORS[name]})


def ending(key: str, last: str) -> str:
    """A key that ends as the one in a sample does."""
    return key[: -len(last)] + last


def test_errors_about_keys_are_those_of_the_samples(bench: Bench) -> None:
    refused = bench.client(ending(bench.state.add_key("test"), "0000"))
    with pytest.raises(stripe.AuthenticationError) as wrong:
        refused.v1.balance.retrieve()
    assert comparable(error_of(wrong.value)) == sample("invalid key")

    expired = bench.state.add_key("test", "restricted", expired=True)
    with pytest.raises(stripe.AuthenticationError) as late:
        bench.client(expired).v1.balance.retrieve()
    shown = sample("expired key")["message"].replace("*123", f"*{expired[-4:]}")
    assert comparable(error_of(late.value)) == {**sample("expired key"), "message": shown}

    answer = bench.raw("GET", "/v1/balance")
    assert answer.status_code == 401
    assert answer.json()["error"].keys() == sample("no key").keys()
    assert answer.json()["error"]["message"].startswith(sample("no key")["message"])


def test_error_about_a_permission_is_that_of_the_sample(bench: Bench) -> None:
    key = bench.state.add_key("live", "restricted", set())
    with pytest.raises(stripe.PermissionError) as refused:
        bench.client(key).v1.webhook_endpoints.list()
    expected = sample("missing permission (wording seen 2026-09)")
    expected["message"] = (
        expected["message"].replace("acct_123", "acct_1").replace("...tdxQ", f"...{key[-4:]}")
    )
    error = error_of(refused.value)
    assert error.keys() == expected.keys()
    assert error["type"] == expected["type"]
    assert error["message"].startswith(expected["message"])
    assert "https://dashboard.stripe.com/" in error["message"].removeprefix(expected["message"])


def test_errors_about_resources_are_those_of_the_samples(bench: Bench) -> None:
    client = bench.client(bench.state.add_key("test"))
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.checkout.sessions.retrieve("cs_test_x")
    assert comparable(error_of(missing.value)) == sample("resource missing")

    with pytest.raises(stripe.InvalidRequestError) as old:
        client.raw_request("post", "/v1/events/evt_x/retry", webhook_endpoint="we_x")
    assert comparable(error_of(old.value)) == sample("event older than 30 days")

    for number in range(16):
        bench.state.add_endpoint(url=f"https://example.test/{number}", enabled_events=["*"], livemode=False)
    with pytest.raises(stripe.InvalidRequestError) as full:
        client.v1.webhook_endpoints.create({"url": "https://example.test/17", "enabled_events": ["*"]})
    assert comparable(error_of(full.value)) == sample("endpoint limit")


def test_rate_limit_error_is_that_of_the_sample(bench: Bench) -> None:
    client = bench.client()
    bench.state.trouble.rate_limit_next = 1
    with pytest.raises(stripe.RateLimitError) as refused:
        client.v1.balance.retrieve()
    error = error_of(refused.value)
    expected = sample("rate limited")
    assert {**error, "message": ""} == {**expected, "message": ""}
    assert error["message"].startswith(expected["message"])
    assert refused.value.headers is not None
    assert refused.value.headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
