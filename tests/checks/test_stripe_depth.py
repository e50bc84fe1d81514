"""Link stripe in depth: v2 destinations, events that nobody heard, late payers, mixed-up modes, rights."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from iahome_fix.model import Status
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from tests.checks.app_support import CHECKS, COMPLETED, PATH, App, ago, running, secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from iahome_fix.model import Result

ASYNC = "checkout.session.async_payment_succeeded"
ALICE = "alice@example.test"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with running(tmp_path) as app:
        yield app


@pytest.fixture
def served(tmp_path: Path, shared: str) -> Iterator[App]:
    """An app with a database and its three customers."""
    with running(tmp_path, shared) as app:
        app.empty()
        app.customers()
        yield app


def stripe_only(app: App, check_id: str) -> Result:
    """What one check says in a run over the link stripe alone."""
    return app.run([check for check in CHECKS if check.id.startswith("stripe.")]).result(check_id)


# Destinations of the v2 list


def test_a_thin_destination_is_explained_and_not_called_no_endpoint(app: App) -> None:
    app.stripe.endpoints.clear()
    thin = app.stripe.add_destination(url=app.site.url + PATH)
    report = app.run()
    finding = report.result("stripe.endpoint").finding
    assert report.causes == ("stripe.endpoint",)
    assert finding.evidence["thin"] == [thin["id"]]
    assert "thin events" in finding.detail
    assert finding.fix is not None
    assert report.result("stripe.endpoint-url").finding.because_of == ("stripe.endpoint",)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("amazon_eventbridge", "Amazon EventBridge"), ("azure_event_grid", "Azure Event Grid")],
)
def test_what_is_no_webhook_is_named_beside_the_missing_endpoint(app: App, kind: str, words: str) -> None:
    app.stripe.endpoints.clear()
    there = app.stripe.add_destination(kind=kind, event_payload="snapshot", enabled_events=[COMPLETED])
    app.stripe.add_destination(kind=kind, enabled_events=["charge.failed"])
    finding = app.result("stripe.endpoint").finding
    assert finding.status is Status.FAIL
    assert words in finding.detail
    assert finding.evidence["destinations"] == [there["id"]]


def test_a_wider_list_that_fails_leaves_it_open(app: App) -> None:
    app.stripe.endpoints.clear()
    with _in_front(app, lambda path: 500 if path.startswith("/v2/") else None):
        report = app.run()
    assert report.result("stripe.endpoint").status is Status.UNKNOWN
    assert report.causes == ()


@pytest.mark.parametrize("status", [403, 404])
def test_a_wider_list_that_may_not_be_read_was_not_looked_at(app: App, status: int) -> None:
    app.stripe.endpoints.clear()
    with _in_front(app, lambda path: status if path.startswith("/v2/") else None):
        finding = app.result("stripe.endpoint").finding
    assert finding.status is Status.FAIL
    assert "was not looked at" in finding.detail
    assert finding.evidence["destinations"] is None


def test_a_thin_twin_at_the_same_address_is_worth_a_warning(app: App) -> None:
    thin = app.stripe.add_destination(url=app.site.url + PATH)
    app.stripe.add_destination(url=app.site.url + PATH, status="disabled")
    app.stripe.add_destination(url="https://elsewhere.example.test" + PATH)
    report = app.run()
    finding = report.result("stripe.endpoint-duplicates").finding
    assert (finding.status, finding.evidence["others"]) == (Status.WARN, [thin["id"]])
    assert report.causes == ()


# stripe.unheard-events


def test_events_from_before_the_endpoint_went_to_nobody(app: App) -> None:
    app.buys(ALICE, 15, created=ago(days=3))
    app.buys(ALICE, 6, created=ago(hours=2))
    app.endpoint.created = int(ago(days=1).timestamp())
    finding = stripe_only(app, "stripe.unheard-events").finding
    assert finding.status is Status.WARN
    assert len(finding.evidence["events"]) == 1
    assert "not known" in finding.detail
    app.endpoint.created = int(ago(days=20).timestamp())
    assert stripe_only(app, "stripe.unheard-events").status is Status.OK


def test_without_any_endpoint_every_payment_went_to_nobody(app: App) -> None:
    app.stripe.endpoints.clear()
    app.buys(ALICE, 15)
    app.buys(ALICE, 6, created=ago(minutes=1))  # too young to say
    finding = stripe_only(app, "stripe.unheard-events").finding
    assert finding.status is Status.WARN
    assert len(finding.evidence["events"]) == 1


def test_an_event_that_waits_was_sent_to_somebody(app: App) -> None:
    session = app.buys(ALICE, 15, pay=False, created=ago(days=3))
    app.stripe.add_event(object_id=session, created=ago(days=3), pending_webhooks=1)
    app.endpoint.created = int(ago(days=1).timestamp())
    assert stripe_only(app, "stripe.unheard-events").status is Status.OK


# stripe.delayed-methods


@pytest.mark.parametrize("method", ["sepa_debit"])
def test_a_method_that_pays_late_needs_the_event_that_tells_of_the_money(app: App, method: str) -> None:
    app.buys(ALICE, 15, pay=False, payment_method_types=["card", method], status="open")
    report = app.run()
    finding = report.result("stripe.delayed-methods").finding
    assert finding.status is Status.WARN
    assert finding.evidence["methods"] == [method]
    assert ASYNC in finding.detail
    assert report.causes == ()
    app.endpoint.enabled_events = [COMPLETED, ASYNC]
    assert app.result("stripe.delayed-methods").status is Status.OK


def test_cards_and_what_was_offered_long_ago_need_nothing(app: App) -> None:
    app.buys(ALICE, 15, payment_method_types=["card", "paypal"])
    app.buys(ALICE, 15, payment_method_types=["sepa_debit"], created=ago(days=40))
    assert app.result("stripe.delayed-methods").status is Status.OK


# stripe.modes


def test_a_public_site_that_sells_in_test_mode(app: App) -> None:
    app.variables["NEXT_PUBLIC_APP_URL"] = "https://shop.example.test"
    app.key = app.stripe.add_key("test")
    assert app.result("stripe.modes", alone=True).status is Status.OK
    app.buys(ALICE, 15, livemode=False, pay=False, success_url="https://shop.example.test/success")
    finding = app.result("stripe.modes", alone=True).finding
    assert finding.status is Status.WARN
    assert "test mode" in finding.detail
    app.variables["NEXT_PUBLIC_APP_URL"] = "https://staging.example.test"
    assert app.result("stripe.modes", alone=True).status is Status.OK


def test_accesses_that_came_from_the_other_mode_give_the_site_away(served: App) -> None:
    served.grant(ALICE, 15, "cs_live_1")
    assert served.result("stripe.modes", alone=True).status is Status.OK
    served.sql("update public.module_access set created_at = created_at - interval '1 day'")
    served.grant("bob@example.test", 6, "cs_test_2")
    finding = served.result("stripe.modes", alone=True).finding
    assert finding.status is Status.WARN
    assert "runs in test mode" in finding.detail
    served.sql("update public.module_access set metadata = metadata || '{\"reconciled\": true}'")
    assert served.result("stripe.modes", alone=True).status is Status.OK


# stripe.permissions


def test_a_restricted_key_with_all_it_needs(app: App) -> None:
    needed = (
        *("checkout_session_read", "payment_intent_read", "charge_read", "invoice_read", "webhook_read"),
        "event_read",
    )
    app.key = app.stripe.add_key("live", "restricted", needed)
    assert app.result("stripe.permissions").status is Status.OK
    app.key = app.stripe.add_key("live", "restricted", needed[:-1])
    finding = app.result("stripe.permissions").finding
    assert (finding.status, finding.evidence["missing"]) == (Status.WARN, ["rak_event_read"])
    assert "check-stripe --resend" in finding.detail


def test_rights_are_not_judged_where_stripe_does_not_answer_or_refuses_the_key(app: App) -> None:
    app.key = secret("rk_" + "live")
    refused = app.result("stripe.permissions").finding
    assert (refused.status, refused.because_of) == (Status.BLOCKED, ("stripe.key",))
    app.variables["STRIPE_API_BASE"] = "http://127.0.0.1:1"
    assert app.result("stripe.permissions").status is Status.UNKNOWN


# site.webhook-secret: the same secret with something around it


@pytest.mark.parametrize(
    ("shape", "words"),
    [("{}\n", "line end"), ('"{}"', "quotes")],
)
def test_the_deployed_secret_is_the_right_one_with_a_stain(app: App, shape: str, words: str) -> None:
    app.site.webhook_secret = shape.format(app.endpoint.secret)
    report = app.run()
    finding = report.result("site.webhook-secret").finding
    assert report.causes == ("site.webhook-secret",)
    assert words in finding.detail
    assert app.endpoint.secret not in str(finding)


@contextmanager
def _in_front(app: App, status: Callable[[str], int | None]) -> Iterator[None]:
    """Something between the tool and Stripe that answers some paths itself: `status` says which, and how."""

    def answer(request: Request) -> Response:
        own = status(request.path)
        if own is not None:
            return json_response(own, {"error": {"message": "no", "type": "invalid_request_error"}})
        with httpx.Client(trust_env=False) as client:
            there = client.request(
                request.method,
                app.server.url + request.target,
                headers={"Authorization": request.headers["authorization"]},
            )
        return Response(there.status_code, there.content, {"Content-Type": "application/json"})

    server = LoopbackServer(answer)
    server.start()
    app.variables["STRIPE_API_BASE"] = server.url
    try:
        yield
    finally:
        server.stop()
