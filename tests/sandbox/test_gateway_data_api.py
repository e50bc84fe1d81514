"""The Data API of the sandbox (real PostgREST behind the gateway) held against Supabase's answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.world import CUSTOMERS
from tests.sandbox.gateway_support import AMELIE, ServeApi, ask, until
from tests.sessions import execute

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase

pytestmark = pytest.mark.postgrest


def test_a_new_table_in_either_regime(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    create = "create table public.module_access (id serial primary key, user_id text)"
    before = make_database("before")
    execute(before, create)
    gateway = serve_api(before)
    for key in (gateway.service_key, gateway.anon_key):
        assert ask(gateway, key, "/rest/v1/module_access").json() == []

    since = make_database("since")
    execute(since, create)
    gateway = serve_api(since)
    refused = ask(gateway, gateway.service_key, "/rest/v1/module_access")
    assert refused.status_code == 403
    assert refused.json()["code"] == "42501"
    assert refused.json()["message"] == "permission denied for table module_access"
    assert refused.headers["proxy-status"] == "PostgREST; error=42501"
    assert ask(gateway, gateway.anon_key, "/rest/v1/module_access").status_code == 401
    execute(since, "grant select on public.module_access to service_role")
    assert ask(gateway, gateway.service_key, "/rest/v1/module_access").json() == []


def test_row_level_security_decides_what_each_key_sees(
    make_database: MakeDatabase, serve_api: ServeApi
) -> None:
    gateway = serve_api(make_database(template="awkward"))
    path = "/rest/v1/profiles?select=email"
    assert len(ask(gateway, gateway.service_key, path).json()) == 12
    assert len(ask(gateway, gateway.secret_key, path).json()) == 12
    for public in (gateway.anon_key, gateway.publishable_key):
        assert ask(gateway, public, path).status_code == 401
        assert len(ask(gateway, public, "/rest/v1/modules").json()) == 5
    token = gateway.user_jwt(CUSTOMERS[AMELIE], AMELIE)
    for public in (gateway.anon_key, gateway.publishable_key):
        seen = ask(gateway, public, path, headers={"Authorization": f"Bearer {token}"})
        assert seen.json() == [{"email": AMELIE}]


def test_a_table_is_unknown_until_the_api_is_told(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    dsn = make_database("before")
    gateway = serve_api(dsn)
    path = "/rest/v1/module_access"
    unknown = ask(gateway, gateway.service_key, path)
    assert unknown.status_code == 404
    assert unknown.headers["proxy-status"] == "PostgREST; error=PGRST205"
    assert unknown.json() == {
        "code": "PGRST205",
        "details": None,
        "hint": None,
        "message": "Could not find the table 'public.module_access' in the schema cache",
    }
    head = ask(gateway, gateway.service_key, path, "HEAD")
    assert (head.status_code, head.content) == (404, b"")
    assert head.headers["proxy-status"] == "PostgREST; error=PGRST205"

    gateway.listener_dead = True
    execute(dsn, "create table public.module_access (id serial primary key, user_id text)")
    execute(dsn, "notify pgrst, 'reload schema'")
    time.sleep(0.5)
    assert ask(gateway, gateway.service_key, path).status_code == 404

    gateway.listener_dead = False
    time.sleep(0.3)
    assert ask(gateway, gateway.service_key, path).status_code == 404  # what was missed stays missed
    execute(dsn, "notify pgrst, 'reload config'")
    time.sleep(0.3)
    assert ask(gateway, gateway.service_key, path).status_code == 404
    execute(dsn, "notify pgrst, 'reload schema'")
    assert until(lambda: ask(gateway, gateway.service_key, path), 200).json() == []


def test_a_table_can_be_used_at_once_when_its_creation_was_heard(
    make_database: MakeDatabase, serve_api: ServeApi
) -> None:
    dsn = make_database("before")
    gateway = serve_api(dsn)
    execute(dsn, "create table public.module_access (id serial primary key, user_id text)")
    path = "/rest/v1/module_access"
    until(lambda: ask(gateway, gateway.service_key, path), 200)
    # PostgREST 12 itself is slower; the gateway waits for it.
    made = ask(
        gateway, gateway.service_key, path, "POST", json=[{"user_id": "x"}], params={"columns": '"user_id"'}
    )
    assert made.status_code == 201
    execute(dsn, "drop table public.module_access")
    # Until the reload is through, the table is known, and PostgreSQL's own code comes with the same status.
    gone = until(lambda: ask(gateway, gateway.service_key, path), 404, "PGRST205")
    assert gone.json()["code"] == "PGRST205"


def test_hidden_tables_and_the_hint(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    gateway = serve_api(make_database())
    gateway.hide_tables = {"access_tokens"}
    assert ask(gateway, gateway.service_key, "/rest/v1/access_tokens").json()["code"] == "PGRST205"
    near = ask(gateway, gateway.service_key, "/rest/v1/module").json()
    assert near["hint"] == "Perhaps you meant the table 'public.modules'"
    assert ask(gateway, gateway.service_key, "/rest/v1/access_modules").json()["hint"] is None
    gateway.hide_tables = set()
    assert ask(gateway, gateway.service_key, "/rest/v1/access_tokens").status_code == 200


def test_a_column_is_unknown_until_the_api_is_told(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    dsn = make_database("before")
    gateway = serve_api(dsn)
    gateway.listener_dead = True
    execute(dsn, "alter table public.payments add extra text")
    for more in ({"json": {"extra": "x"}}, {"json": [{}], "params": {"columns": '"session_id","extra"'}}):
        for method in ("POST", "PATCH"):
            refused = ask(gateway, gateway.service_key, "/rest/v1/payments", method, **more)
            assert refused.status_code == 400
            assert refused.json()["code"] == "PGRST204"
            assert (
                refused.json()["message"]
                == "Could not find the 'extra' column of 'payments' in the schema cache"
            )
    gateway.listener_dead = False
    execute(dsn, "notify pgrst")
    path = "/rest/v1/payments"
    made = until(lambda: ask(gateway, gateway.service_key, path, "POST", json={"extra": "x"}), 201)
    assert made.status_code == 201
    # A column in a filter is PostgreSQL's business.
    assert ask(gateway, gateway.service_key, "/rest/v1/payments?nope=eq.1").json()["code"] == "42703"


def test_paths(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    gateway = serve_api(make_database())
    assert ask(gateway, gateway.anon_key, "/auth/v1/health").status_code == 200
    doubled = ask(gateway, gateway.anon_key, "/rest/v1/rest/v1/modules")
    assert (doubled.status_code, doubled.json()["code"]) == (404, "PGRST125")
    lost = ask(gateway, gateway.anon_key, "/elsewhere")
    assert (lost.status_code, "code" in lost.json()) == (404, False)


def test_a_paused_project_and_a_slow_one(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    gateway = serve_api(make_database())
    gateway.paused = True
    for path in ("/rest/v1/modules", "/auth/v1/health", "/"):
        answer = ask(gateway, gateway.anon_key, path)
        assert answer.status_code == 540
        assert "application/json" not in answer.headers["content-type"]
    gateway.paused = False
    gateway.hang_seconds = 20
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{gateway.url}/rest/v1/modules", headers={"apikey": gateway.anon_key}, timeout=0.3)


def test_writes_without_a_filter_are_refused(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    gateway = serve_api(make_database(template="awkward"))
    path = "/rest/v1/payments"
    for method, verb in (("DELETE", "DELETE"), ("PATCH", "UPDATE")):
        refused = ask(gateway, gateway.service_key, path, method, json={"status": "x"})
        assert refused.status_code == 400
        assert refused.json() == {
            "code": "21000",
            "details": None,
            "hint": None,
            "message": f"{verb} requires a WHERE clause",
        }
    assert ask(gateway, gateway.service_key, path, "DELETE", params={"id": "eq.1"}).status_code == 204
    assert len(ask(gateway, gateway.service_key, path).json()) == 3


def test_reads_end_at_a_thousand_rows_and_say_how_many_there_are(
    make_database: MakeDatabase, serve_api: ServeApi
) -> None:
    dsn = make_database()
    execute(dsn, "insert into public.payments (status) select 'x' from generate_series(1, 1203)")
    gateway = serve_api(dsn)
    page = ask(gateway, gateway.service_key, "/rest/v1/payments?order=id", headers={"Prefer": "count=exact"})
    assert page.status_code == 206
    assert len(page.json()) == 1000
    assert page.headers["content-range"] == "0-999/1203"


def test_errors_of_a_head_request_name_their_code(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    gateway = serve_api(make_database())
    refused = ask(gateway, gateway.anon_key, "/rest/v1/profiles", "HEAD")
    assert (refused.status_code, refused.content) == (401, b"")
    assert refused.headers["proxy-status"] == "PostgREST; error=42501"


def test_the_official_client_works_with_it(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    from postgrest import CountMethod
    from supabase import ClientOptions, create_client

    gateway = serve_api(make_database(template="awkward"))
    for key in (gateway.service_key, gateway.secret_key):
        with httpx.Client(timeout=10, trust_env=False) as http:
            client = create_client(gateway.url, key, options=ClientOptions(httpx_client=http))
            found = (
                client.table("profiles")
                .select("email", count=CountMethod.exact)
                .eq("email", AMELIE)
                .execute()
            )
            assert found.data == [{"email": AMELIE}]
            assert found.count == 1
            made = client.table("payments").insert({"session_id": "cs_test_x", "status": "x"}).execute()
            assert len(made.data) == 1


def test_without_postgrest_the_gateway_still_answers(make_database: MakeDatabase) -> None:
    dsn = make_database()
    with Gateway(dsn=dsn, postgrest_url="http://127.0.0.1:1", jwt_secret="x" * 40, ref="r" * 20) as gateway:
        lost = ask(gateway, gateway.service_key, "/rest/v1/modules")
        assert (lost.status_code, "code" in lost.json()) == (502, False)
        assert ask(gateway, gateway.service_key, "/rest/v1/nothing").json()["code"] == "PGRST205"
