"""Lists: order, pages, cursors, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def add_sessions(bench: Bench, count: int, per_second: int = 1) -> list[str]:
    """Sessions with `per_second` of them in each second, added in no order; their ids, newest first."""
    moments = [NOON + number // per_second for number in range(count)]
    mixed = moments[1::2] + moments[::2][::-1]
    added = [bench.state.add_session(created=moment) for moment in mixed]
    added.sort(key=lambda session: (session["created"], session["id"]), reverse=True)
    return [session["id"] for session in added]


def test_auto_paging_gives_each_session_once_despite_ties(bench: Bench) -> None:
    expected = add_sessions(bench, 257, per_second=9)
    listed = bench.client().v1.checkout.sessions.list({"limit": 100, "created": {"gte": NOON}})
    assert [session.id for session in listed.auto_paging_iter()] == expected
    sent = [request.params for request in bench.server.requests]
    filters = {"limit": "100", "created": {"gte": str(NOON)}}
    assert sent == [
        filters,
        {**filters, "starting_after": expected[99]},
        {**filters, "starting_after": expected[199]},
    ]


def test_backward_auto_paging_gives_the_oldest_first(bench: Bench) -> None:
    expected = add_sessions(bench, 25, per_second=4)
    listed = bench.client().v1.checkout.sessions.list({"limit": 10, "ending_before": expected[-1]})
    assert [session.id for session in listed.auto_paging_iter()] == expected[-2::-1]


def test_a_session_made_between_two_pages_moves_nothing(bench: Bench) -> None:
    expected = add_sessions(bench, 30)
    pages = bench.client().v1.checkout.sessions.list({"limit": 10})
    read = iter(pages.auto_paging_iter())
    seen = [next(read).id for _ in range(5)]
    bench.state.add_session(created=NOON + 1000)
    seen += [session.id for session in read]
    assert seen == expected


def test_a_cursor_may_be_an_object_that_the_filter_leaves_out(bench: Bench) -> None:
    old = bench.state.add_session(created=NOON)
    left_out = bench.state.add_session(created=NOON + 1, status="open")
    bench.state.add_session(created=NOON + 2)
    page = bench.client().v1.checkout.sessions.list(
        {"status": "complete", "starting_after": left_out["id"]},
    )
    assert [session.id for session in page.data] == [old["id"]]


@pytest.mark.parametrize(
    ("count", "limit", "has_more"), [(11, None, True), (10, None, False), (100, 100, False)]
)
def test_page_size(bench: Bench, count: int, limit: int | None, has_more: bool) -> None:
    add_sessions(bench, count)
    page = bench.client().v1.checkout.sessions.list({"limit": limit} if limit else {})
    assert (len(page.data), page.has_more) == (limit or 10, has_more)
    assert page.url == "/v1/checkout/sessions"


def test_an_empty_list(bench: Bench) -> None:
    page = bench.client().v1.checkout.sessions.list()
    assert (page.data, page.has_more) == ([], False)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "1.5", ""])
def test_bad_page_sizes(bench: Bench, limit: str) -> None:
    answer = bench.bearer("GET", "/v1/events", bench.state.add_key(), params={"limit": limit})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == ("limit", "parameter_invalid_integer")


def test_an_unknown_cursor(bench: Bench) -> None:
    other_mode = bench.state.add_session(livemode=False)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.client().v1.checkout.sessions.list({"starting_after": other_mode["id"]})
    error = error_of(refused.value)
    assert (error["code"], error["param"]) == ("resource_missing", "starting_after")


def test_both_cursors(bench: Bench) -> None:
    cursor = bench.state.add_session()["id"]
    with pytest.raises(stripe.InvalidRequestError):
        bench.client().v1.checkout.sessions.list({"starting_after": cursor, "ending_before": cursor})


def test_endpoints_and_events_are_paged_too(bench: Bench) -> None:
    session = bench.state.add_session()
    urls = [f"https://example.test/{number}" for number in range(12)]
    for url in urls:
        bench.state.add_endpoint(url=url, enabled_events=["*"])
        bench.state.add_event(object_id=session["id"])
    client = bench.client().v1
    endpoints = client.webhook_endpoints.list({"limit": 5}).auto_paging_iter()
    assert sorted(endpoint.url for endpoint in endpoints) == sorted(urls)
    events = [event.id for event in client.events.list({"limit": 5}).auto_paging_iter()]
    assert set(events) == bench.state.events.keys()
    assert len(events) == 12
