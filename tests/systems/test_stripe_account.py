"""Reading a Stripe account: whole lists or an exception, odd objects, and what each refusal is called."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.errors import CouldNotTell
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, html_response, json_response
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_errors import KeyRejected, PermissionMissing, StripeFailure, missing_permission
from iahome_fix.systems.stripe_objects import Event
from iahome_fix.systems.stripe_payments import Session, modules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEYS = MODULE_ACCESS.checkout

COMPLETED = "checkout.session.completed"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
URL = "https://example.test/api/webhooks/stripe"


def minutes_ago(count: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=count)


class Bench:
    """A stand-in and accounts on it."""

    def __init__(self, stack: ExitStack) -> None:
        self.state = StripeState()
        self.server = stack.enter_context(StripeStandIn(self.state))
        self._stack = stack

    def account(self, *permissions: str, timeout: float = 5, key: str | None = None) -> StripeAccount:
        """An account with a full key, or with a restricted one that may do this only."""
        if key is None:
            kind = "restricted" if permissions else "secret"
            key = self.state.add_key("live", kind, permissions or None)
        account = StripeAccount(key, keys=KEYS, base_url=self.server.url, timeout=timeout)
        self._stack.callback(account.close)
        return account

    def calls(self, path: str) -> int:
        return sum(received.path == path for received in self.server.requests)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(stack)


def failure(ask: Callable[[], Any]) -> StripeFailure:
    with pytest.raises(StripeFailure) as caught:
        ask()
    return caught.value


def test_all_pages_are_read_and_no_object_twice(bench: Bench) -> None:
    made = {
        bench.state.add_session(created=minutes_ago(number // 7), metadata={"items_ids": "6"})["id"]
        for number in range(250)
    }
    bench.state.add_session(status="open")
    bench.state.add_session(status="expired")
    bench.state.add_session(created=minutes_ago(60 * 24 * 9))
    found = bench.account().sessions(minutes_ago(60 * 24))
    assert {session.id for session in found} == made
    assert len(found) == 250
    assert bench.calls("/v1/checkout/sessions") <= 9  # three pages, and where more might have been


def test_only_get_is_ever_sent(bench: Bench) -> None:
    bench.state.add_endpoint(url=URL, enabled_events=[COMPLETED])
    account = bench.account()
    account.check_key()
    account.endpoints()
    account.destinations()
    account.sessions(LONG_AGO)
    account.events((COMPLETED,), LONG_AGO, delivery_success=False)
    account.newest_sessions()
    assert account.allows("/v1/charges/ch_none")
    failure(lambda: account.stored_event("evt_none"))
    assert {received.method for received in bench.server.requests} == {"GET"}
    public = [name for name in dir(StripeAccount) if not name.startswith("_")]
    assert not any(word in name for name in public for word in ("create", "update", "delete", "write"))


def test_endpoints_of_the_other_mode_are_not_seen(bench: Bench) -> None:
    bench.state.add_endpoint(url=URL, enabled_events=["*"], livemode=False)
    for number in range(12):
        bench.state.add_endpoint(url=f"{URL}?{number}", enabled_events=[COMPLETED], status="disabled")
    found = bench.account().endpoints()
    assert len(found) == 12
    assert not any(endpoint.enabled for endpoint in found)
    assert all(endpoint.livemode and endpoint.receives(COMPLETED) for endpoint in found)
    test_key = bench.state.add_key("test")
    (other,) = bench.account(key=test_key).endpoints()
    assert other.receives(COMPLETED)
    assert not other.livemode


def test_destinations_come_with_their_addresses_over_all_pages(bench: Bench) -> None:
    for number in range(105):
        bench.state.add_destination(url=f"https://example.test/{number}", event_payload="thin")
    bench.state.add_endpoint(url=URL, enabled_events=[COMPLETED])
    found = bench.account().destinations()
    assert found is not None
    assert len(found) == 106
    assert all(destination.url for destination in found)
    assert [e.url for d in found if (e := d.as_endpoint())] == [URL]


def test_destinations_that_may_not_be_read_are_not_called_none(bench: Bench) -> None:
    assert bench.account("event_read").destinations() is None
    assert bench.account("webhook_read").destinations() == ()


def test_refunds_and_disputes_are_read_with_the_sessions(bench: Bench) -> None:
    whole, part, disputed, fine = (bench.state.add_session(amount_total=990)["id"] for _ in range(4))
    bench.state.refund(whole)
    bench.state.refund(part, 100)
    bench.state.dispute(disputed)
    found = {session.id: session for session in bench.account().sessions(LONG_AGO)}
    assert (found[whole].refunded, found[whole].refunded_amount) == (True, 990)
    assert (found[part].refunded, found[part].refunded_amount) == (False, 100)
    assert found[disputed].disputed
    assert not found[fine].disputed
    assert all(session.refund_known for session in found.values())


@pytest.mark.parametrize("permissions", [(), ("payment_intent_read",), ("charge_read",)])
def test_without_the_right_to_read_payments_sessions_come_without_refunds(
    bench: Bench, permissions: tuple[str, ...]
) -> None:
    paid = bench.state.add_session()["id"]
    free = bench.state.add_session(amount_total=0)["id"]
    bench.state.refund(paid)
    found = {s.id: s for s in bench.account("checkout_session_read", *permissions).sessions(LONG_AGO)}
    assert found.keys() == {paid, free}
    assert not found[paid].refund_known
    assert not found[paid].refunded
    assert found[free].refund_known, "nothing was paid, so nothing can be given back"


def test_sessions_that_may_not_be_read_name_the_permission(bench: Bench) -> None:
    refusal = failure(lambda: bench.account("webhook_read").sessions(LONG_AGO))
    assert isinstance(refusal, PermissionMissing)
    assert refusal.permission == "rak_checkout_session_read"


@pytest.mark.parametrize(
    ("message", "permission"),
    [
        (
            "The provided key 'rk_live_...tdxQ' may not. Having the 'rak_checkout_session_read' permission",
            "rak_checkout_session_read",
        ),
        (
            "Enabling Webhook Endpoints, Event Destinations Read ('webhook_read') permissions on this key",
            "rak_webhook_read",
        ),
        ("The provided key 'rk_live_read' may not do this.", None),
        ("", None),
    ],
)
def test_the_missing_permission_is_read_from_both_wordings(message: str, permission: str | None) -> None:
    assert missing_permission(message) == permission


def test_events_are_filtered_by_stripe(bench: Bench) -> None:
    session = bench.state.add_session(payment_status="unpaid", payment_method_types=["sepa_debit"])["id"]
    waiting = bench.state.add_event(object_id=session, pending_webhooks=1, created=minutes_ago(30))["id"]
    bench.state.add_event(object_id=session, pending_webhooks=0, created=minutes_ago(30))
    account = bench.account()
    (event,) = account.events((COMPLETED,), minutes_ago(60), delivery_success=False)
    assert (event.id, event.object_id, event.pending_webhooks) == (waiting, session, 1)
    assert event.object_payment_status == "unpaid"
    assert len(account.events((COMPLETED,), minutes_ago(60))) == 2
    assert account.events((COMPLETED,), minutes_ago(20)) == ()
    assert account.events(("charge.refunded",), LONG_AGO) == ()


def test_a_stored_event_is_had_as_it_is_for_thirty_days(bench: Bench) -> None:
    session = bench.state.add_session(metadata={"note": "café"})
    event = bench.state.add_event(object_id=session["id"])
    account = bench.account()
    assert account.stored_event(event["id"]) == event
    event["created"] = int(minutes_ago(60 * 24 * 31).timestamp())
    assert failure(lambda: account.stored_event(event["id"])).reason == "not-found"


def test_the_newest_sessions_are_one_page_whatever_became_of_them(bench: Bench) -> None:
    for number in range(120):
        bench.state.add_session(
            created=minutes_ago(number), status=("open", "complete", "expired")[number % 3]
        )
    found = bench.account("checkout_session_read").newest_sessions()
    assert len(found) == 100
    assert {session.status for session in found} == {"open", "complete", "expired"}
    assert min(session.created for session in found) > minutes_ago(101)
    assert bench.calls("/v1/checkout/sessions") == 1


def test_a_right_is_told_by_reading_what_does_not_exist(bench: Bench) -> None:
    account = bench.account("event_read")
    assert account.allows("/v1/events/evt_none")
    assert not account.allows("/v1/charges/ch_none")
    bench.state.trouble.fail_next_with = 500
    bench.state.trouble.fail_next_times = 9
    assert failure(lambda: account.allows("/v1/events/evt_none")).reason == "server-error"


def test_a_rate_limit_is_waited_for(bench: Bench) -> None:
    bench.state.add_session()
    bench.state.trouble.rate_limit_next = 1
    assert len(bench.account().sessions(LONG_AGO)) == 1
    assert bench.calls("/v1/checkout/sessions") == 2


def test_a_lasting_rate_limit_ends_within_the_budget(bench: Bench) -> None:
    bench.state.trouble.rate_limit_next = 1000
    account = bench.account(timeout=0.4)
    started = time.monotonic()
    assert failure(account.endpoints).reason == "rate-limited"
    assert time.monotonic() - started < 3 * 0.4 + 0.5
    assert bench.calls("/v1/webhook_endpoints") >= 2


def test_a_list_that_breaks_off_gives_nothing(bench: Bench) -> None:
    for number in range(205):
        bench.state.add_session(created=minutes_ago(number))
    bench.state.trouble.fail_after_pages = 1
    assert failure(lambda: bench.account().sessions(LONG_AGO)).reason == "server-error"


@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, "rate-limited"), (401, "key-invalid"), (403, "permission"), (404, "not-found")],
)
def test_a_refusal_in_the_middle_gives_no_part_of_the_list(status: int, reason: str) -> None:
    page = {
        "object": "list",
        "data": [
            {
                "id": "we_1",
                "url": URL,
                "status": "enabled",
                "enabled_events": [COMPLETED],
                "livemode": True,
                "created": 1_700_000_000,
            }
        ],
        "has_more": True,
        "url": "/v1/webhook_endpoints",
    }
    refusal = {"error": {"message": "no", "type": "invalid_request_error"}}

    def answer(request: Request) -> Response:
        return (
            json_response(status, refusal) if "starting_after" in request.query else json_response(200, page)
        )

    with LoopbackServerOf(answer) as url:
        account = StripeAccount("sk_" + "test_" + "1" * 24, keys=KEYS, base_url=url, timeout=0.3)
        assert failure(account.endpoints).reason == reason
        account.close()


def test_a_list_without_an_end_is_left() -> None:
    page = {
        "object": "list",
        "data": [{"id": "we_1", "url": URL}],
        "has_more": True,
        "url": "/v1/webhook_endpoints",
    }
    with LoopbackServerOf(lambda _: json_response(200, page)) as url:
        account = StripeAccount("sk_" + "test_" + "1" * 24, keys=KEYS, base_url=url, timeout=1)
        assert failure(account.endpoints).reason == "unexpected-response"
        account.close()


def test_a_short_server_error_is_repeated_by_the_library(bench: Bench) -> None:
    bench.state.add_endpoint(url=URL, enabled_events=[COMPLETED])
    bench.state.trouble.fail_next_with = 500
    bench.state.trouble.fail_next_times = 1
    assert len(bench.account().endpoints()) == 1


def test_refused_keys_are_told_apart(bench: Bench) -> None:
    expired = bench.state.add_key()
    bench.state.expire_key(expired)
    wrong = "sk_" + "live_" + "0" * 24
    for key, reason in ((expired, "key-expired"), (wrong, "key-invalid")):
        account = bench.account(key=key)
        refusal = failure(account.check_key)
        assert isinstance(refusal, KeyRejected)
        assert refusal.reason == reason
        assert key not in refusal.message
        assert key[-4:] not in refusal.message
    bench.state.trouble.revoke = True
    assert failure(bench.account().check_key).reason == "key-invalid"


def test_a_publishable_key_is_refused_before_anything_is_sent(bench: Bench) -> None:
    key = bench.state.add_key("live", "publishable")
    refusal = failure(lambda: StripeAccount(key, keys=KEYS, base_url=bench.server.url, timeout=2))
    assert refusal.reason == "publishable"
    assert bench.server.requests == []


def test_a_server_that_hangs_is_unreachable_in_time(bench: Bench) -> None:
    bench.state.trouble.hang_seconds = 30
    account = bench.account(timeout=0.3)
    started = time.monotonic()
    trouble = failure(account.check_key)
    assert trouble.reason == "unreachable"
    assert "0.3 s" in trouble.message
    assert time.monotonic() - started < 4


def test_nobody_listening_is_unreachable() -> None:
    with LoopbackServerOf(lambda _: Response(200)) as url:
        pass
    account = StripeAccount("sk_" + "test_" + "1" * 24, keys=KEYS, base_url=url, timeout=1)
    trouble = failure(account.check_key)
    account.close()
    assert trouble.reason == "unreachable"
    assert trouble.exit_code == CouldNotTell.exit_code


@pytest.mark.parametrize(
    "answer",
    [
        html_response(200, "login to the hotel's network"),
        html_response(502, "bad gateway"),
        json_response(400, {"error": "a text"}),
        json_response(200, {"object": "list"}),
        json_response(200, {"object": "list", "data": None, "has_more": False, "url": "/v1/x"}),
        json_response(200, {"object": "list", "data": [None], "has_more": False, "url": "/v1/x"}),
        json_response(200, {"object": "list", "data": [{"url": "x"}], "has_more": False, "url": "/v1/x"}),
        json_response(200, [1, 2]),
        json_response(200, "text"),
        json_response(403, {"error": {"message": None, "type": None}}),
        json_response(400, {"error": {"message": ["a", "list"], "type": {}}}),
        json_response(418, {"error": {}}),
        json_response(204, None),
    ],
)
def test_no_unexpected_response_is_taken_for_a_list(answer: Response) -> None:
    with LoopbackServerOf(lambda _: answer) as url:
        account = StripeAccount("sk_" + "test_" + "1" * 24, keys=KEYS, base_url=url, timeout=1)
        assert isinstance(failure(account.endpoints), CouldNotTell)
        account.close()


def test_null_and_unknown_fields_break_nothing(bench: Bench) -> None:
    bench.state.add_endpoint(url=URL, enabled_events=[COMPLETED])
    session = bench.state.add_session()["id"]
    bench.state.add_event(object_id=session, pending_webhooks=1)
    for trouble in ("null_fields", "unknown_fields"):
        setattr(bench.state.trouble, trouble, True)
        account = bench.account()
        assert len(account.endpoints()) == 1
        assert len(account.sessions(LONG_AGO)) == 1
        assert len(account.events((COMPLETED,), LONG_AGO)) == 1
        assert account.destinations() is not None
        setattr(bench.state.trouble, trouble, False)


def test_what_is_left_of_an_empty_session() -> None:
    session = Session.of(
        {"id": "cs_1", "created": 1_700_000_000, "metadata": None, "customer_details": None},
        KEYS,
    )
    assert session.email is None
    assert session.modules == ()
    assert session.amount_total is None
    assert not session.paid
    odd = Session.of(
        {
            "id": "cs_2",
            "created": 1,
            "status": "teleported",
            "payment_status": ["paid"],
            "amount_total": "12",
            "currency": 3,
            "metadata": {"items_ids": 6, "moduleId": None},
            "customer_details": "nobody",
            "payment_intent": {"latest_charge": "ch_1"},
        },
        KEYS,
    )
    assert (odd.paid, odd.modules, odd.amount_total, odd.currency, odd.refund_known) == (
        False,
        (),
        None,
        None,
        False,
    )


@pytest.mark.parametrize("created", [None, "1700000000", 10**30, True])
def test_a_session_or_event_without_a_time_is_an_unexpected_response(created: object) -> None:
    item = {"id": "x", "created": created}
    for made in (partial(Session.of, item, KEYS), partial(Event.of, item)):
        assert failure(made).reason == "unexpected-response"


@pytest.mark.parametrize(
    ("metadata", "modules"),
    [
        ({"items_ids": "6,13"}, ("6", "13")),
        ({"items_ids": " 6 ,, 13, 6 ,"}, ("6", "13")),
        ({"moduleId": " stable-diffusion "}, ("stable-diffusion",)),
        ({"items_ids": "6", "moduleId": "15"}, ("6", "15")),
        ({"items_ids": "[6, 13]"}, ("6", "13")),
        ({"items_ids": ' ["6","13"]'}, ("6", "13")),
        ({"items_ids": "[6, 13"}, ("[6", "13")),
        ({"moduleId": '["15"]'}, ("15",)),
        ({"items": '[{"id": 6, "title": "x"}, {"module_id": "13"}, 15, "8"]'}, ("6", "13", "15", "8")),
        ({"items": '[{"title": "no id"}, null, true, 1.5, [], {"id": null}]'}, ()),
        ({"items": '{"id": 6}'}, ()),
        ({"items": "6,13"}, ()),
        ({"items": "[" * 100_000}, ()),
        ({"moduleTitle": "Stable diffusion"}, ()),
        ({}, ()),
    ],
)
def test_modules_are_read_in_every_historical_shape(
    metadata: dict[str, str], modules: tuple[str, ...]
) -> None:
    assert modules_of(metadata, KEYS) == modules


@pytest.mark.parametrize(
    ("fields", "email"),
    [
        (
            {"customer_details": {"email": "typed@example.test"}, "customer_email": "pre@example.test"},
            "pre@example.test",
        ),
        ({"customer_details": {"email": None}, "customer_email": " Pre@example.test "}, " Pre@example.test "),
        ({"metadata": {"customerEmail": "late@example.test"}}, "late@example.test"),
        ({"metadata": {"userEmail": "user@example.test", "customer_email": ""}}, "user@example.test"),
        ({"customer_email": "   "}, None),
    ],
)
def test_the_address_is_the_first_that_says_something(fields: dict[str, Any], email: str | None) -> None:
    assert Session.of({"id": "cs", "created": 1, **fields}, KEYS).email == email


def test_token_packs_and_sessions_of_other_shops_are_recognised() -> None:
    def of(**metadata: str) -> Session:
        return Session.of({"id": "cs", "created": 1, "metadata": metadata}, KEYS)

    assert of(type="token_purchase", moduleId="15").is_token_pack
    assert of(packageType="large", tokens="100", userId="u").is_token_pack
    assert not of(items_ids="6", type="payment").is_token_pack
    assert of(items_ids="6").from_app
    assert not of(order="77").from_app


@pytest.mark.parametrize(
    ("key", "mode"),
    [("sk_live_", "live"), ("rk_test_", "test"), ("rkcs_test_", "test"), ("sk_org_", None), ("", None)],
)
def test_the_mode_is_read_from_the_prefix(key: str, mode: str | None) -> None:
    assert StripeAccount(key + "x" * 20, keys=KEYS, base_url=None, timeout=1).mode == mode


def test_several_threads_may_ask_at_once(bench: Bench) -> None:
    for number in range(120):
        bench.state.add_session(created=minutes_ago(number))
    account = bench.account()
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(len(account.sessions(LONG_AGO)))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [120] * 2


def test_the_library_writes_nothing_to_the_home_folder_or_the_terminal(bench: Bench, tmp_path: Any) -> None:
    key = bench.state.add_key()
    bench.state.add_endpoint(url=URL, enabled_events=[COMPLETED])
    program = (
        "from iahome_fix.profile import MODULE_ACCESS\n"
        "from iahome_fix.systems.stripe_account import StripeAccount\n"
        f"url = {bench.server.url!r}\n"
        f"account = StripeAccount({key!r}, keys=MODULE_ACCESS.checkout, base_url=url, timeout=5)\n"
        "print(len(account.endpoints()))\n"
    )
    kept = ("PATH", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP", "LANG")
    environ = {name: value for name in kept if (value := os.environ.get(name))}
    environ |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "STRIPE_LOG": "debug"}
    environ |= {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "1", "")
    assert list(tmp_path.rglob("*")) == []


class LoopbackServerOf:
    """A server that gives one kind of answer; entering gives its address."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self._server = LoopbackServer(answer)

    def __enter__(self) -> str:
        self._server.start()
        return self._server.url

    def __exit__(self, *_: object) -> None:
        self._server.stop()
