"""Link stripe: is an endpoint there, at the exact address, in the right mode, enabled and subscribed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.stripe import link
from iahome_fix.model import Kind, Link, Status, Verdict
from iahome_fix.sandbox.loopback import LoopbackServer, json_response
from tests.checks.app_support import CHECKS, COMPLETED, PATH, App, ago, running, secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with running(tmp_path) as app:
        yield app


def test_a_healthy_app_has_no_finding(app: App) -> None:
    app.endpoint.enabled_events = ["*"]  # D03: more types than needed are no fault
    report = app.run()
    assert {result.status for result in report.results} == {Status.OK}
    assert report.causes == ()


def test_every_check_says_how_it_is_repaired() -> None:
    for check in link.CHECKS:
        assert "Repair" in check.text, check.id
        assert "Never" in check.text, check.id
    hygiene = [check.id for check in link.CHECKS if check.kind is Kind.HYGIENE]
    assert hygiene == [
        "stripe.endpoint-duplicates",
        "stripe.unheard-events",
        "stripe.delayed-methods",
        "stripe.modes",
        "stripe.permissions",
    ]


# stripe.key


def test_no_key_is_a_skip_that_names_the_variable(app: App) -> None:
    app.key = ""
    result = app.result("stripe.key")
    assert result.status is Status.SKIPPED
    assert "STRIPE_SECRET_KEY" in result.finding.detail


@pytest.mark.parametrize("key", ["expired", "wrong", "publishable"])
def test_a_key_that_stripe_refuses_fails(app: App, key: str) -> None:
    if key == "expired":
        app.stripe.expire_key(app.key)
    elif key == "wrong":
        app.key = secret("sk_" + "live")
    else:
        app.key = app.stripe.add_key("live", "publishable")
    report = app.run()
    finding = report.result("stripe.key").finding
    assert finding.status is Status.FAIL
    assert finding.evidence["reason"] in ("key-expired", "key-invalid", "publishable")
    assert app.key not in str(finding)
    assert report.causes == ("stripe.key",)
    assert report.result("payments.unfulfilled").finding.because_of == ("stripe.key",)


def test_silence_says_nothing_about_the_key(app: App) -> None:
    app.variables["STRIPE_API_BASE"] = "http://127.0.0.1:1"
    report = app.run()
    assert report.result("stripe.key").status is Status.UNKNOWN
    assert report.causes == ()


@pytest.mark.parametrize(
    ("permissions", "check_id", "named"),
    [
        (("webhook_read", "event_read"), "stripe.key", "rak_checkout_session_read"),
        (("checkout_session_read", "event_read"), "stripe.endpoint", "rak_webhook_read"),
        (("checkout_session_read", "webhook_read"), "stripe.undelivered", "rak_event_read"),
    ],
)
def test_a_missing_permission_is_named_and_never_a_finding(
    app: App, permissions: tuple[str, ...], check_id: str, named: str
) -> None:
    app.key = app.stripe.add_key("live", "restricted", permissions)
    report = app.run()
    result = report.result(check_id)
    assert result.status is Status.UNKNOWN
    assert named in result.finding.detail
    assert report.causes == ()
    if check_id != "stripe.key":
        assert report.result("stripe.key").status is Status.OK


# stripe.endpoint


def test_no_endpoint_at_all(app: App) -> None:
    app.stripe.endpoints.clear()
    report = app.run()
    finding = report.result("stripe.endpoint").finding
    assert report.causes == ("stripe.endpoint",)
    assert finding.fix is not None
    assert "check-stripe --fix" in finding.fix.command
    for later in ("stripe.endpoint-url", "stripe.undelivered", "payments.unfulfilled"):
        assert report.result(later).finding.because_of == ("stripe.endpoint",)


def test_endpoints_of_other_hosts_are_listed_but_do_not_count(app: App) -> None:
    app.endpoint.url = "https://other.example.test/hook?token=" + secret("x")
    finding = app.result("stripe.endpoint").finding
    assert finding.status is Status.FAIL
    assert "https://other.example.test/hook" in finding.detail
    assert "token" not in finding.detail
    assert finding.hint is not None
    assert "live key" in finding.hint


def test_an_endpoint_of_the_other_mode_is_none(app: App) -> None:
    app.endpoint.livemode = False
    assert app.run().causes == ("stripe.endpoint",)


def test_an_endpoint_behind_many_others_is_found(app: App) -> None:
    for number in range(130):
        app.stripe.add_endpoint(url=f"https://tenant{number}.example.test/", enabled_events=["charge.failed"])
    assert app.result("stripe.endpoint").status is Status.OK


def test_a_list_that_breaks_off_is_not_taken_for_none(app: App) -> None:
    app.stripe.endpoints.clear()
    for number in range(130):
        app.stripe.add_endpoint(url=f"https://tenant{number}.example.test/", enabled_events=["charge.failed"])
    app.stripe.trouble.fail_after_pages = 1
    report = app.run()
    assert report.result("stripe.endpoint").status is Status.UNKNOWN
    assert report.causes == ()


def test_a_snapshot_destination_that_only_v2_shows_counts(app: App) -> None:
    app.stripe.endpoints.clear()
    app.stripe.add_destination(url=app.site.url + PATH, event_payload="thin")
    assert app.result("stripe.endpoint").status is Status.FAIL
    app.stripe.add_destination(
        url=app.site.url + PATH, event_payload="snapshot", enabled_events=[COMPLETED], status="enabled"
    )
    report = app.run()
    assert report.result("stripe.endpoint-url").status is Status.OK
    assert report.result("stripe.endpoint-events").status is Status.OK


# stripe.endpoint-url


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda url: url + "/", "slash"),
        (lambda url: url.replace("/webhooks/stripe", "/stripe-webhook"), "path"),
        (lambda url: url.replace("http://", "https://"), "scheme"),
    ],
)
def test_a_near_miss_that_does_not_answer_fails(app: App, change: object, word: str) -> None:
    assert callable(change)
    app.endpoint.url = change(app.endpoint.url)
    report = app.run()
    finding = report.result("stripe.endpoint-url").finding
    assert report.causes == ("stripe.endpoint-url",)
    assert finding.evidence["differs"] == [word]
    assert finding.evidence["expected"] == app.site.url + PATH
    assert finding.fix is not None


def test_an_address_that_redirects_names_where_to(app: App) -> None:
    app.site.redirect_to = "/api/webhooks/stripe"
    app.site.webhook_path = "/api/stripe-webhook"
    app.endpoint.url = app.site.url + "/api/stripe-webhook"
    finding = app.result("stripe.endpoint-url").finding
    assert finding.status is Status.FAIL
    assert f"answers 308 and points to {app.site.url}{PATH}" in finding.detail


def test_a_query_that_the_app_does_not_mind_is_a_warning(app: App) -> None:
    app.endpoint.url += "?source=stripe"
    report = app.run()
    assert report.result("stripe.endpoint-url").status is Status.WARN
    assert report.causes == ()


@pytest.mark.parametrize("path", ["/api/stripe-webhook", "/api/stripe/webhook"])
def test_a_later_version_of_the_app_is_judged_where_it_takes_events(app: App, path: str) -> None:
    app.site.webhook_path = path
    app.endpoint.url = app.site.url + path
    report = app.run()
    assert report.result("stripe.endpoint-url").status is Status.WARN
    route = report.result("site.webhook-route").finding
    assert (route.status, route.evidence["url"]) == (Status.OK, app.site.url + path)
    assert report.result("site.webhook-secret").status is Status.OK
    assert report.causes == ()


def test_of_two_routes_that_answer_the_expected_one_is_meant(app: App) -> None:
    server = LoopbackServer(lambda _: json_response(400, {}))
    server.start()
    app.variables["NEXT_PUBLIC_APP_URL"] = server.url
    app.endpoint.url = server.url + "/api/stripe-webhook"
    report = app.run([check for check in link.CHECKS if check.id.startswith("stripe.endpoint")])
    server.stop()
    assert report.causes == ("stripe.endpoint-url",)


def test_an_app_that_takes_events_elsewhere_than_registered(app: App) -> None:
    app.site.webhook_path = "/api/stripe-webhook"
    report = app.run()
    assert report.result("stripe.endpoint-url").status is Status.OK
    assert report.causes == ("site.webhook-route",)
    assert report.result("site.webhook-route").finding.evidence["answering"] == ["/api/stripe-webhook"]


# mode, status, events, duplicates


def test_a_test_key_sees_test_endpoints(app: App) -> None:
    app.key = app.stripe.add_key("test")
    app.endpoint.livemode = False
    report = app.run()
    assert report.result("stripe.endpoint-mode").status is Status.OK
    assert "test mode" in report.result("stripe.endpoint-mode").finding.detail


def test_a_disabled_endpoint_at_a_good_address_is_the_cause(app: App) -> None:
    app.endpoint.status = "disabled"
    report = app.run()
    assert report.causes == ("stripe.endpoint-enabled",)
    assert report.result("stripe.undelivered").finding.because_of == ("stripe.endpoint-enabled",)


def test_a_disabled_endpoint_at_a_bad_address_is_a_consequence(app: App) -> None:
    app.endpoint.status = "disabled"
    app.site.status_override = 404
    report = app.run()
    assert report.causes == ("site.webhook-route",)
    assert report.result("stripe.endpoint-enabled").finding.because_of == ("site.webhook-route",)


def test_the_wrong_events_are_listed(app: App) -> None:
    app.endpoint.enabled_events = ["payment_intent.succeeded", "charge.succeeded"]
    report = app.run()
    finding = report.result("stripe.endpoint-events").finding
    assert report.causes == ("stripe.endpoint-events",)
    assert "payment_intent.succeeded, charge.succeeded" in finding.detail


def test_more_events_than_needed_are_a_remark(app: App) -> None:
    app.endpoint.enabled_events = ["charge.failed", COMPLETED, "invoice.paid"]
    finding = app.result("stripe.endpoint-events").finding
    assert finding.status is Status.OK
    assert finding.evidence["extra"] == ["charge.failed", "invoice.paid"]


@pytest.mark.parametrize(
    ("url", "status", "expected"),
    [
        ("https://old-tunnel.example.test" + PATH, "enabled", Status.WARN),
        ("https://old-tunnel.example.test" + PATH, "disabled", Status.OK),
        ("https://old-tunnel.example.test/other", "enabled", Status.OK),
        ("SITE" + PATH, "enabled", Status.WARN),
        ("SITE/api/stripe-webhook", "enabled", Status.WARN),
    ],
)
def test_surplus_endpoints_are_worth_a_warning(app: App, url: str, status: str, expected: Status) -> None:
    more = app.stripe.add_endpoint(
        url=url.replace("SITE", app.site.url), enabled_events=[COMPLETED], status=status, created=ago(days=1)
    )
    report = app.run()
    result = report.result("stripe.endpoint-duplicates")
    assert result.status is expected
    assert report.causes == ()
    if expected is Status.WARN:
        assert set(result.finding.evidence["others"]) <= {more.id, app.endpoint.id}


def test_events_wait_but_the_database_is_not_configured(app: App) -> None:
    session = app.buys("carol@example.test", 15, pay=False)
    app.stripe.add_event(object_id=session, pending_webhooks=1, created=ago(minutes=10))
    result = app.result("stripe.undelivered")
    assert result.status is Status.WARN
    assert "SUPABASE_DB_URL" in result.finding.detail


def test_the_links_stripe_and_site_can_be_judged_without_a_database(app: App) -> None:
    app.buys("carol@example.test", 15)
    report = app.run([check for check in CHECKS if check.link in (Link.STRIPE, Link.SITE)])
    assert report.result("site.webhook-handler").status is Status.SKIPPED
    assert report.verdict is Verdict.HEALTHY


def test_a_very_young_event_is_under_way(app: App) -> None:
    session = app.buys("carol@example.test", 15, pay=False, created=ago(minutes=2))
    app.stripe.add_event(object_id=session, pending_webhooks=1, created=ago(minutes=1))
    result = app.result("stripe.undelivered")
    assert result.status is Status.OK
    assert "under way" in result.finding.detail


def test_the_endpoints_are_listed_once_however_many_checks_ask(app: App) -> None:
    app.run()
    paths = [received.path for received in app.server.requests]
    assert paths.count("/v1/webhook_endpoints") == 1
    assert {received.method for received in app.server.requests} == {"GET"}
