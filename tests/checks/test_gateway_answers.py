"""What something in front of the Data API answers says nothing of the key, unless it is about the key."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.checks.supabase.project import key, reachable
from iahome_fix.checks.supabase.public_key import anon_key
from iahome_fix.facts.context import Context
from iahome_fix.sandbox.keys import legacy_key, project_ref
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from iahome_fix.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUOTA = "Service for this project is restricted due to the following violations: exceed_egress_quota."


def look(folder: Path, answer: Callable[[Request], Response]) -> dict[str, tuple[str, str]]:
    """Status and words of the checks about the Data API and its two keys."""
    ref = project_ref()
    server = LoopbackServer(answer)
    server.start()
    try:
        path = folder / "iahome.env"
        names = {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{ref}.supabase.co",
            "SUPABASE_API_URL": server.url,
            "SUPABASE_SERVICE_ROLE_KEY": legacy_key("service_role", ref, "x" * 40),
            "NEXT_PUBLIC_SUPABASE_ANON_KEY": legacy_key("anon", ref, "x" * 40),
        }
        path.write_text("".join(f"{name}={value}\n" for name, value in names.items()), encoding="utf-8")
        with closing(Context(load_settings([path], environ={}), timeout=10)) as ctx:
            found = {
                name: check.run(ctx.for_checks())
                for name, check in (("reachable", reachable), ("key", key), ("anon", anon_key))
            }
    finally:
        server.stop()
    return {name: (f.status.value, f"{f.detail} / {f.hint}") for name, f in found.items()}


@pytest.mark.parametrize(
    ("status", "words", "hint"),
    [
        (402, QUOTA, "Billing"),
        (404, "no Route matched with those values", "compare it with the project's URL"),
        (429, "Too many requests", "wait a minute"),
        (408, "Request Timeout", "no key is the reason"),
        (500, "An unexpected error occurred", "no key is the reason"),
        (556, "Database is being upgraded", "no key is the reason"),
    ],
)
def test_an_answer_about_something_else_is_no_refusal_of_the_key(
    tmp_path: Path, status: int, words: str, hint: str
) -> None:
    found = look(tmp_path, lambda _request: json_response(status, {"message": words}))
    for name in ("key", "anon"):
        said = found[name][1]
        assert found[name][0] == "unknown", found
        assert f"{status} {words}" in said
        assert hint in said
        assert "copy the key" not in said


def test_a_database_that_is_down_is_said_by_its_status_too(tmp_path: Path) -> None:
    found = look(tmp_path, lambda _request: json_response(503, {"message": "name resolution failed"}))
    assert found["reachable"][0] == "fail"
    assert "its database does not (503)" in found["reachable"][1]


@pytest.mark.parametrize(
    ("code", "words", "hint"),
    [
        ("53300", "sorry, too many clients already", "pg_stat_activity"),
        ("53100", "could not extend file: No space left on device", "Compute and Disk"),
        ("53200", "out of memory", "Compute and Disk"),
        ("57P03", "the database system is starting up", "wait a minute"),
        ("57P01", "terminating connection due to administrator command", "wait a minute"),
    ],
)
def test_what_the_server_says_of_itself_has_its_own_repair(
    tmp_path: Path, code: str, words: str, hint: str
) -> None:
    # As PostgREST 16 has it: neither details nor a hint.
    found = look(tmp_path, lambda _request: json_response(500, {"code": code, "message": words}))
    status, said = found["key"]
    assert status == "fail"
    assert f"{words} ({code})" in said
    assert hint in said
    assert "pre-request" not in said
    assert "copy the key" not in said


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_one(tmp_path: Path, status: int) -> None:
    found = look(tmp_path, lambda _request: json_response(status, {"message": "Invalid API key"}))
    assert found["key"][0] == found["anon"][0] == "fail"
    assert "copy the key again" in found["key"][1]


def test_a_function_that_is_missing_before_every_table_is_the_projects(tmp_path: Path) -> None:
    gone: dict[str, Any] = {
        "code": "42883",
        "message": "function public.gone() does not exist",
        "hint": None,
        "details": None,
    }
    found = look(tmp_path, lambda _request: json_response(404, gone))
    assert found["key"][0] == "fail"
    assert "refuses every request of the server: function public.gone()" in found["key"][1]
    assert "pre-request function" in found["key"][1]

    def of_modules_alone(request: Request) -> Response:
        return json_response(404, gone) if request.path.endswith("/modules") else json_response(200, [])

    assert look(tmp_path, of_modules_alone)["key"][0] == "unknown"
