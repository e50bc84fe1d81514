"""Correcting the webhook endpoint: the plan, what it withholds, and that only the plan is applied."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from iahome_fix.errors import Refused
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs import endpoint as repair
from iahome_fix.repairs.endpoint import Change, EndpointPlan
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.sandbox.loopback import Response
from iahome_fix.sandbox.site import Site
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_errors import PermissionMissing, StripeFailure
from iahome_fix.systems.stripe_writer import StripeWriter
from iahome_fix.systems.webhook_urls import Webhook
from tests.damage import DAMAGES, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.sandbox.stripe.endpoints import Endpoint

KEYS = MODULE_ACCESS.checkout

COMPLETED = "checkout.session.completed"
PATH = "/api/webhooks/stripe"


class Bench:
    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.site = stack.enter_context(Site(dsn="", webhook_secret="whsec" + "_" + "x" * 20))
        self.state = StripeState()
        self.server = stack.enter_context(StripeStandIn(self.state))
        self.url = self.site.url + PATH
        self.key = self.state.add_key()

    def add(self, url: str, *events: str, status: str = "enabled") -> Endpoint:
        return self.state.add_endpoint(url=url, enabled_events=events or (COMPLETED,), status=status)

    def account(self, key: str | None = None) -> StripeAccount:
        account = StripeAccount(key or self.key, keys=KEYS, base_url=self.server.url, timeout=3)
        self._stack.callback(account.close)
        return account

    def plan(self, site_url: str | None = None, *, key: str | None = None) -> EndpointPlan:
        webhook = Webhook(site_url or self.site.url, MODULE_ACCESS.handler)
        return repair.plan(self.account(key), webhook)

    def writer(self, run_id: str | None = None, key: str | None = None) -> StripeWriter:
        writer = StripeWriter(
            key or self.key, keys=KEYS, base_url=self.server.url, timeout=3, run_id=run_id or new_run_id()
        )
        self._stack.callback(writer.close)
        return writer

    def writes(self) -> int:
        return sum(received.method != "GET" for received in self.server.requests)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(stack)


def test_nothing_to_do_and_nothing_written(bench: Bench) -> None:
    right = bench.add(bench.url, "charge.failed", COMPLETED)
    plan = bench.plan()
    assert (plan.action, plan.endpoint_id, plan.changes, plan.withheld) == ("nothing", right.id, (), ())
    assert repair.apply(bench.writer(), plan).action == "nothing"
    assert bench.writes() == 0


def test_a_missing_endpoint_is_created_and_its_secret_told_once(bench: Bench) -> None:
    bench.add("https://other.example.test" + PATH)
    plan = bench.plan()
    assert (plan.action, plan.url) == ("create", bench.url)
    assert bench.writes() == 0, "a plan writes nothing"
    result = repair.apply(bench.writer(), plan)
    made = bench.state.endpoints[str(result.endpoint_id)]
    assert (made.url, made.enabled_events, made.status, made.livemode) == (
        bench.url,
        [COMPLETED],
        "enabled",
        True,
    )
    assert result.secret == made.secret
    assert made.secret not in repr(result)
    assert bench.plan().action == "nothing"


def test_the_same_run_creates_once_however_often_it_is_told(bench: Bench) -> None:
    plan = bench.plan()
    writer = bench.writer("20260101-000000-abcdef")
    first = writer.create_endpoint(plan.url, (COMPLETED,))
    again = bench.writer("20260101-000000-abcdef").create_endpoint(plan.url, (COMPLETED,))
    assert first == again
    assert len(bench.state.endpoints) == 1


@pytest.mark.parametrize("suffix", ["/", "?from=stripe&x=1"])
def test_a_near_miss_keeps_its_id_and_secret(bench: Bench, suffix: str) -> None:
    wrong = bench.add(bench.url.replace("/webhooks/stripe", "/stripe-webhook") + suffix)
    secret = wrong.secret
    plan = bench.plan()
    assert plan.action == "update"
    assert plan.changes == (Change("url", wrong.url, bench.url),)
    result = repair.apply(bench.writer(), plan)
    assert (result.endpoint_id, result.secret) == (wrong.id, None)
    assert (wrong.url, wrong.secret) == (bench.url, secret)


def test_events_are_added_and_the_others_kept(bench: Bench) -> None:
    found = bench.add(bench.url, "payment_intent.succeeded", "charge.succeeded", status="disabled")
    plan = bench.plan()
    assert [change.field for change in plan.changes] == ["enabled_events", "status"]
    repair.apply(bench.writer(), plan)
    assert found.enabled_events == ["payment_intent.succeeded", "charge.succeeded", COMPLETED]
    assert found.status == "enabled"
    assert bench.writes() == 1, "everything in one call"


def test_an_endpoint_with_all_events_needs_none_added(bench: Bench) -> None:
    bench.add(bench.url, "*")
    assert bench.plan().action == "nothing"


def test_the_best_of_several_is_corrected(bench: Bench) -> None:
    bench.add("https://old.example.test" + PATH)
    bench.add(bench.site.url + "/hooks/invoices", "invoice.paid")
    off = bench.add(bench.url, COMPLETED, status="disabled")
    bench.add(bench.site.url + "/api/stripe-webhook")
    plan = bench.plan()
    assert plan.endpoint_id == off.id
    assert plan.changes == (Change("status", "disabled", "enabled"),)


def test_endpoints_of_other_purposes_are_never_touched(bench: Bench) -> None:
    invoices = bench.add(bench.site.url + "/hooks/invoices", "invoice.paid")
    everything = bench.add(bench.site.url + "/hooks/log", "*")
    plan = bench.plan()
    assert plan.action == "create"
    repair.apply(bench.writer(), plan)
    assert invoices.url.endswith("/hooks/invoices")
    assert everything.url.endswith("/hooks/log")


@pytest.mark.parametrize("status", [404, 500, 401])
def test_nothing_is_enabled_pointed_or_created_at_a_red_address(bench: Bench, status: int) -> None:
    bench.site.status_override = status
    plan = bench.plan()
    assert plan.action == "nothing"
    assert str(status) in plan.withheld[0]
    off = bench.add(bench.url, "charge.failed", status="disabled")
    plan = bench.plan()
    assert [change.field for change in plan.changes] == ["enabled_events"]
    assert str(status) in plan.withheld[0]
    repair.apply(bench.writer(), plan)
    assert off.status == "disabled"
    assert COMPLETED in off.enabled_events
    off.url = bench.site.url + "/api/stripe-webhook"
    off.status = "enabled"
    assert bench.plan().action == "nothing"
    assert len(bench.plan().withheld) == 1


def test_a_later_version_of_the_app_keeps_its_address(bench: Bench) -> None:
    bench.site.webhook_path = "/api/stripe-webhook"
    off = bench.add(bench.site.url + "/api/stripe-webhook", COMPLETED, status="disabled")
    plan = bench.plan()
    assert plan.url == off.url
    assert plan.changes == (Change("status", "disabled", "enabled"),)


@pytest.mark.parametrize("field", ["url", "enabled_events", "status", "gone"])
def test_what_changed_since_the_plan_is_left_alone(bench: Bench, field: str) -> None:
    found = bench.add(bench.url, "charge.failed")
    plan = bench.plan()
    if field == "gone":
        del bench.state.endpoints[found.id]
    else:
        setattr(found, field, {"url": bench.url + "/", "enabled_events": ["*"], "status": "disabled"}[field])
    with pytest.raises(Refused) as caught:
        repair.apply(bench.writer(), plan)
    assert caught.value.code == "changed"
    assert bench.writes() == 0


def test_an_endpoint_that_somebody_else_made_meanwhile_is_not_doubled(bench: Bench) -> None:
    plan = bench.plan()
    bench.add(bench.url)
    with pytest.raises(Refused):
        repair.apply(bench.writer(), plan)
    assert len(bench.state.endpoints) == 1


def test_an_unprotected_address_is_refused_for_live_payments(bench: Bench) -> None:
    with pytest.raises(Refused) as caught:
        bench.plan("http://shop.example.test")
    assert caught.value.code == "http-site"
    assert bench.plan("http://no-such-host.invalid", key=bench.state.add_key("test")).action == "nothing"


def test_a_destination_that_only_workbench_can_change_is_not_doubled(bench: Bench) -> None:
    bench.state.add_destination(url=bench.url, event_payload="snapshot", enabled_events=[COMPLETED])
    with pytest.raises(Refused) as caught:
        bench.plan()
    assert caught.value.code == "workbench-only"


def test_a_thin_destination_is_left_alone_and_named_beside_the_new_endpoint(bench: Bench) -> None:
    thin = bench.state.add_destination(url=bench.url)
    plan = bench.plan()
    assert plan.action == "create"
    assert thin["id"] in plan.notes[0]
    assert plan.as_json()["changes"] == [
        {"field": "url", "from": None, "to": bench.url},
        {"field": "enabled_events", "from": None, "to": [COMPLETED]},
        {"field": "status", "from": None, "to": "enabled"},
    ]
    result = repair.apply(bench.writer(), plan)
    assert (bench.state.destinations[thin["id"]]["status"], len(bench.state.endpoints)) == ("enabled", 1)
    assert result.on_record(plan)["before"] is None
    assert result.secret
    assert result.secret not in str(result.as_json(plan)) + str(result.on_record(plan))


def test_an_endpoint_that_only_the_newer_list_calls_one_of_connect_gets_its_twin(bench: Bench) -> None:
    there = bench.add(bench.url, COMPLETED)
    there.connect = True
    plan = bench.plan()
    assert plan.action == "create"
    assert repair.apply(bench.writer(), plan).secret
    assert (len(bench.state.endpoints), there.connect) == (2, True)


def test_what_changed_is_on_record_with_before_and_after(bench: Bench) -> None:
    found = bench.add(bench.url + "/", "charge.failed")
    plan = bench.plan()
    result = repair.apply(bench.writer(), plan)
    assert result.on_record(plan) == {
        "endpoint": found.id,
        "before": {"url": bench.url + "/", "enabled_events": ["charge.failed"]},
        "after": {"url": bench.url, "enabled_events": ["charge.failed", COMPLETED]},
    }
    assert plan.mode == "live"


def test_the_limit_of_endpoints_is_said_in_words(bench: Bench) -> None:
    for number in range(16):
        bench.add(f"https://tenant{number}.example.test/")
    with pytest.raises(Refused) as caught:
        repair.apply(bench.writer(), bench.plan())
    assert caught.value.code == "endpoint-limit"
    assert "16" in caught.value.message


def test_a_key_that_may_only_read_writes_nothing(bench: Bench) -> None:
    reading = bench.state.add_key("live", "restricted", ("webhook_read",))
    plan = bench.plan(key=reading)
    with pytest.raises(PermissionMissing) as caught:
        repair.apply(bench.writer(key=reading), plan)
    assert caught.value.permission == "rak_webhook_write"
    assert bench.state.endpoints == {}


def test_a_list_that_cannot_be_read_plans_nothing(bench: Bench) -> None:
    with pytest.raises(PermissionMissing):
        bench.plan(key=bench.state.add_key("live", "restricted", ("event_read",)))
    bench.state.trouble.fail_next_with = 500
    bench.state.trouble.fail_next_times = 9
    with pytest.raises(StripeFailure):
        bench.plan()


def test_an_answer_that_is_none_is_asked_for_again_and_nothing_is_made_twice(bench: Bench) -> None:
    plan = bench.plan()
    with Proxy(bench.server.url) as proxy:
        run_id = new_run_id()
        writer = StripeWriter(bench.key, keys=KEYS, base_url=proxy.url, timeout=3, run_id=run_id)

        def once(answer: Response) -> Response:
            proxy.heal()
            return DAMAGES["html"](answer)

        proxy.strike(once, "/v1/webhook_endpoints", method="POST")
        result = repair.apply(writer, plan)
        assert (result.action, len(bench.state.endpoints)) == ("create", 1)
        assert result.secret == bench.state.endpoints[str(result.endpoint_id)].secret

        # While nothing else comes, nothing is known, and the run says so.
        bench.state.endpoints.clear()
        writer.close()
        writer = StripeWriter(
            bench.key, keys=KEYS, base_url=proxy.url, timeout=3, run_id="20260101-000000-abcdef"
        )
        proxy.strike(DAMAGES["null"], "/v1/webhook_endpoints", method="POST")
        with pytest.raises(StripeFailure) as caught:
            repair.apply(writer, plan)
        writer.close()
    assert caught.value.code == "unexpected-response"
    assert "is not known whether Stripe made the change (run 20260101-000000-abcdef)" in caught.value.message
    assert len(bench.state.endpoints) == 1
