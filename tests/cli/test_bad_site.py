"""A site that answers otherwise than the app does: which link is named, and what is said about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, html_response
from tests.cli.bad_support import call, configured, free_port, healthy

if TYPE_CHECKING:
    from tests.checks.app_support import App
    from tests.conftest import MakeMigrated

EMAIL = "somebody.else@example.test"
CHALLENGE = (
    "<html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/x'></script></html>"
)

ANSWERS = {
    "308": Response(308, b"", {"Location": f"https://www.iahome.invalid/hooks?email={EMAIL}&token=abc"}),
    "401": html_response(401, "who are you"),
    "403": html_response(403, "not you"),
    "404": html_response(404, "not here"),
    "405": Response(405, b"", {"Allow": "GET"}),
    "500": html_response(500, f"failed for {EMAIL}"),
    "challenge": html_response(200, CHALLENGE),
    "page": html_response(200, "welcome"),
}
WORDS = {
    "308": "308",
    "401": "a gate answers 401",
    "403": "a gate answers 403",
    "404": "does not exist in the deployed app",
    "405": "takes no POST",
    "500": "answers 500",
    "challenge": "a gate answers 200",
    "page": "this is not the handler",
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_each_wrong_answer_is_the_cause_and_is_said_without_what_the_page_holds(
    kind: str, make_migrated: MakeMigrated, tmp_path: Path
) -> None:
    def answer(_request: Request) -> Response:
        return ANSWERS[kind]

    server = LoopbackServer(answer)
    server.start()
    with healthy(tmp_path, make_migrated()) as app:
        try:
            file = _moved(app, tmp_path, server.url)
            options = ("check-stripe", "--env-file", str(file), "--timeout", "3")
            done = call(tmp_path, *options, "--json", hidden=(EMAIL, "token=abc"))
            screen = call(tmp_path, *options, hidden=(EMAIL, "token=abc"))
        finally:
            server.stop()
    assert (done.code, done.document["verdict"]) == (1, "broken")
    assert done.document["causes"][0] == "site.webhook-route"
    causes = [" ".join(part.split()) for part in screen.out.split("\n\n") if part.startswith("cause")]
    assert causes[0].startswith("cause site.webhook-route")
    assert WORDS[kind] in causes[0]


def test_a_site_that_is_not_there_is_named(make_migrated: MakeMigrated, tmp_path: Path) -> None:
    with healthy(tmp_path, make_migrated()) as app:
        file = _moved(app, tmp_path, f"http://127.0.0.1:{free_port()}")
        done = call(tmp_path, "check-stripe", "--env-file", str(file), "--json", "--timeout", "3")
        fixing = call(tmp_path, "check-stripe", "--fix", "--yes", "--env-file", str(file), "--json")
        writes = [request for request in app.server.requests if request.method != "GET"]
    assert done.code == 1
    assert done.document["causes"][0] == "site.webhook-route"
    assert writes == [], "nothing is pointed at an address where nobody answers"
    assert fixing.code != 0


def _moved(app: App, folder: Path, url: str) -> Path:
    """The env file of an app that is deployed elsewhere, its endpoint as well."""
    app.endpoint.url = f"{url}/api/webhooks/stripe"
    return configured(app, folder, NEXT_PUBLIC_APP_URL=url)
