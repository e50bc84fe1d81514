"""Keys: ways to send them, modes, permissions, and what each refusal says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import stripe

from iahome_fix.sandbox.stripe import ApiKey
from iahome_fix.sandbox.stripe.keys import PERMISSIONS, shortened, starred
from tests.sandbox.stripe_support import Bench, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running() as bench:
        yield bench


@dataclass(frozen=True)
class Operation:
    """A call on an id that does not exist, and the permissions that it needs."""

    method: str
    path: str
    permissions: tuple[str, ...]


OPERATIONS = [
    Operation("get", "/v1/webhook_endpoints", ("webhook_read",)),
    Operation("get", "/v1/webhook_endpoints/we_x", ("webhook_read",)),
    Operation("post", "/v1/webhook_endpoints", ("webhook_write",)),
    Operation("post", "/v1/webhook_endpoints/we_x", ("webhook_write",)),
    Operation("delete", "/v1/webhook_endpoints/we_x", ("webhook_write",)),
    Operation("get", "/v2/core/event_destinations", ("webhook_read",)),
    Operation("get", "/v1/events", ("event_read",)),
    Operation("get", "/v1/events/evt_x", ("event_read",)),
    Operation("post", "/v1/events/evt_x/retry", ("webhook_write",)),
    Operation("get", "/v1/checkout/sessions", ("checkout_session_read",)),
    Operation("get", "/v1/checkout/sessions/cs_x", ("checkout_session_read",)),
    Operation(
        "get",
        "/v1/checkout/sessions?expand[0]=data.payment_intent",
        ("checkout_session_read", "payment_intent_read"),
    ),
    Operation(
        "get",
        "/v1/checkout/sessions?expand[0]=data.payment_intent.latest_charge",
        ("checkout_session_read", "payment_intent_read", "charge_read"),
    ),
    Operation("get", "/v1/payment_intents/pi_x", ("payment_intent_read",)),
    Operation("get", "/v1/charges/ch_x", ("charge_read",)),
    Operation("get", "/v1/balance", ("balance_read",)),
    Operation("get", "/v1/account", ("connected_account_read",)),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_each_operation_needs_its_permissions_before_anything_else(
    bench: Bench, operation: Operation
) -> None:
    for missing in operation.permissions:
        key = bench.state.add_key("live", "restricted", PERMISSIONS.keys() - {missing, _write(missing)})
        with pytest.raises(stripe.PermissionError) as refused:
            bench.client(key).raw_request(operation.method, operation.path)
        error = error_of(refused.value)
        assert re.findall(r"\('(\w+)'\) permissions on this key", error["message"]) == [missing]
        assert "code" not in error
        assert key not in error["message"]
        assert key[-4:] in error["message"]
    key = bench.state.add_key("live", "restricted", operation.permissions)
    try:
        bench.client(key).raw_request(operation.method, operation.path)
    except stripe.InvalidRequestError as allowed:  # an id that does not exist, or nothing to create
        assert allowed.code in ("resource_missing", "parameter_missing")


def _write(permission: str) -> str:
    return permission.replace("_read", "_write")


def test_write_includes_read_and_read_does_not_include_write(bench: Bench) -> None:
    writer = bench.client(bench.state.add_key("live", "restricted", {"webhook_write"})).v1
    assert writer.webhook_endpoints.list().data == []
    reader = bench.client(bench.state.add_key("live", "restricted", {"rak_webhook_read"})).v1
    assert reader.webhook_endpoints.list().data == []
    with pytest.raises(stripe.PermissionError, match="webhook_write"):
        reader.webhook_endpoints.create({"url": "https://example.test", "enabled_events": ["*"]})


def test_expansion_of_one_object_needs_the_permission_too(bench: Bench) -> None:
    session = bench.state.add_session()
    key = bench.state.add_key("live", "restricted", {"checkout_session_read", "payment_intent_read"})
    sessions = bench.client(key).v1.checkout.sessions
    assert sessions.retrieve(session["id"], {"expand": ["payment_intent"]}).id == session["id"]
    with pytest.raises(stripe.PermissionError, match="charge_read"):
        sessions.retrieve(session["id"], {"expand": ["payment_intent.latest_charge"]})


def test_an_unlimited_restricted_key(bench: Bench) -> None:
    key = bench.state.add_key("live", "restricted")
    assert key.startswith("rk_live_")
    assert bench.client(key).v1.balance.retrieve().livemode is True


def test_a_publishable_key(bench: Bench) -> None:
    key = bench.state.add_key("live", "publishable")
    assert key.startswith("pk_live_")
    with pytest.raises(stripe.PermissionError, match="publishable API key") as refused:
        bench.client(key).v1.balance.retrieve()
    assert error_of(refused.value)["code"] == "secret_key_required"


def test_ways_to_send_the_key(bench: Bench) -> None:
    key = bench.state.add_key()
    assert bench.raw("GET", "/v1/balance", auth=(key, "")).status_code == 200
    assert bench.bearer("GET", "/v1/balance", key).status_code == 200
    for header in (None, "", "Bearer", "Basic !", f"Token {key}", key):
        answer = bench.raw("GET", "/v1/balance", headers={} if header is None else {"Authorization": header})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert answer.json()["error"]["message"].startswith("You did not provide an API key.")


def test_wrong_expired_and_revoked_keys(bench: Bench) -> None:
    key = bench.state.add_key()
    client = bench.client(key)
    client.v1.balance.retrieve()
    bench.state.trouble.revoke = True
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided: sk_live_") as revoked:
        client.v1.balance.retrieve()
    assert key not in str(revoked.value)
    bench.state.trouble.revoke = False
    bench.state.expire_key(key)
    with pytest.raises(stripe.AuthenticationError, match="Expired API Key provided: sk_live_") as expired:
        client.v1.balance.retrieve()
    assert error_of(expired.value)["code"] == "api_key_expired"


def test_each_mode_has_its_own_objects(bench: Bench) -> None:
    session = bench.state.add_session()
    event = bench.state.add_event(object_id=session["id"])
    endpoint = bench.state.add_endpoint(url="https://example.test", enabled_events=["*"])
    intent = bench.state.payment_intents[session["payment_intent"]]
    test = bench.client(bench.state.add_key("test"))
    assert test.v1.checkout.sessions.list().data == []
    assert test.v1.events.list().data == []
    assert test.v1.webhook_endpoints.list().data == []
    assert test.v2.core.event_destinations.list().data == []
    for path in (
        f"/v1/checkout/sessions/{session['id']}",
        f"/v1/events/{event['id']}",
        f"/v1/webhook_endpoints/{endpoint.id}",
        f"/v1/payment_intents/{intent['id']}",
        f"/v1/charges/{intent['latest_charge']}",
    ):
        with pytest.raises(
            stripe.InvalidRequestError, match=r"^Request req_.*No such .*exists in live mode"
        ) as gone:
            test.raw_request("get", path)
        assert (gone.value.http_status, gone.value.code) == (404, "resource_missing")
        bench.client().raw_request("get", path)


def test_another_account_is_refused(bench: Bench) -> None:
    key = bench.state.add_key()
    assert bench.client(key, account="acct_1").v1.balance.retrieve().livemode is True
    with pytest.raises(stripe.PermissionError, match="does not have access to account 'acct_2'"):
        bench.client(key, account="acct_2").v1.balance.retrieve()


@pytest.mark.parametrize(
    ("mode", "kind", "permission"),
    [("real", "secret", None), ("live", "private", None), ("live", "restricted", "sessions")],
)
def test_keys_that_cannot_be_made(bench: Bench, mode: str, kind: str, permission: str | None) -> None:
    with pytest.raises(ValueError, match="no such"):
        bench.state.add_key(mode, kind, None if permission is None else {permission})


def test_a_key_is_never_shown_whole(bench: Bench) -> None:
    value = bench.state.add_key("test")
    assert value not in repr(bench.state.keys[value])
    assert isinstance(bench.state.keys[value], ApiKey)
    assert starred(value) == f"sk_test_{'*' * 28}{value[-4:]}"
    assert shortened(value) == f"sk_test_...{value[-4:]}"
    assert starred("secret") == "******"
