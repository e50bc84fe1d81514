"""The audit of the dependencies: an answer is told from none, over HTTP and as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.sandbox.surroundings import clean_environment

SCRIPT = Path(__file__).parents[1] / ".ci" / "audit.py"
Answer = Callable[[list[dict[str, Any]]], tuple[int, bytes]]


@contextmanager
def service(answer: Answer) -> Iterator[str]:
    """A stand-in for the service; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answer(asked["queries"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        running = threading.Thread(target=server.serve_forever, daemon=True)
        running.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        running.join()


def audit(url: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env=clean_environment() | {"OSV_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def results(queries: list[dict[str, Any]], **vulnerable: list[str]) -> bytes:
    found = [
        {"vulns": [{"id": one} for one in ids]} if (ids := vulnerable.get(query["package"]["name"])) else {}
        for query in queries
    ]
    return json.dumps({"results": found}).encode()


def test_every_package_is_asked_for_and_what_is_known_is_named() -> None:
    asked: list[dict[str, Any]] = []

    def answer(queries: list[dict[str, Any]]) -> tuple[int, bytes]:
        asked.extend(queries)
        return 200, results(queries, stripe=["GHSA-1", "PYSEC-2"])

    with service(answer) as url:
        code, said = audit(url)
    names = {query["package"]["name"].lower() for query in asked}
    assert {"stripe", "supabase", "psycopg", "jinja2"} <= names
    assert "iahome-fix" not in names
    assert all(query["version"] and query["package"]["ecosystem"] == "PyPI" for query in asked)
    assert code == 1
    assert "GHSA-1, PYSEC-2" in said
    assert f"1 of {len(asked)} packages" in said


def test_where_nothing_is_known_it_says_of_how_many() -> None:
    with service(lambda queries: (200, results(queries))) as url:
        code, said = audit(url)
    assert code == 0
    assert said.startswith("0 of ")


@pytest.mark.parametrize(
    "answer",
    [
        lambda queries: (500, results(queries)),
        lambda queries: (200, results(queries[1:])),
        lambda _queries: (200, b"<html>sign in</html>"),
        lambda _queries: (200, b'{"results": null}'),
        lambda queries: (200, json.dumps({"results": [None] * len(queries)}).encode()),
    ],
    ids=["error", "too few", "portal", "nothing", "odd"],
)
def test_what_is_no_answer_is_not_taken_for_a_good_one(answer: Answer) -> None:
    with service(answer) as url:
        code, said = audit(url)
    assert code == 3
    assert said.startswith("could not be asked: whether ")


def test_a_service_that_is_not_reached_could_not_be_asked() -> None:
    with service(lambda queries: (200, results(queries))) as url:
        pass
    code, said = audit(url)
    assert code == 3
    assert "could not be asked" in said
    assert "ConnectError" in said


def test_ci_has_the_audit_as_a_step_of_its_own_and_the_suite_needs_no_service() -> None:
    workflow = (SCRIPT.parents[1] / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert ".ci/audit.py" in workflow
    assert "continue-on-error" not in workflow
    assert "audit" not in (SCRIPT.parent / "run").read_text(encoding="utf-8")
