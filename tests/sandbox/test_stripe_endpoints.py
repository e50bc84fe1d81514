"""Webhook endpoints over the v1 API, and the wider list of v2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.stripe_support import COMPLETED, Bench, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://example.test/api/webhooks/stripe"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running() as bench:
        yield bench


def test_only_the_answer_to_create_has_the_secret(bench: Bench) -> None:
    endpoints = bench.client().v1.webhook_endpoints
    made = endpoints.create(
        {
            "url": URL,
            "enabled_events": [COMPLETED, "charge.refunded"],
            "api_version": "2025-06-30.basil",
            "description": "orders",
            "metadata": {"made_by": "test"},
        }
    )
    assert made.secret is not None
    assert made.secret == bench.state.endpoints[made.id].secret
    assert made.secret.startswith("whsec_")
    assert (made.url, made.status, made.livemode) == (URL, "enabled", True)
    assert (made.api_version, made.description) == ("2025-06-30.basil", "orders")
    assert made.metadata.to_dict() == {"made_by": "test"}
    assert "secret" not in endpoints.retrieve(made.id)
    assert "secret" not in endpoints.update(made.id, {"description": "sales"})
    assert "secret" not in endpoints.list().data[0]


def test_update_replaces_the_events_and_leaves_the_rest(bench: Bench) -> None:
    endpoint = bench.state.add_endpoint(
        url=URL,
        enabled_events=["charge.refunded", "charge.succeeded"],
        description="orders",
        metadata={"keep": "1", "drop": "2"},
    )
    endpoints = bench.client().v1.webhook_endpoints
    updated = endpoints.update(endpoint.id, {"enabled_events": [COMPLETED]})
    assert updated.enabled_events == [COMPLETED]
    assert (updated.url, updated.description, updated.status) == (URL, "orders", "enabled")
    updated = endpoints.update(endpoint.id, {"metadata": {"drop": "", "new": "3"}, "description": ""})
    assert updated.metadata.to_dict() == {"keep": "1", "new": "3"}
    assert (updated.description, updated.enabled_events) == (None, [COMPLETED])
    updated = endpoints.update(endpoint.id, {"metadata": ""})
    assert updated.metadata.to_dict() == {}
    assert endpoints.retrieve(endpoint.id).to_dict() == updated.to_dict()


def test_disabled_is_written_and_status_is_read(bench: Bench) -> None:
    endpoint = bench.state.add_endpoint(url=URL, enabled_events=["*"], status="disabled")
    endpoints = bench.client().v1.webhook_endpoints
    assert endpoints.retrieve(endpoint.id).status == "disabled"
    assert endpoints.update(endpoint.id, {"url": URL + "/"}).status == "disabled"
    assert endpoints.update(endpoint.id, {"disabled": False}).status == "enabled"
    assert endpoints.update(endpoint.id, {"disabled": True}).status == "disabled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.client().raw_request("post", f"/v1/webhook_endpoints/{endpoint.id}", status="enabled")
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "status")


def test_delete(bench: Bench) -> None:
    endpoint = bench.state.add_endpoint(url=URL, enabled_events=["*"])
    endpoints = bench.client().v1.webhook_endpoints
    assert endpoints.delete(endpoint.id).deleted is True
    assert endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as gone:
        endpoints.delete(endpoint.id)
    assert (gone.value.http_status, gone.value.code) == (404, "resource_missing")


@pytest.mark.parametrize(
    ("given", "param", "code"),
    [
        ({"enabled_events": ["*"]}, "url", "parameter_missing"),
        ({"url": URL}, "enabled_events", "parameter_missing"),
        ({"url": "", "enabled_events": ["*"]}, "url", "parameter_invalid_empty"),
        ({"url": URL, "enabled_events": ""}, "enabled_events", "parameter_invalid_empty"),
        ({"url": URL, "enabled_events": COMPLETED}, "enabled_events", None),
        ({"url": URL, "enabled_events": [COMPLETED, "checkout.session.done"]}, "enabled_events[1]", None),
        ({"url": "example.test/hook", "enabled_events": ["*"]}, "url", "url_invalid"),
        ({"url": "ftp://example.test/hook", "enabled_events": ["*"]}, "url", "url_invalid"),
        ({"url": "https://[::1/hook", "enabled_events": ["*"]}, "url", "url_invalid"),
        ({"url": "http://example.test/hook", "enabled_events": ["*"]}, "url", None),
        ({"url": URL, "enabled_events": ["*"], "api_version": "latest"}, "api_version", None),
        ({"url": URL, "enabled_events": ["*"], "connect": "maybe"}, "connect", None),
        ({"url": URL, "enabled_events": ["*"], "metadata": {"a": {"b": "c"}}}, "metadata", None),
        ({"url": URL, "enabled_events": ["*"], "disabled": True}, "disabled", "parameter_unknown"),
    ],
)
def test_what_cannot_be_created(bench: Bench, given: dict[str, Any], param: str, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.client().raw_request("post", "/v1/webhook_endpoints", **given)
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)
    assert bench.state.endpoints == {}


def test_a_refused_update_changes_nothing(bench: Bench) -> None:
    endpoint = bench.state.add_endpoint(url=URL, enabled_events=[COMPLETED])
    before = endpoint.as_v1()
    with pytest.raises(stripe.InvalidRequestError, match="must be one of"):
        bench.client().raw_request(
            "post",
            f"/v1/webhook_endpoints/{endpoint.id}",
            url="https://example.test/other",
            description="new",
            disabled="true",
            enabled_events=["no.such.event"],
        )
    assert endpoint.as_v1() == before


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/x", "http://localhost/x", "http://www.localhost:1/x", "http://[::1]/x"]
)
def test_http_is_for_this_machine_and_for_test_mode(bench: Bench, url: str) -> None:
    assert bench.client().v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]}).url == url
    test = bench.client(bench.state.add_key("test")).v1.webhook_endpoints
    assert test.create({"url": "http://example.test", "enabled_events": ["*"]}).livemode is False


def test_sixteen_destinations_per_mode(bench: Bench) -> None:
    for number in range(15):
        bench.state.add_endpoint(url=f"{URL}/{number}", enabled_events=["*"])
    bench.state.add_endpoint(url=URL, enabled_events=["*"], livemode=False)
    endpoints = bench.client().v1.webhook_endpoints
    last = endpoints.create({"url": URL, "enabled_events": ["*"]})
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16 webhook endpoints") as full:
        endpoints.create({"url": URL, "enabled_events": ["*"]})
    assert "code" not in error_of(full.value)
    endpoints.delete(last.id)
    bench.state.add_destination(url=f"{URL}/thin")
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        endpoints.create({"url": URL, "enabled_events": ["*"]})


def test_the_same_idempotency_key_makes_one_endpoint(bench: Bench) -> None:
    endpoints = bench.client().v1.webhook_endpoints
    first = endpoints.create({"url": URL, "enabled_events": ["*"]}, {"idempotency_key": "once"})
    again = endpoints.create({"url": URL, "enabled_events": ["*"]}, {"idempotency_key": "once"})
    assert (again.id, again.secret) == (first.id, first.secret)
    assert len(bench.state.endpoints) == 1
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError, match="once"):
        endpoints.create({"url": URL, "enabled_events": [COMPLETED]}, {"idempotency_key": "once"})
    other_mode = bench.client(bench.state.add_key("test")).v1.webhook_endpoints
    made = other_mode.create({"url": URL, "enabled_events": [COMPLETED]}, {"idempotency_key": "once"})
    assert made.id != first.id


def test_a_refused_call_does_not_use_up_its_idempotency_key(bench: Bench) -> None:
    endpoints = bench.client().v1.webhook_endpoints
    with pytest.raises(stripe.InvalidRequestError):
        endpoints.create({"url": "nowhere", "enabled_events": ["*"]}, {"idempotency_key": "twice"})
    made = endpoints.create({"url": URL, "enabled_events": ["*"]}, {"idempotency_key": "twice"})
    assert made.url == URL


def test_v2_shows_the_v1_endpoints_under_other_ids(bench: Bench) -> None:
    endpoint = bench.state.add_endpoint(url=URL, enabled_events=[COMPLETED], api_version="2025-06-30.basil")
    off = bench.state.add_endpoint(url=URL + "/old", enabled_events=["*"], status="disabled")
    bench.state.add_endpoint(url=URL, enabled_events=["*"], livemode=False)
    client = bench.client()
    made = client.v1.webhook_endpoints.create({"url": URL + "/c", "enabled_events": ["*"], "connect": True})
    listed = client.v2.core.event_destinations.list({"include": ["webhook_endpoint.url"]})
    by_url = {found.webhook_endpoint.url: found for found in listed.data if found.webhook_endpoint}
    assert by_url.keys() == {endpoint.url, off.url, made.url}
    shown = by_url[URL]
    assert shown.id.startswith("ed_")
    assert (shown.event_payload, shown.snapshot_api_version) == ("snapshot", "2025-06-30.basil")
    assert (shown.enabled_events, shown.events_from, shown.status) == ([COMPLETED], ["@self"], "enabled")
    assert shown.status_details is None
    details = by_url[off.url].status_details
    assert details is not None
    assert details.disabled is not None
    assert details.disabled.reason == "user"
    assert by_url[made.url].events_from == ["@accounts"]


def test_v2_has_destinations_that_v1_does_not_show(bench: Bench) -> None:
    bench.state.add_destination(url=URL)
    bench.state.add_destination(kind="amazon_eventbridge", event_payload="snapshot")
    bench.state.add_destination(kind="azure_event_grid", status="disabled")
    client = bench.client()
    assert client.v1.webhook_endpoints.list().data == []
    found = {item.type: item for item in client.v2.core.event_destinations.list().data}
    assert found.keys() == {"webhook_endpoint", "amazon_eventbridge", "azure_event_grid"}
    thin = found["webhook_endpoint"]
    assert (thin.event_payload, thin.snapshot_api_version) == ("thin", None)
    assert found["amazon_eventbridge"].snapshot_api_version is not None
    assert "webhook_endpoint" not in found["amazon_eventbridge"]


def test_v2_hides_urls_unless_asked(bench: Bench) -> None:
    bench.state.add_endpoint(url=URL, enabled_events=["*"])
    hidden = bench.client().v2.core.event_destinations.list().data[0].webhook_endpoint
    assert hidden is not None
    assert (hidden.url, hidden.signing_secret) == (None, None)


def test_v2_pages_by_url_and_keeps_the_include(bench: Bench) -> None:
    urls = [f"{URL}/{number}" for number in range(14)]
    for url in urls:
        bench.state.add_endpoint(url=url, enabled_events=["*"])
    bench.state.add_destination(kind="amazon_eventbridge")
    listed = bench.client().v2.core.event_destinations.list({"limit": 4, "include": ["webhook_endpoint.url"]})
    found = [
        item["webhook_endpoint"]["url"] for item in listed.auto_paging_iter() if "webhook_endpoint" in item
    ]
    assert sorted(found) == sorted(urls)
    assert len(bench.server.requests) == 4


def test_v2_needs_a_version_and_a_page_that_exists(bench: Bench) -> None:
    key = bench.state.add_key()
    answer = bench.bearer("GET", "/v2/core/event_destinations", key)
    assert (answer.status_code, "Stripe-Version" in answer.json()["error"]["message"]) == (400, True)
    for page in ("!", "bm90aGluZw=="):
        with pytest.raises(stripe.InvalidRequestError):
            bench.client(key).raw_request("get", f"/v2/core/event_destinations?page={page}")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/webhook_endpoints/"),
        ("GET", "/v1/customers"),
        ("PUT", "/v1/webhook_endpoints"),
        ("DELETE", "/v1/events/evt_x"),
        ("GET", "/"),
    ],
)
def test_unknown_urls(bench: Bench, method: str, path: str) -> None:
    answer = bench.bearer(method, path, bench.state.add_key())
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith(f"Unrecognized request URL ({method}: {path}).")
