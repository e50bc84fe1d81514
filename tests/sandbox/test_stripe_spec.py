"""The stand-in's objects, names and errors against Stripe's OpenAPI file and its samples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from iahome_fix.sandbox.stripe.api_webhooks import event_types
from iahome_fix.sandbox.stripe.nullable import NULLABLE
from tests.sandbox import openapi
from tests.sandbox.stripe_support import COMPLETED, Bench, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not openapi.SPEC.exists(), reason=openapi.ABSENT)

# Fields that Stripe leaves out of a plain answer: only on request, or only for accounts of another kind.
LEFT_OUT = {
    "webhook_endpoint": {"secret"},
    "event": {"account"},
    "checkout.session": {"line_items"},
    "payment_intent": set(),
    "charge": {"refunds", "transfer"},
    "balance": {"connect_reserved", "instant_available", "issuing"},
    "account": {"company", "individual"},
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
    answers: list[stripe.StripeObject] = [
        client.checkout.sessions.retrieve(session["id"]),
        client.events.retrieve(event["id"]),
        client.webhook_endpoints.retrieve(endpoint.id),
        client.balance.retrieve(),
        client.accounts.retrieve_current(),
        intent,
        client.charges.retrieve(str(intent.latest_charge)),
    ]
    return {answer["object"]: answer.to_dict() for answer in answers}


def test_objects_have_every_field(bench: Bench) -> None:
    found = objects(bench)
    assert found.keys() == LEFT_OUT.keys()
    for kind, fields in found.items():
        assert fields.keys() == openapi.properties(kind).keys() - LEFT_OUT[kind], kind


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_nullable_fields_are_those_of_the_file(kind: str) -> None:
    nullable = {name for name, schema in openapi.properties(kind).items() if schema.get("nullable")}
    assert set(NULLABLE[kind]) == nullable


def test_event_types_are_those_of_the_file() -> None:
    body = openapi.spec()["paths"]["/v1/webhook_endpoints"]["post"]["requestBody"]["content"]
    schema = body["application/x-www-form-urlencoded"]["schema"]["properties"]["enabled_events"]
    assert event_types() | {"*"} == set(schema["items"]["enum"])


def test_the_check_itself_finds_a_wrong_answer() -> None:
    sample = openapi.fixtures()["derived"]["checkout.session paid"]
    assert openapi.object_problems("checkout.session", sample) == []
    assert openapi.object_problems("checkout.session", {**sample, "status": None}) == []
    assert openapi.object_problems("checkout.session", {**sample, "created": None})
    assert openapi.object_problems("checkout.session", {**sample, "status": "done"})
    assert openapi.problems("get", "/v1/events", 200, {"object": "list", "url": "/v1/events", "data": []})
    assert openapi.problems("get", "/v1/events", 403, {"error": "text"})


def comparable(error: dict[str, Any]) -> dict[str, Any]:
    """Keys may be of any length, and the samples shorten two messages."""
    message = re.sub(r"\*+", "*", error["message"]).replace(" (message shortened)", "")
    return {**error, "message": message}


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = openapi.fixtures()["errors"][name]["body"]["error"]
    return comparable(found)


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
