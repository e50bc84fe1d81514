"""Fault injection, seen through the real library."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import stripe

from iahome_fix.sandbox.stripe import StripeStandIn, StripeState, Trouble
from tests.sandbox.stripe_support import COMPLETED, Bench, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running() as bench:
        yield bench


def test_rate_limit_counts_down_and_is_not_retried_unasked(bench: Bench) -> None:
    client = bench.client(retries=2)
    bench.state.trouble.rate_limit_next = 2
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            client.v1.balance.retrieve()
    assert client.v1.balance.retrieve().livemode is True
    assert len(bench.server.requests) == 3


def test_the_header_makes_the_library_retry(bench: Bench) -> None:
    client = bench.client(retries=1)
    bench.state.trouble = Trouble(rate_limit_next=1, should_retry_header=True)
    assert client.v1.balance.retrieve().livemode is True
    assert len(bench.server.requests) == 2


def test_the_header_can_forbid_a_retry(bench: Bench) -> None:
    client = bench.client(retries=2)
    bench.state.trouble = Trouble(fail_next_with=500, should_retry_header=False)
    with pytest.raises(stripe.APIError):
        client.v1.balance.retrieve()
    assert len(bench.server.requests) == 1


def test_a_failure_is_over_after_its_calls(bench: Bench) -> None:
    client = bench.client()
    bench.state.trouble = Trouble(fail_next_with=503, fail_next_times=2)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            client.v1.balance.retrieve()
        assert (failed.value.http_status, error_of(failed.value)["type"]) == (503, "api_error")
    assert client.v1.balance.retrieve().livemode is True


def test_a_failed_creation_made_nothing_and_can_be_repeated(bench: Bench) -> None:
    bench.state.trouble.fail_next_with = 500
    made = bench.client(retries=1).v1.webhook_endpoints.create(
        {"url": "https://example.test", "enabled_events": ["*"]}
    )
    assert list(bench.state.endpoints) == [made.id]
    assert len(bench.server.requests) == 2


def test_a_failure_in_the_middle_of_a_list(bench: Bench) -> None:
    for _ in range(25):
        bench.state.add_session()
    client = bench.client()
    bench.state.trouble.fail_after_pages = 2
    for _ in range(2):  # each list starts to count anew
        seen: list[str] = []
        with pytest.raises(stripe.APIError):
            seen.extend(session.id for session in client.v1.checkout.sessions.list().auto_paging_iter())
        assert len(set(seen)) == 20
    assert [("starting_after" in request.params) for request in bench.server.requests] == [
        False,
        True,
        True,
    ] * 2
    client.v1.balance.retrieve()
    bench.state.trouble.fail_after_pages = None
    assert len(list(client.v1.checkout.sessions.list().auto_paging_iter())) == 25


def test_a_failure_in_the_middle_of_a_v2_list(bench: Bench) -> None:
    for number in range(5):
        bench.state.add_endpoint(url=f"https://example.test/{number}", enabled_events=["*"])
    bench.state.trouble.fail_after_pages = 1
    listed = bench.client().v2.core.event_destinations.list({"limit": 3})
    with pytest.raises(stripe.APIError):
        list(listed.auto_paging_iter())


def test_no_answer(bench: Bench) -> None:
    bench.state.trouble.hang_seconds = 5
    started = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        bench.client(timeout=0.2).v1.balance.retrieve()
    assert time.monotonic() - started < 3


def test_a_connection_closed_without_an_answer(bench: Bench) -> None:
    bench.state.trouble.hang_seconds = 0.05
    with pytest.raises(stripe.APIConnectionError):
        bench.client().v1.balance.retrieve()


def test_latency(bench: Bench) -> None:
    client = bench.client()
    bench.state.trouble.latency = 0.2
    started = time.monotonic()
    assert client.v1.balance.retrieve().livemode is True
    assert time.monotonic() - started >= 0.2


def test_leaving_wakes_those_that_wait() -> None:
    state = StripeState()
    state.trouble.hang_seconds = 60
    key = state.add_key()
    refused: list[Exception] = []

    def ask(client: stripe.StripeClient) -> None:
        try:
            client.v1.balance.retrieve()
        except stripe.APIConnectionError as error:
            refused.append(error)

    with StripeStandIn(state) as server:
        client = stripe.StripeClient(key, base_addresses={"api": server.url})
        asking = threading.Thread(target=ask, args=(client,))
        asking.start()
        while not server.requests:
            time.sleep(0.01)
        started = time.monotonic()
    asking.join(timeout=5)
    assert time.monotonic() - started < 5
    assert len(refused) == 1


def test_a_stopped_stand_in_does_not_answer() -> None:
    with StripeStandIn(StripeState()) as server:
        client = stripe.StripeClient("sk_" + "test_x", base_addresses={"api": server.url})
        with pytest.raises(stripe.AuthenticationError):
            client.v1.balance.retrieve()
    server.stop()
    with pytest.raises(stripe.APIConnectionError):
        client.v1.balance.retrieve()


@pytest.mark.parametrize("status", [0, 502])
def test_a_web_page_instead_of_an_answer(bench: Bench, status: int) -> None:
    bench.checked = False
    bench.state.trouble = Trouble(html_body=True, fail_next_with=status)
    with pytest.raises(stripe.APIError, match="Invalid response body") as odd:
        bench.client().v1.balance.retrieve()
    assert odd.value.http_status == (status or 200)


def test_every_nullable_field_can_be_null(bench: Bench) -> None:
    session = bench.state.add_session()
    bench.state.add_event(type=COMPLETED, object_id=session["id"])
    bench.state.add_endpoint(url="https://example.test", enabled_events=["*"], api_version="2025-06-30.basil")
    charge = bench.state.charge_of(session["id"])
    bench.state.trouble.null_fields = True
    client = bench.client()
    shown = client.v1.checkout.sessions.list({"expand": ["data.payment_intent"]}).data[0]
    for name in ("status", "metadata", "amount_total", "currency", "customer_details", "payment_intent"):
        assert shown[name] is None
    assert (shown.id, shown.payment_status) == (session["id"], "paid")
    assert client.v1.payment_intents.retrieve(session["payment_intent"]).latest_charge is None
    assert client.v1.charges.retrieve(charge["id"]).payment_intent is None
    assert client.v1.webhook_endpoints.list().data[0].api_version is None
    assert client.v1.events.list().data[0].request is None
    client.v1.accounts.retrieve_current()
    assert client.v2.core.event_destinations.list().data[0].livemode is True
    bench.state.trouble.null_fields = False
    assert client.v1.checkout.sessions.retrieve(session["id"]).status == "complete"


def test_fields_and_values_of_the_future(bench: Bench) -> None:
    bench.checked = False
    session = bench.state.add_session()
    bench.state.add_endpoint(url="https://example.test", enabled_events=[COMPLETED])
    bench.state.trouble.unknown_fields = True
    client = bench.client()
    shown = client.v1.checkout.sessions.list({"expand": ["data.payment_intent"]}).data[0].to_dict()
    assert shown["future_setting"]["enabled"] is True
    assert shown["payment_intent"]["future_setting"]["enabled"] is True
    assert shown["ui_mode"] not in ("hosted_page", None)
    assert (shown["status"], shown["payment_status"]) == ("complete", "paid")
    events = client.v1.webhook_endpoints.list().data[0].enabled_events
    assert events[0] == COMPLETED
    assert len(events) == 2
    assert client.v2.core.event_destinations.list().data[0].type == "carrier_pigeon"
    assert "future_setting" not in session
