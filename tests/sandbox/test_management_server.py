"""The Management API's stand-in answers as the platform does: statuses, bodies, headers, one result."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.sandbox.management import ManagementServer, access_token
from iahome_fix.sandbox.management_logs import Line
from tests.conftest import ServeApi, ServeManagement


@pytest.fixture
def dsn(make_database: MakeDatabase) -> str:
    return make_database("since", "iahome")


@pytest.fixture
def server(dsn: str, serve_management: ServeManagement) -> ManagementServer:
    return serve_management(dsn)


@pytest.fixture
def client(server: ManagementServer) -> Iterator[httpx.Client]:
    """A caller with the right token."""
    with httpx.Client(
        base_url=f"{server.url}/v1/projects/{server.ref}",
        headers={"Authorization": f"Bearer {server.token}"},
        timeout=20,
        trust_env=False,
    ) as opened:
        yield opened


def query(client: httpx.Client, text: str, path: str = "/database/query", **more: Any) -> httpx.Response:
    return client.post(path, json={"query": text, **more})


def test_rows_come_with_201_and_statements_without_rows_give_none(client: httpx.Client) -> None:
    answer = query(client, "select 1")
    assert (answer.status_code, answer.json()) == (201, [{"?column?": 1}])
    assert answer.headers["X-RateLimit-Limit"] == "120"
    assert answer.headers["X-RateLimit-Remaining"] == "119"
    assert query(client, "create table public.t (id integer)").json() == []
    assert query(client, "insert into public.t values (1)").json() == []


def test_values_have_the_form_that_node_postgres_gives_them(client: httpx.Client) -> None:
    text = """
      select 7::bigint as small, 9007199254740993::bigint as large, 1.50::numeric as exact,
             0.5::float8 as part, 'NaN'::float8 as odd, true as yes, null as none,
             '2026-11-01 10:00:00.5'::timestamp as moment,
             '2026-11-01'::date as day, interval '1 day' as span, array[1, null] as list,
             '{"a": [1]}'::jsonb as document, '00000000-0000-4000-8000-000000000000'::uuid as id"""
    assert query(client, text).json() == [
        {
            "small": 7,
            "large": "9007199254740993",
            "exact": "1.50",
            "part": 0.5,
            "odd": None,
            "yes": True,
            "none": None,
            "moment": "2026-11-01 10:00:00.5",
            "day": "2026-11-01",
            "span": "1 day",
            "list": [1, None],
            "document": {"a": [1]},
            "id": "00000000-0000-4000-8000-000000000000",
        }
    ]
    assert query(client, "select 1 as a, 2 as a").json() == [{"a": 2}]


def test_several_statements_are_one_transaction_and_one_result(client: httpx.Client) -> None:
    assert query(client, "select 1 as a; select 2 as b; select 3 as c where false").json() == [{"b": 2}]
    failed = query(client, "create table public.t (id integer); insert into public.t values (1); select 1/0")
    assert failed.status_code == 400
    assert query(client, "select to_regclass('public.t') is null as gone").json() == [{"gone": True}]
    query(client, "set local role anon; set search_path = nowhere")
    said = query(client, "select current_user as who, current_setting('search_path') as path").json()
    assert said[0]["who"] == "postgres"
    assert "nowhere" not in said[0]["path"]


def test_an_error_has_its_code_in_the_text(client: httpx.Client) -> None:
    answer = query(client, "select 1;\nselect * from nowhere")
    assert answer.status_code == 400
    assert answer.json() == {
        "message": 'Failed to run sql query: ERROR:  42P01: relation "nowhere" does not exist\n'
        "LINE 2: select * from nowhere\n                      ^\n"
    }
    answer = query(
        client, "insert into public.modules (id, title, category) values (1, 'a', 'b'), (1, 'a', 'b')"
    )
    assert answer.json()["message"].startswith("Failed to run sql query: ERROR:  23505: duplicate key")
    assert "\nDETAIL:  Key (id)=(1) already exists.\n" in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "more"), [("/database/query/read-only", {}), ("/database/query", {"read_only": True})]
)
def test_the_reader_sees_everything_and_writes_nothing(
    client: httpx.Client, path: str, more: dict[str, bool]
) -> None:
    assert query(client, "select current_user::text as who", path, **more).json() == [
        {"who": "supabase_read_only_user"}
    ]
    assert query(client, "select count(*) as n from auth.users", path, **more).status_code == 201
    for text in (
        "create table public.t (id integer)",
        "set role authenticated",
        "begin; delete from public.modules",
    ):
        answer = query(client, text, path, **more)
        assert answer.status_code == 400
        assert ("25006" in answer.json()["message"]) or ("42501" in answer.json()["message"])


def test_who_is_let_in(server: ManagementServer, client: httpx.Client) -> None:
    wrong = {"Authorization": f"Bearer {access_token()}"}
    assert client.get("", headers=wrong).status_code == 401
    assert client.get("", headers={"Authorization": ""}).json() == {"message": "Unauthorized"}
    assert client.get(f"{server.url}/v1/projects/{project_ref()}").status_code == 404
    assert client.get("/no-such-thing").status_code == 404
    server.missing = {"database_read", "analytics_logs_read"}
    answer = query(client, "select 1", "/database/query/read-only")
    assert (answer.status_code, answer.json()["missing_permissions"]) == (403, ["database_read"])
    server.nested_permissions = True
    answer = client.get("/analytics/endpoints/logs", params={"sql": "select 1 limit 1"})
    assert answer.json()["error"] == {"missing_permissions": ["analytics_logs_read"]}
    assert query(client, "select 1").status_code == 201


def test_the_project_and_its_bans(server: ManagementServer, client: httpx.Client) -> None:
    server.banned = ["203.0.113.7"]
    project = client.get("").json()
    assert (project["ref"], project["status"]) == (server.ref, "ACTIVE_HEALTHY")
    for enabled in (True, False):
        server.legacy_keys = enabled
        assert client.get("/api-keys/legacy").json() == {"enabled": enabled}
    answer = client.post("/network-bans/retrieve")
    assert (answer.status_code, answer.json()) == (201, {"banned_ipv4_addresses": ["203.0.113.7"]})


def test_a_database_that_gives_no_connection(server: ManagementServer, client: httpx.Client) -> None:
    for status, overloaded in (("INACTIVE", False), ("ACTIVE_HEALTHY", True)):
        server.status, server.overloaded = status, overloaded
        answer = query(client, "select 1")
        assert answer.status_code == 544
        assert answer.json()["message"].endswith("Connection terminated due to connection timeout")
        assert client.get("").json()["status"] == status


def test_a_database_that_is_gone(serve_management: ServeManagement) -> None:
    server = serve_management("postgresql://postgres@127.0.0.1:9/none")
    answer = httpx.post(
        f"{server.url}/v1/projects/{server.ref}/database/query",
        json={"query": "select 1"},
        headers={"Authorization": f"Bearer {server.token}"},
        trust_env=False,
    )
    assert answer.status_code == 544


def test_requests_beyond_the_limit_of_a_path(server: ManagementServer, client: httpx.Client) -> None:
    server.rate_limit, server.rate_window = 2, 0.6
    assert [query(client, "select 1").status_code for _time in range(3)] == [201, 201, 429]
    refused = query(client, "select 1")
    assert refused.json()["message"] == "ThrottlerException: Too Many Requests"
    assert client.get("").status_code == 200
    time.sleep(float(refused.headers["X-RateLimit-Reset"]) + 0.05)
    assert query(client, "select 1").status_code == 201


def test_a_body_that_is_no_query(client: httpx.Client) -> None:
    for body in (b"", b"[]", b"{}", b'{"query": 1}', b'{"query": ""}'):
        answer = client.post("/database/query", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
    assert query(client, "select 1 --" + "x" * 3_200_000).status_code == 413


def test_a_statement_beyond_the_limit_is_ended(server: ManagementServer, client: httpx.Client) -> None:
    server.query_limit = 0.2
    answer = query(client, "select pg_sleep(10)")
    assert answer.status_code == 400
    assert "57014" in answer.json()["message"]


def test_an_answer_that_gets_lost_leaves_the_work_done(
    server: ManagementServer, client: httpx.Client, dsn: str
) -> None:
    server.lose_answers = 1
    with pytest.raises(httpx.TransportError):
        query(client, "create table public.t (id integer)")
    with psycopg.connect(dsn) as connection:
        assert connection.execute(b"select to_regclass('public.t')").fetchone() == ("t",)
    assert query(client, "select 1").status_code == 201


def test_an_answer_that_is_held_back(server: ManagementServer, client: httpx.Client) -> None:
    server.hang_seconds = 0.5
    started = time.monotonic()
    assert client.get("").status_code == 200
    assert time.monotonic() - started >= 0.5


def ask(client: httpx.Client, sql: str, hours: float = 1) -> httpx.Response:
    """The logs of the last hours."""
    now = datetime.now(UTC)
    ends = {"iso_timestamp_start": now - timedelta(hours=hours), "iso_timestamp_end": now}
    spelled = {name: moment.isoformat().replace("+00:00", "Z") for name, moment in ends.items()}
    return client.get("/analytics/endpoints/logs", params={"sql": sql, **spelled})


def test_logs_tell_what_the_gateway_answered(
    dsn: str, serve_api: ServeApi, serve_management: ServeManagement
) -> None:
    gateway = serve_api(dsn)
    server = serve_management(dsn, gateway)
    httpx.get(
        f"{gateway.url}/rest/v1/module_access?select=id",
        headers={"apikey": gateway.anon_key, "Authorization": f"Bearer {gateway.anon_key}"},
        trust_env=False,
    )
    with httpx.Client(
        base_url=f"{server.url}/v1/projects/{server.ref}", headers={"Authorization": f"Bearer {server.token}"}
    ) as client:
        answer = ask(
            client,
            "select event_message, source, log_attributes['request.path'] as path,"
            " log_attributes['request.search'] as search, log_attributes['no.such.key'] as absent,"
            " log_attributes['request.sb.jwt.authorization.payload.role'] as role,"
            " log_attributes['response.headers.proxy_status'] as proxy from logs"
            " where toInt32OrZero(log_attributes['response.status_code']) = 404 limit 5",
        )
    assert answer.json()["error"] is None
    (row,) = answer.json()["result"]
    assert gateway.anon_key not in answer.text
    assert row["path"] == "/rest/v1/module_access"
    assert (row["source"], row["search"], row["absent"], row["role"]) == (
        "edge_logs",
        "?select=id",
        "",
        "anon",
    )
    assert row["proxy"] == "PostgREST; error=PGRST205"


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("select * from logs limit 1", "wildcard"),
        ("select count(*) as n from logs limit 1", "count()"),
        ("select id from logs", "LIMIT"),
        ("select id from edge_logs limit 1", "edge_logs"),
    ],
)
def test_logs_say_what_they_do_not_take_with_status_200(client: httpx.Client, sql: str, problem: str) -> None:
    answer = ask(client, sql)
    assert answer.status_code == 200
    assert problem in answer.json()["error"]
    assert not answer.json()["result"]


def test_logs_of_a_window(server: ManagementServer, client: httpx.Client) -> None:
    server.logs.add(Line(datetime.now(UTC) - timedelta(minutes=3), "postgres_logs", "three minutes ago"))
    counted = "select count() as n from logs limit 1"
    assert ask(client, counted).json()["result"] == [{"n": 1}]
    assert ask(client, counted, hours=0.01).json()["result"] == [{"n": 0}]
    last_minute = client.get("/analytics/endpoints/logs", params={"sql": counted})
    assert last_minute.json()["result"] == [{"n": 0}]
    assert ask(client, counted, hours=25).status_code == 400
    no_zone = {
        "sql": counted,
        "iso_timestamp_start": "2026-11-01T00:00:00",
        "iso_timestamp_end": "2026-11-01T01:00:00",
    }
    assert client.get("/analytics/endpoints/logs", params=no_zone).status_code == 400
    assert client.get("/analytics/endpoints/logs.all", params={"sql": counted}).status_code == 410
