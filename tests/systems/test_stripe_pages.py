"""Long lists of sessions: read in several windows at once, whole or not at all."""

from __future__ import annotations

import threading
import time
import weakref
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_errors import PermissionMissing, StripeFailure
from iahome_fix.systems.stripe_pace import Pace
from iahome_fix.systems.stripe_windows import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from iahome_fix.systems.stripe_payments import Session

KEYS = MODULE_ACCESS.checkout

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=90)
PATH = "/v1/checkout/sessions"


class Bench:
    """A stand-in with sessions, and accounts on it."""

    def __init__(self, stack: ExitStack) -> None:
        self.state = StripeState()
        self.server = stack.enter_context(StripeStandIn(self.state))
        self._stack = stack

    def account(self, *permissions: str, timeout: float = 5) -> StripeAccount:
        key = self.state.add_key("live", "restricted" if permissions else "secret", permissions or None)
        account = StripeAccount(key, keys=KEYS, base_url=self.server.url, timeout=timeout)
        self._stack.callback(account.close)
        return account

    def sell(self, number_of: int, spread: timedelta) -> set[str]:
        """So many paid sessions, evenly over a time that ends now; their ids."""
        return {
            self.state.add_session(created=NOW - spread * number / number_of, metadata={"items_ids": "6"})[
                "id"
            ]
            for number in range(number_of)
        }

    def read(self, account: StripeAccount | None = None, since: datetime = LONG_AGO) -> list[Session]:
        with closing((account or self.account()).session_pages(since)) as pages:
            return [session for page in pages for session in page]

    def calls(self) -> int:
        return sum(received.path == PATH for received in self.server.requests)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(stack)


@pytest.mark.parametrize(
    "spread", [timedelta(seconds=0), timedelta(seconds=90), timedelta(hours=3), timedelta(days=80)]
)
def test_every_session_comes_once(bench: Bench, spread: timedelta) -> None:
    made = bench.sell(730, spread)
    bench.state.add_session(created=LONG_AGO - timedelta(seconds=10))
    bench.state.add_session(status="open")
    bench.state.add_session(livemode=False)
    found = [session.id for session in bench.read()]
    assert len(found) == len(made)
    assert set(found) == made


def test_bursts_and_silence(bench: Bench) -> None:
    made: set[str] = set()
    for days in (0, 1, 40, 89):
        for number in range(260):
            moment = NOW - timedelta(days=days, seconds=number // 50)
            made.add(bench.state.add_session(created=moment)["id"])
    assert {session.id for session in bench.read()} == made


def test_a_small_shop_is_one_call(bench: Bench) -> None:
    bench.sell(100, timedelta(days=80))
    assert len(bench.read()) == 100
    assert bench.calls() == 1


@contextmanager
def behind(
    front: Callable[[StripeStandIn, Request], Response], sessions: int, timeout: float = 10
) -> Iterator[StripeAccount]:
    """An account with so many sessions, one an hour, every call to which goes through `front`."""
    state = StripeState()
    for number in range(sessions):
        state.add_session(created=NOW - timedelta(hours=number))
    with StripeStandIn(state) as stand_in:
        server = LoopbackServer(lambda request: front(stand_in, request))
        server.start()
        account = StripeAccount(state.add_key(), keys=KEYS, base_url=server.url, timeout=timeout)
        yield account
        account.close()
        server.stop()


def test_windows_are_read_side_by_side() -> None:
    together, most = 0, 0
    lock = threading.Lock()

    def slow(stand_in: StripeStandIn, request: Request) -> Response:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        time.sleep(0.4)
        answer = stand_in._answer(request)
        with lock:
            together -= 1
        return answer

    with behind(slow, 1200) as account, closing(account.session_pages(LONG_AGO)) as pages:
        assert sum(len(page) for page in pages) == 1200
    assert 3 <= most <= 16


def test_a_page_that_got_lost_is_asked_for_again() -> None:
    numbers = count(1)

    def losing(stand_in: StripeStandIn, request: Request) -> Response:
        if next(numbers) in (2, 4):
            time.sleep(2.5)
            raise ConnectionAbortedError
        return stand_in._answer(request)

    with behind(losing, 650, timeout=2) as account, closing(account.session_pages(LONG_AGO)) as pages:
        assert sum(len(page) for page in pages) == 650


def test_calls_are_spread_over_time(bench: Bench) -> None:
    bench.sell(1500, timedelta(days=80))
    started = time.monotonic()
    bench.read()
    per_second = (bench.calls() - 6) / (time.monotonic() - started)
    assert per_second < 20, "Stripe allows 25 a second, and the shop needs some of them"


def test_refunds_come_with_the_sessions(bench: Bench) -> None:
    made = sorted(bench.sell(150, timedelta(days=3)))
    bench.state.refund(made[0])
    bench.state.refund(made[1], 100)
    bench.state.dispute(made[2])
    found = {session.id: session for session in bench.read()}
    assert found[made[0]].refunded
    assert (found[made[1]].refunded, found[made[1]].refunded_amount) == (False, 100)
    assert found[made[2]].disputed


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        (("event_read",), "rak_checkout_session_read"),
        (("checkout_session_read",), "rak_payment_intent_read"),
        (("checkout_session_read", "payment_intent_read"), "rak_charge_read"),
    ],
)
def test_without_a_permission_there_are_no_sessions_at_all(
    bench: Bench, permissions: tuple[str, ...], missing: str
) -> None:
    bench.sell(3, timedelta(hours=1))
    with pytest.raises(PermissionMissing) as caught:
        bench.read(bench.account(*permissions))
    assert caught.value.permission == missing


@pytest.mark.parametrize(("should_retry", "refusals"), [(None, 6), (True, 2), (False, 2)])
def test_rate_limits_are_survived(bench: Bench, *, should_retry: bool | None, refusals: int) -> None:
    made = bench.sell(450, timedelta(days=30))
    bench.state.trouble.should_retry_header = should_retry
    bench.state.trouble.rate_limit_next = refusals
    assert {session.id for session in bench.read()} == made


def test_a_rate_limit_without_an_end_is_said(bench: Bench) -> None:
    bench.sell(3, timedelta(days=1))
    bench.state.trouble.rate_limit_next = 100_000
    with pytest.raises(StripeFailure) as caught:
        bench.read(bench.account(timeout=0.5))
    assert caught.value.reason == "rate-limited"


@pytest.mark.parametrize("status", [500, 503])
def test_short_server_errors_are_survived(bench: Bench, status: int) -> None:
    made = bench.sell(230, timedelta(days=30))
    bench.state.trouble.fail_next_with = status
    bench.state.trouble.fail_next_times = 2
    assert {session.id for session in bench.read()} == made


def test_a_list_that_breaks_off_in_the_middle_is_no_list(bench: Bench) -> None:
    bench.sell(450, timedelta(days=30))
    bench.state.trouble.fail_after_pages = 1
    with pytest.raises(StripeFailure) as caught:
        bench.read()
    assert caught.value.reason == "server-error"


def test_a_server_that_hangs_is_left_in_time(bench: Bench) -> None:
    bench.sell(3, timedelta(days=1))
    account = bench.account(timeout=0.5)
    bench.state.trouble.hang_seconds = 30
    started = time.monotonic()
    with pytest.raises(StripeFailure) as caught:
        bench.read(account)
    assert caught.value.reason == "unreachable"
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("trouble", ["null_fields", "unknown_fields"])
def test_odd_fields_lose_no_session(bench: Bench, trouble: str) -> None:
    made = bench.sell(230, timedelta(days=30))
    setattr(bench.state.trouble, trouble, True)
    assert {session.id for session in bench.read()} == made


def _page(*created: int, more: bool) -> Response:
    data = [{"id": f"cs_{made}", "created": made} for made in created]
    return json_response(200, {"object": "list", "data": data, "has_more": more, "url": PATH})


@pytest.mark.parametrize(
    "answer",
    [
        _page(*range(1, 4), more=True),
        _page(int(NOW.timestamp()), more=True),
        _page(more=True),
        json_response(200, {"object": "list", "data": [{"id": "", "created": 1}], "has_more": False}),
        json_response(200, {"object": "list", "data": [{"id": "cs_1", "created": None}], "has_more": False}),
        json_response(200, {"object": "list", "data": None, "has_more": False}),
    ],
)
def test_what_is_no_list_or_has_no_end_is_an_unexpected_response(answer: Response) -> None:
    server = LoopbackServer(lambda _: answer)
    server.start()
    account = StripeAccount("sk_" + "test_" + "1" * 24, keys=KEYS, base_url=server.url, timeout=2)
    with pytest.raises(StripeFailure) as caught, closing(account.session_pages(LONG_AGO)) as pages:
        list(pages)
    account.close()
    server.stop()
    assert caught.value.reason == "unexpected-response"


def test_what_is_listed_out_of_its_time_comes_once_all_the_same() -> None:
    now = int(NOW.timestamp())
    listed = [{"id": f"cs_{hours}", "created": now - 3600 * hours} for hours in range(1200)]
    listed.insert(50, listed.pop(1000))

    def ask(query: Mapping[str, Any]) -> Mapping[str, Any]:
        first, last = query["created"]["gte"], query["created"].get("lte", now)
        found = [one for one in listed if first <= one["created"] <= last]
        ids = [one["id"] for one in found]
        start = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        end = start + query["limit"]
        return {"data": found[start:end], "has_more": end < len(found)}

    since = int(LONG_AGO.timestamp())
    with closing(read(ask, itemgetter("id"), since, patience=1, pace=Pace())) as pages:
        ids = [one for page in pages for one in page]
    assert len(ids) == len(set(ids)) == 1200


def test_who_stops_early_leaves_nothing_running(bench: Bench) -> None:
    bench.sell(900, timedelta(days=80))
    with closing(bench.account().session_pages(LONG_AGO)) as pages:
        next(pages)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _readers():
        time.sleep(0.05)
    assert not _readers()
    assert bench.calls() < 9


def test_pages_are_let_go_as_they_are_read(bench: Bench) -> None:
    bench.sell(1500, timedelta(days=80))
    seen: list[weakref.ref[Session]] = []
    most = 0
    with closing(bench.account(timeout=20).session_pages(LONG_AGO)) as pages:
        for page in pages:
            seen += map(weakref.ref, page)
            most = max(most, sum(session() is not None for session in seen))
    assert len(seen) == 1500
    assert most <= 200, "a page in hand, and one on its way"


def _readers() -> list[Any]:
    return [thread for thread in threading.enumerate() if thread.name == "stripe-reader"]
