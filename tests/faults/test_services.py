"""What the project answers to everybody: each reason has its own words, and no key is called wrong by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iahome_fix.sandbox.loopback import Response, html_response, json_response

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld

QUOTA = "Service for this project is restricted due to the following violations: exceed_egress_quota."


def of_postgrest(status: int, code: str, message: str) -> Response:
    return json_response(
        status, {"code": code, "message": message}, {"Proxy-Status": f"PostgREST; error={code}"}
    )


FOR_EVERYBODY = (
    (of_postgrest(503, "PGRST000", "Database connection error. Retrying the connection."), "cannot log in"),
    (of_postgrest(503, "PGRST001", "Database client error. Retrying the connection."), "has no connection"),
    (of_postgrest(504, "PGRST003", "Timed out acquiring connection from connection pool."), "are taken"),
    (of_postgrest(500, "PGRST300", "Server lacks JWT secret"), "no key is the reason"),
    (json_response(402, {"message": QUOTA}), "exceed_egress_quota"),
    (html_response(521, "Web server is down"), "its Data API does not run"),
    (
        json_response(502, {"message": "An invalid response was received from the upstream server"}),
        "does not run",
    ),
)


def test_what_everybody_gets_is_told_by_its_reason(open_world: OpenWorld) -> None:
    world = open_world()
    for answer, words in FOR_EVERYBODY:
        world.gateway.answers = answer
        found = world.look()
        assert found.causes == ["supabase.reachable"], found.shown()
        entry = found.check("supabase.reachable")
        assert words in entry["detail"], found.shown()
        assert entry["hint"]
        assert "copy the key" not in found.shown() + str(entry["hint"])


@pytest.mark.parametrize(
    "answer",
    [
        html_response(403, "Access denied"),
        json_response(403, {"message": "Your IP address is not allowed"}),
        of_postgrest(401, "PGRST303", "JWT issued at future"),
    ],
    ids=["a page", "an address", "a clock"],
)
def test_a_refusal_that_does_not_speak_of_the_key_is_none_of_it(
    open_world: OpenWorld, answer: Response
) -> None:
    world = open_world()
    world.gateway.answers = answer
    found = world.look()
    assert found.causes == [], found.shown()
    assert found.check("supabase.key")["status"] == "unknown", found.shown()


def test_errors_of_postgrest_16_are_understood_without_details_and_hint(open_world: OpenWorld) -> None:
    world = open_world()
    world.gateway.terse = True
    healthy = world.look()
    assert healthy.document["verdict"] == "healthy", healthy.shown()
    world.tells_the_api = False
    world.variables["SUPABASE_DB_URL"] = None
    world.gateway.hide_tables = {"module_access"}
    found = world.look()
    assert found.causes == ["schema.module-access"], found.shown()
