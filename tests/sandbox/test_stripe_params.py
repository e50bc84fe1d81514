"""Form parameters, and calls from many threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from iahome_fix.sandbox.stripe import params
from tests.sandbox.stripe_support import Bench, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running() as bench:
        yield bench


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("limit=3", {"limit": "3"}),
        ("created[gte]=1&created[lt]=2", {"created": {"gte": "1", "lt": "2"}}),
        ("types[0]=a&types[1]=b", {"types": ["a", "b"]}),
        ("types[10]=c&types[2]=b&types[0]=a", {"types": ["a", "b", "c"]}),
        ("expand[]=a&expand[]=b", {"expand": ["a", "b"]}),
        ("metadata[0]=a", {"metadata": {"0": "a"}}),
        ("metadata[a b]=1%262&metadata[c]=", {"metadata": {"a b": "1&2", "c": ""}}),
        ("items[0][price][id]=x", {"items": [{"price": {"id": "x"}}]}),
        ("customer_details[email]=a%2Bb%40c.test", {"customer_details": {"email": "a+b@c.test"}}),
        ("url=", {"url": ""}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a[b=1", {"a[b": "1"}),
    ],
)
def test_bracketed_names(text: str, expected: dict[str, Any]) -> None:
    assert params.parse(text) == expected
    assert params.parse(quote(text, safe="=&%")) == expected


def test_many_clients_at_once(bench: Bench) -> None:
    """Nothing is lost or doubled while some create and others read."""
    bench.state.endpoint_limit = 100
    key = bench.state.add_key()

    def create(number: int) -> str:
        client = bench.client(key)
        listed = client.v1.webhook_endpoints.list({"limit": 100})
        assert len({endpoint.id for endpoint in listed.data}) == len(listed.data)
        made = client.v1.webhook_endpoints.create(
            {"url": f"https://example.test/{number}", "enabled_events": ["*"]}
        )
        return made.id

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, range(24)))
    assert set(made) == bench.state.endpoints.keys()
    assert len(set(made)) == 24
    assert len(bench.server.requests) == 48


def test_one_idempotency_key_from_many_threads_creates_once(bench: Bench) -> None:
    key = bench.state.add_key()
    form = {"url": "https://example.test", "enabled_events[0]": "*"}

    def create(_: int) -> int:
        headers = {"Idempotency-Key": "same"}
        return bench.bearer("POST", "/v1/webhook_endpoints", key, data=form, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(create, range(16)))
    assert len(bench.state.endpoints) == 1
    assert 200 in statuses
    assert statuses <= {200, 409}  # 409: the first one is still being carried out


def test_the_endpoint_limit_holds_under_concurrency(bench: Bench) -> None:
    bench.state.endpoint_limit = 5
    key = bench.state.add_key()

    def create(number: int) -> int:
        form = {"url": f"https://example.test/{number}", "enabled_events[0]": "*"}
        return bench.bearer("POST", "/v1/webhook_endpoints", key, data=form).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(12)))
    assert sorted(statuses) == [200] * 5 + [400] * 7
