"""Link site: does the deployed app take what Stripe sends, with the same secret and on the same bytes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.site import link
from iahome_fix.model import Status
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, html_response, json_response
from tests.checks.app_support import PATH, App, running, secret
from tests.systems.skewed_support import SkewedApp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with running(tmp_path) as app:
        yield app


def test_every_check_says_how_it_is_repaired() -> None:
    for check in link.CHECKS:
        assert "Repair" in check.text, check.id
        assert "Never" in check.text, check.id


def test_the_site_is_told_nothing_but_harmless_things(app: App) -> None:
    app.run()
    assert app.site.log == []
    assert sorted(set(app.site.requests)) == [("GET", "/encours"), ("POST", PATH)]


# site.webhook-route


def test_a_gate_in_front_is_the_cause(app: App) -> None:
    app.site.gate = status = 401
    report = app.run()
    finding = report.result("site.webhook-route").finding
    assert report.causes == ("site.webhook-route",)
    assert f"a gate answers {status}" in finding.detail
    for later in ("site.webhook-secret", "site.webhook-body", "payments.unfulfilled"):
        assert report.result(later).finding.because_of == ("site.webhook-route",)


@pytest.mark.parametrize(
    ("unsigned", "wrongly", "status"),
    [
        (401, 401, Status.OK),
        (500, 400, Status.WARN),
        (200, 200, Status.FAIL),
    ],
)
def test_a_rightly_signed_event_decides_before_the_refusals(
    app: App, unsigned: int, wrongly: int, status: Status
) -> None:
    app.site.refusals = (unsigned, wrongly)
    report = app.run()
    assert report.result("site.webhook-route").status is status
    if status is not Status.FAIL:
        assert report.causes == ()
        assert report.result("site.webhook-body").status is Status.OK


def test_without_the_secret_a_refusal_in_other_words_is_no_proof(app: App) -> None:
    app.site.refusals = (401, 401)
    app.variables["STRIPE_WEBHOOK_SECRET"] = ""
    assert app.result("site.webhook-route").status is Status.FAIL


@pytest.mark.parametrize(("status", "platform"), [(504, "FUNCTION_INVOCATION_TIMEOUT")])
def test_a_limit_of_the_platform_is_named(app: App, status: int, platform: str) -> None:
    headers = {"X-Vercel-Error": platform} if platform else {}

    def answer(request: Request) -> Response:
        if "stripe-signature" in request.headers:
            return html_response(status, "timed out", headers)
        return json_response(400, {})

    server = LoopbackServer(answer)
    server.start()
    app.variables["NEXT_PUBLIC_APP_URL"] = server.url
    finding = app.result("site.webhook-route", alone=True).finding
    server.stop()
    assert finding.status is Status.FAIL
    assert f"the platform's own time limit ended it ({status}" in finding.detail
    assert platform in finding.detail


def test_a_redirect_is_a_failure_with_its_target(app: App) -> None:
    app.site.redirect_to = "https://www.example.test" + PATH
    finding = app.result("site.webhook-route").finding
    assert finding.status is Status.FAIL
    assert finding.evidence["location"] == "https://www.example.test" + PATH
    assert "308" in finding.detail


def test_a_crash_without_a_stripe_key_is_a_consequence(app: App) -> None:
    app.site.status_override = 500
    app.key = ""
    finding = app.result("site.webhook-route").finding
    assert finding.status is Status.BLOCKED
    assert finding.because_of == ("env.stripe-secret-key",)


@pytest.mark.parametrize(
    ("response", "status", "words"),
    [
        (html_response(200, "Just a moment..."), Status.FAIL, "a gate answers 200"),
        (Response(400, b"No signature"), Status.OK, "refuses what is not signed"),
    ],
)
def test_answers_that_the_app_does_not_give(app: App, response: Response, status: Status, words: str) -> None:
    server = LoopbackServer(lambda _: response)
    server.start()
    app.variables["NEXT_PUBLIC_APP_URL"] = server.url
    finding = app.result("site.webhook-route", alone=True).finding
    server.stop()
    assert finding.status is status
    assert words in finding.detail


def test_a_refused_connection_is_a_failure_and_only_one(app: App) -> None:
    app.variables["NEXT_PUBLIC_APP_URL"] = "http://127.0.0.1:1"
    app.endpoint.url = "http://127.0.0.1:1" + PATH
    report = app.run()
    assert report.causes == ("site.webhook-route",)
    assert report.result("site.encours").finding.because_of == ("site.webhook-route",)


def test_a_host_without_an_address_is_not_known_when_nobody_else_answers(app: App) -> None:
    app.variables["NEXT_PUBLIC_APP_URL"] = "https://no-such-host.invalid"
    app.variables["STRIPE_API_BASE"] = "http://127.0.0.1:1"
    report = app.run()
    assert report.result("site.webhook-route").status is Status.UNKNOWN
    assert report.result("site.encours").status is Status.UNKNOWN
    assert report.causes == ()


def test_a_site_that_hangs_ends_in_time(app: App) -> None:
    app.site.hang_seconds = 60
    report = app.run(timeout=0.5)
    assert report.result("site.webhook-route").status is Status.UNKNOWN
    assert "in time" in report.result("site.webhook-route").finding.detail


# site.webhook-secret


def test_another_secret_on_the_server_is_the_cause(app: App) -> None:
    app.site.webhook_secret = secret("whsec")
    report = app.run()
    finding = report.result("site.webhook-secret").finding
    assert report.causes == ("site.webhook-secret",)
    assert report.result("site.webhook-body").finding.because_of == ("site.webhook-secret",)
    assert app.endpoint.secret not in str(finding)
    assert app.site.webhook_secret not in str(finding)


def test_no_secret_on_the_server_looks_the_same(app: App) -> None:
    app.site.webhook_secret = None
    assert app.run().causes == ("site.webhook-secret",)


@pytest.mark.parametrize("ahead", [900, -900])
def test_a_wrong_clock_is_not_taken_for_a_wrong_secret(app: App, ahead: int) -> None:
    with SkewedApp(app.endpoint.secret, ahead) as server:
        app.variables["NEXT_PUBLIC_APP_URL"] = server.url
        finding = app.result("site.webhook-secret", alone=True).finding
    if ahead < 0:
        # Stripe's own check lets signatures from the future pass.
        assert finding.status is Status.OK
    else:
        assert finding.status is Status.FAIL
        assert "clock" in finding.detail
        assert abs(finding.evidence["clock_ahead_seconds"] - ahead) < 10


def test_a_wrong_secret_on_a_wrong_clock_is_a_wrong_secret(app: App) -> None:
    with SkewedApp(secret("whsec"), 900) as server:
        app.variables["NEXT_PUBLIC_APP_URL"] = server.url
        finding = app.result("site.webhook-secret", alone=True).finding
    assert finding.status is Status.FAIL
    assert "clock" not in finding.detail


# site.webhook-body


def test_a_body_that_is_altered_is_the_cause(app: App) -> None:
    app.site.alters_body = True
    report = app.run()
    assert report.causes == ("site.webhook-body",)
    assert report.result("site.webhook-secret").status is Status.OK
    assert report.result("payments.unfulfilled").finding.because_of == ("site.webhook-body",)


# site.encours


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (html_response(200, "Mes modules"), Status.OK),
        (Response(307, b"", {"Location": "/login?next=/encours"}), Status.OK),
        (html_response(503, "Just a moment..."), Status.UNKNOWN),
    ],
)
def test_the_page(app: App, response: Response, status: Status) -> None:
    def answer(request: Request) -> Response:
        return response if request.path == "/encours" else json_response(400, {})

    server = LoopbackServer(answer)
    server.start()
    app.variables["NEXT_PUBLIC_APP_URL"] = server.url
    result = app.result("site.encours", alone=True)
    server.stop()
    assert result.status is status


def test_a_whole_site_that_answers_alike_is_one_cause(app: App) -> None:
    status = 503
    server = LoopbackServer(lambda _request: html_response(status, "closed"))
    server.start()
    app.variables["NEXT_PUBLIC_APP_URL"] = server.url
    finding = app.result("site.encours").finding
    server.stop()
    assert (finding.status, finding.because_of) == (Status.BLOCKED, ("site.webhook-route",))
    assert f"the whole site answers {status}" in finding.detail
