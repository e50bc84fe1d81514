"""Events: the list, its filters and its 30 days; signed deliveries; the retry call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from iahome_fix.sandbox.stripe import signature
from tests.sandbox.stripe_support import COMPLETED, Bench, Receiver, receiving, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

DAY = 86_400


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running() as bench:
        yield bench


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def url(receiver: Receiver) -> Iterator[str]:
    with receiving(receiver) as url:
        yield url


def listed(bench: Bench, **query: Any) -> set[str]:
    answer = bench.client().raw_request("get", "/v1/events", **query)
    return {event["id"] for event in answer.data["data"]}


def retry(bench: Bench, event_id: str, **form: Any) -> dict[str, Any]:
    answer = bench.client().raw_request("post", f"/v1/events/{event_id}/retry", **form)
    return dict(answer.data)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"completed", "late", "refunded", "odd"}),
        ({"type": COMPLETED}, {"completed", "odd"}),
        ({"type": "checkout.session.*"}, {"completed", "late", "odd"}),
        ({"type": "*"}, {"completed", "late", "refunded", "odd"}),
        ({"type": "checkout.session"}, set()),
        ({"types": [COMPLETED, "charge.refunded"]}, {"completed", "refunded", "odd"}),
        ({"types": ["charge.*"]}, {"refunded"}),
        ({"delivery_success": "false"}, {"late", "odd"}),
        ({"delivery_success": "true"}, {"completed", "refunded"}),
        ({"delivery_success": "false", "type": COMPLETED}, {"odd"}),
    ],
)
def test_filters(bench: Bench, query: dict[str, Any], expected: set[str]) -> None:
    session = bench.state.add_session()
    charge = bench.state.charge_of(session["id"])
    succeeded = "checkout.session.async_payment_succeeded"
    bench.state.add_event(id="completed", type=COMPLETED, object_id=session["id"])
    bench.state.add_event(id="late", type=succeeded, object_id=session["id"], pending_webhooks=2)
    bench.state.add_event(id="refunded", type="charge.refunded", object_id=charge["id"])
    bench.state.add_event(id="odd", object_id=session["id"], delivery_success=False)
    bench.state.add_event(id="other mode", object_id=session["id"], livemode=False)
    assert listed(bench, **query) == expected


def test_the_filter_on_created(bench: Bench) -> None:
    now = int(time.time())
    session = bench.state.add_session()
    for name, age in (("new", 60), ("older", 2 * DAY)):
        bench.state.add_event(id=name, object_id=session["id"], created=now - age)
    assert listed(bench, created={"gte": now - DAY}) == {"new"}
    assert listed(bench, created={"lt": now - DAY}) == {"older"}
    assert listed(bench, created=now - 60) == {"new"}


@pytest.mark.parametrize(
    "query",
    ["type=a&types[0]=b", "delivery_success=maybe", "&".join(f"types[{n}]=a" for n in range(21)), "types=a"],
)
def test_bad_parameters(bench: Bench, query: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.client().raw_request("get", f"/v1/events?{query}")
    assert refused.value.http_status == 400


def test_events_are_gone_after_thirty_days(bench: Bench) -> None:
    now = time.time()
    endpoint = bench.state.add_endpoint(url="https://example.test", enabled_events=["*"])
    session = bench.state.add_session(created=now - 31 * DAY)
    bench.state.add_event(id="evt_old", object_id=session["id"], created=now - 30 * DAY - 60)
    bench.state.add_event(id="evt_young", object_id=session["id"], created=now - 30 * DAY + 60)
    assert listed(bench) == {"evt_young"}
    with pytest.raises(stripe.InvalidRequestError, match="No such event: 'evt_old'"):
        bench.client().v1.events.retrieve("evt_old")
    with pytest.raises(stripe.InvalidRequestError, match="No such notification: 'evt_old'") as old:
        retry(bench, "evt_old", webhook_endpoint=endpoint.id)
    assert old.value.http_status == 404


def test_an_event_keeps_the_object_as_it_was(bench: Bench) -> None:
    session = bench.state.add_session(payment_status="unpaid")
    event = bench.state.add_event(object_id=session["id"], object_overrides={"client_reference_id": "user-1"})
    bench.state.settle(session["id"])
    found = bench.client().v1.events.retrieve(event["id"]).data.object
    assert (found["payment_status"], found["client_reference_id"]) == ("unpaid", "user-1")
    with pytest.raises(KeyError):
        bench.state.add_event(object_id="cs_nowhere")


def test_a_checkout_reaches_every_subscribed_endpoint_of_its_mode(
    bench: Bench, receiver: Receiver, url: str
) -> None:
    add = bench.state.add_endpoint
    right = add(url=url, enabled_events=[COMPLETED], api_version="2025-06-30.basil")
    receiver.secret = right.secret
    add(url=url, enabled_events=["charge.succeeded"])
    add(url=url, enabled_events=[COMPLETED], status="disabled")
    add(url=url, enabled_events=[COMPLETED], livemode=False)
    session, event = bench.state.complete_checkout(
        metadata={"items_ids": "15"}, customer_email="zoé@example.test"
    )
    assert [received.id for received in receiver.events] == [event["id"]]
    received = receiver.events[0]
    assert (received.type, received.livemode, received.api_version) == (COMPLETED, True, "2025-06-30.basil")
    assert received.data.object["id"] == session["id"]
    assert received.data.object["customer_details"]["email"] == "zoé@example.test"
    delivery = bench.state.deliveries[-1]
    assert (delivery.event_id, delivery.endpoint_id) == (event["id"], right.id)
    assert (delivery.url, delivery.status_code, delivery.delivered) == (url, 200, True)
    assert len(bench.state.deliveries) == 1
    assert bench.client().v1.events.retrieve(event["id"]).pending_webhooks == 0


def test_other_events_go_the_same_way(bench: Bench, receiver: Receiver, url: str) -> None:
    receiver.secret = bench.state.add_endpoint(
        url=url, enabled_events=["refund.created", "charge.dispute.created"], livemode=False
    ).secret
    session = bench.state.add_session(livemode=False)
    bench.state.emit("refund.created", bench.state.refund(session["id"], 90)["id"])
    bench.state.emit("charge.dispute.created", bench.state.dispute(session["id"])["id"])
    assert [event.data.object["object"] for event in receiver.events] == ["refund", "dispute"]
    assert {event.data.object["payment_intent"] for event in receiver.events} == {session["payment_intent"]}


def test_a_wildcard_endpoint_gets_it_too(bench: Bench, receiver: Receiver, url: str) -> None:
    receiver.secret = bench.state.add_endpoint(url=url, enabled_events=["*"]).secret
    bench.state.complete_checkout()
    assert len(receiver.events) == 1


@pytest.mark.parametrize(("status", "headers"), [(500, {}), (308, {"Location": "/elsewhere"}), (404, {})])
def test_only_2xx_is_delivered_and_redirects_are_not_followed(
    bench: Bench, receiver: Receiver, url: str, status: int, headers: dict[str, str]
) -> None:
    receiver.status, receiver.headers = status, headers
    receiver.secret = bench.state.add_endpoint(url=url, enabled_events=[COMPLETED]).secret
    _, event = bench.state.complete_checkout()
    assert bench.state.deliveries[-1].status_code == status
    assert len(receiver.requests) == 1
    assert event["pending_webhooks"] == 1
    assert listed(bench, delivery_success="false") == {event["id"]}


def test_no_answer_and_no_other_machine(bench: Bench) -> None:
    gone = Receiver()
    with receiving(gone) as closed:
        pass
    for url in (closed, "https://example.test/hook", "http://192.0.2.1/hook", "http://127.0.0.1:port/"):
        bench.state.add_endpoint(url=url, enabled_events=[COMPLETED])
    started = time.monotonic()
    _, event = bench.state.complete_checkout()
    assert time.monotonic() - started < 2
    assert [delivery.status_code for delivery in bench.state.deliveries] == [None] * 4
    assert event["pending_webhooks"] == 4


def test_a_wrong_secret_is_refused_by_the_receiver(bench: Bench, receiver: Receiver, url: str) -> None:
    bench.state.add_endpoint(url=url, enabled_events=[COMPLETED])
    receiver.secret = bench.state.add_endpoint(url="https://example.test", enabled_events=["*"]).secret
    bench.state.complete_checkout()
    assert receiver.events == []
    assert 400 in [delivery.status_code for delivery in bench.state.deliveries]


def test_a_rolled_secret_goes_on_signing(bench: Bench, receiver: Receiver, url: str) -> None:
    endpoint = bench.state.add_endpoint(url=url, enabled_events=[COMPLETED], livemode=False)
    receiver.secret = endpoint.secret
    new = bench.state.roll_secret(endpoint.id)
    bench.state.complete_checkout(livemode=False)
    receiver.secret = new
    bench.state.complete_checkout(livemode=False)
    assert len(receiver.events) == 2
    schemes = [part.split("=")[0] for part in receiver.requests[0].headers["stripe-signature"].split(",")]
    assert schemes == ["t", "v1", "v1", "v0"]
    receiver.secret = endpoint.old_secrets[0]
    bench.state.roll_secret(endpoint.id, keep_old=False)
    bench.state.complete_checkout(livemode=False)
    assert len(receiver.events) == 2


def test_the_receiver_can_ask_the_api_meanwhile(bench: Bench) -> None:
    key = bench.state.add_key()
    answers: list[httpx.Response] = []

    class Asking(Receiver):
        def answer(self, request: Any) -> Any:
            answers.append(bench.bearer("GET", "/v1/checkout/sessions", key))
            return super().answer(request)

    asking = Asking()
    with receiving(asking) as url:
        asking.secret = bench.state.add_endpoint(url=url, enabled_events=[COMPLETED]).secret
        session, _ = bench.state.complete_checkout()
    assert [item["id"] for item in answers[0].json()["data"]] == [session["id"]]
    assert bench.state.deliveries[-1].delivered


def test_retry_sends_again_and_settles_what_was_pending(bench: Bench, receiver: Receiver, url: str) -> None:
    endpoint = bench.state.add_endpoint(url=url, enabled_events=[COMPLETED])
    receiver.secret, receiver.status = endpoint.secret, 503
    _, event = bench.state.complete_checkout()
    assert retry(bench, event["id"], webhook_endpoint=endpoint.id)["pending_webhooks"] == 1
    receiver.status = 200
    assert retry(bench, event["id"], webhook_endpoint=endpoint.id)["pending_webhooks"] == 0
    assert listed(bench, delivery_success="false") == set()
    assert retry(bench, event["id"], webhook_endpoint=endpoint.id)["pending_webhooks"] == 0
    assert [delivery.status_code for delivery in bench.state.deliveries] == [503, 503, 200, 200]
    assert len({received.id for received in receiver.events}) == 1


def test_whom_a_retry_does_not_reach(bench: Bench, receiver: Receiver, url: str) -> None:
    late = bench.state.add_endpoint(url=url, enabled_events=["charge.refunded"])
    off = bench.state.add_endpoint(url=url, enabled_events=[COMPLETED])
    session = bench.state.add_session()
    event = bench.state.add_event(object_id=session["id"], pending_webhooks=1)
    off.status = "disabled"
    bench.client().v1.webhook_endpoints.update(late.id, {"enabled_events": [COMPLETED]})
    for form in ({"webhook_endpoint": late.id}, {"webhook_endpoint": off.id}, {"for_stripecli": "true"}):
        assert retry(bench, event["id"], **form)["pending_webhooks"] == 1
    assert receiver.requests == []
    other_mode = bench.state.add_endpoint(url=url, enabled_events=["*"], livemode=False)
    for unknown in ("we_nowhere", other_mode.id):
        with pytest.raises(stripe.InvalidRequestError, match="No such webhook endpoint"):
            retry(bench, event["id"], webhook_endpoint=unknown)


def test_an_event_can_state_who_was_subscribed(bench: Bench, receiver: Receiver, url: str) -> None:
    endpoint = bench.state.add_endpoint(url=url, enabled_events=[])
    receiver.secret = endpoint.secret
    session = bench.state.add_session()
    event = bench.state.add_event(object_id=session["id"], pending_webhooks=1, subscribed=[endpoint.id])
    assert retry(bench, event["id"], webhook_endpoint=endpoint.id)["pending_webhooks"] == 0


def test_one_retry_under_one_idempotency_key(bench: Bench, receiver: Receiver, url: str) -> None:
    endpoint = bench.state.add_endpoint(url=url, enabled_events=[COMPLETED])
    receiver.secret = endpoint.secret
    session = bench.state.add_session()
    event = bench.state.add_event(object_id=session["id"], pending_webhooks=1)
    for _ in range(2):
        retry(bench, event["id"], webhook_endpoint=endpoint.id, idempotency_key="again")
    assert len(receiver.requests) == 1


def test_the_signature_is_the_one_of_the_library() -> None:
    secret, payload = "whsec_" + "s" * 8, '{"name": "zoé"}'
    theirs = stripe.WebhookSignature.generate_signature_header(payload, secret, timestamp=1_795_000_000)
    assert signature(payload.encode(), [secret], timestamp=1_795_000_000) == theirs
