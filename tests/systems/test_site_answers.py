"""Looking at the deployed site from outside: every answer is an Answer, whatever happens on the way."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
import stripe

from iahome_fix import __version__
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, html_response, json_response
from iahome_fix.sandbox.site import Site as DeployedSite
from iahome_fix.systems.site import Answer, Site
from iahome_fix.systems.site_probe import PROBE_TYPE, ascii_event, awkward_event
from tests.systems.skewed_support import SkewedApp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATH = "/api/webhooks/stripe"


def made_up_secret() -> str:
    return "whsec" + "_" + "s" * 24


@contextmanager
def serving(answer: Callable[[Request], Response]) -> Iterator[Site]:
    server = LoopbackServer(answer)
    server.start()
    with closing(Site(server.url, timeout=3)) as site:
        yield site
    server.stop()


@pytest.fixture
def deployed() -> Iterator[tuple[DeployedSite, Site]]:
    with (
        DeployedSite(dsn="", webhook_secret=made_up_secret()) as app,
        closing(Site(app.url, timeout=3)) as site,
    ):
        yield app, site


def test_the_route_refuses_what_is_not_signed(deployed: tuple[DeployedSite, Site]) -> None:
    app, site = deployed
    answer = site.post_unsigned(PATH)
    assert (answer.status, answer.is_page, answer.refuses_unsigned) == (400, False, True)
    assert site.probe_get(PATH).status == 405
    assert site.probe_get("/encours").status == 200
    assert app.requests == [("POST", PATH), ("GET", PATH), ("GET", "/encours")]


@pytest.mark.parametrize("body", [ascii_event(), awkward_event()])
def test_a_harmless_event_is_accepted_only_with_the_right_secret(
    deployed: tuple[DeployedSite, Site], body: str
) -> None:
    app, site = deployed
    assert site.post_signed(PATH, body, made_up_secret()).status == 200
    assert site.post_signed(PATH, body, made_up_secret() + "x").status == 400
    assert site.post_signed(PATH, body, made_up_secret(), int(time.time()) - 900).status == 400
    assert app.log == [], "a harmless event must not make the handler do anything"


def test_only_the_awkward_body_notices_that_bodies_are_altered(deployed: tuple[DeployedSite, Site]) -> None:
    app, site = deployed
    app.alters_body = True
    assert site.post_signed(PATH, ascii_event(), made_up_secret()).status == 200
    assert site.post_signed(PATH, awkward_event(), made_up_secret()).status == 400


def test_a_harmless_event_is_of_a_type_nobody_knows() -> None:
    header = stripe.WebhookSignature.generate_signature_header(awkward_event(), made_up_secret())
    assert header
    for body in (ascii_event(), awkward_event()):
        signed = stripe.WebhookSignature.generate_signature_header(body, made_up_secret())
        event = stripe.Webhook.construct_event(body.encode(), signed, made_up_secret())
        assert (event.type, event.livemode, event.object) == (PROBE_TYPE, False, "event")
    assert ascii_event().isascii()
    assert not awkward_event().isascii()
    assert ascii_event() != ascii_event(), "each has an id of its own"


def test_no_redirect_is_followed(deployed: tuple[DeployedSite, Site]) -> None:
    app, site = deployed
    app.redirect_to = "/elsewhere"
    answer = site.post_unsigned(PATH)
    assert (answer.status, answer.redirects) == (308, True)
    assert answer.location == f"{app.url}/elsewhere"
    assert app.requests == [("POST", PATH)]


def test_what_is_sent_says_who_sends_it() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return json_response(400, {})

    with serving(answer) as site:
        site.post_unsigned(PATH)
        site.probe_get("encours")
    assert seen[0].headers["user-agent"] == f"iahome-fix/{__version__}"
    assert "stripe-signature" not in seen[0].headers
    assert seen[0].headers["content-type"].startswith("application/json")
    assert [request.target for request in seen] == [PATH, "/encours"]


@pytest.mark.parametrize(
    ("response", "challenge"),
    [
        (html_response(403, "Just a moment..."), True),
        (html_response(403, "no", {"cf-mitigated": "challenge"}), True),
        (html_response(200, "please solve this CAPTCHA"), True),
        (json_response(429, {}, {"x-vercel-mitigated": "challenge"}), True),
        (html_response(403, "forbidden"), False),
        (json_response(403, {"why": "captcha"}), False),
    ],
)
def test_pages_for_people_only_are_recognised(response: Response, *, challenge: bool) -> None:
    with serving(lambda _: response) as site:
        assert site.post_unsigned(PATH).challenge is challenge


def test_a_page_with_400_is_not_the_handlers_refusal() -> None:
    with serving(lambda _: html_response(400, "plain http request sent to https port")) as site:
        answer = site.post_unsigned(PATH)
    assert answer.status == 400
    assert not answer.refuses_unsigned
    with serving(lambda _: Response(400, b"No signature", {"Content-Type": "text/plain"})) as site:
        assert site.post_unsigned(PATH).refuses_unsigned


def test_the_servers_clock_is_compared() -> None:
    for ahead in (900, -7200):
        with SkewedApp(made_up_secret(), ahead) as app, closing(Site(app.url, timeout=3)) as site:
            seen = site.post_unsigned(PATH).clock
        assert seen is not None
        assert abs(seen - ahead) < 10
    with serving(lambda _: json_response(400, {})) as site:
        here = site.post_unsigned(PATH).clock
    assert here is not None
    assert abs(here) < 10


def no_answer(url: str, timeout: float = 2) -> Answer:
    with closing(Site(url, timeout=timeout)) as site:
        answer = site.post_unsigned(PATH)
    assert answer.status is None
    return answer


def test_silence_has_a_reason() -> None:
    with closing(socket.socket()) as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        assert no_answer(f"http://127.0.0.1:{port}").reason == "refused"
    assert no_answer("ftp://127.0.0.1").reason == "bad-url"
    assert no_answer("https://no-such-host.invalid").reason in ("dns", "network")


def test_a_server_without_a_certificate_is_no_https_server(deployed: tuple[DeployedSite, Site]) -> None:
    app, _site = deployed
    assert no_answer(app.url.replace("http://", "https://")).reason == "tls"


def test_a_slow_site_is_given_up_in_time(deployed: tuple[DeployedSite, Site]) -> None:
    app, _site = deployed
    app.hang_seconds = 30
    answer = no_answer(app.url, timeout=0.3)
    assert answer.reason == "timeout"
    assert answer.seconds < 2


def test_a_connection_that_is_dropped_is_closed() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]

        def hang_up() -> None:
            listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        assert no_answer(f"http://127.0.0.1:{port}").reason == "closed"
        thread.join()


def test_a_huge_page_is_not_read_to_its_end() -> None:
    with serving(lambda _: Response(200, b"x" * 5_000_000, {"Content-Type": "text/html"})) as site:
        assert site.probe_get("/").status == 200
