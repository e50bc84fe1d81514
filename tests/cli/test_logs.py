"""`logs`: what failed lately on the payment flow, told without anything that is not the operator's to see."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.keys import legacy_key, opaque_key, project_ref
from iahome_fix.sandbox.management import ManagementServer
from iahome_fix.sandbox.management_logs import Line
from iahome_fix.systems.acting import MARK, MISSING_RIGHT
from iahome_fix.systems.data_api import DataApi
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import ManagementApi
from tests.cli.channel_support import env_file, run
from tests.commands import call
from tests.conftest import ServeApi, ServeManagement

KEYS = {"time", "source", "role", "method", "path", "status", "code", "message"}


@pytest.fixture
def server(serve_management: ServeManagement) -> ManagementServer:
    """A project whose logs say only what a test put there; its database is never asked."""
    return serve_management("postgresql://nobody@/none")


def request(path: str, status: int, ago: timedelta = timedelta(minutes=5), **more: str) -> Line:
    """A line of the edge's log."""
    attributes = {"request.method": "GET", "request.path": path, "response.status_code": str(status)}
    names = {
        "proxy": "response.headers.proxy_status",
        "gateway": "response.headers.sb_error_code",
        "token_role": "request.sb.jwt.authorization.payload.role",
        "key_role": "request.sb.jwt.apikey.payload.role",
        "prefix": "request.sb.apikey.apikey.prefix",
        "search": "request.search",
    }
    attributes |= {names[name]: value for name, value in more.items()}
    message = f"GET | {status} | 203.0.113.7 | https://x.supabase.co{path}{more.get('search', '')} | node"
    return Line(datetime.now(UTC) - ago, "edge_logs", message, attributes=attributes)


def failure(message: str, state: str, severity: str = "ERROR", **more: str) -> Line:
    """A line of the database's log."""
    attributes = {
        "parsed.error_severity": severity,
        "parsed.sql_state_code": state,
        "parsed.user_name": "authenticator",
        **{f"parsed.{name}": value for name, value in more.items()},
    }
    return Line(datetime.now(UTC) - timedelta(minutes=1), "postgres_logs", message, severity, attributes)


def logs(server: ManagementServer, folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """The command on this project."""
    return run(folder, "logs", "--env-file", str(env_file(folder, "management", "", server)), *words)


def screen(server: ManagementServer, folder: Path, *words: str) -> str:
    """What a person sees."""
    way = str(env_file(folder, "management", "", server))
    done = call(folder, "logs", *words, "--env-file", way)
    assert done.code == 0, done.err
    return done.out


def test_what_the_gateway_and_the_database_saw(
    make_database: MakeDatabase, serve_api: ServeApi, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("revoked", "iahome")
    gateway = serve_api(dsn)
    server = serve_management(dsn, gateway)
    for key in (gateway.service_key, gateway.publishable_key):
        api = DataApi(gateway.url, key, timeout=10)
        api.select("module_access")
        api.select("profiles", "email,no_such_column")
        api.close()
    code, document = logs(server, tmp_path)
    told = {
        (e["source"], e["role"], e["path"], e["status"], e["code"], e["message"]) for e in document["entries"]
    }
    assert (code, document["verdict"], document["error"]) == (0, "failures", None)
    assert ("api", "service_role", "/rest/v1/module_access", 404, "PGRST205", None) in told
    assert ("api", "anon", "/rest/v1/module_access", 404, "PGRST205", None) in told
    assert ("api", "service_role", "/rest/v1/profiles", 400, "42703", None) in told
    assert (
        "database",
        "authenticator",
        None,
        None,
        "42703",
        "column profiles.no_such_column does not exist",
    ) in told
    assert all(set(entry) == KEYS for entry in document["entries"])
    times = [entry["time"] for entry in document["entries"]]
    assert times == sorted(times, reverse=True)
    assert all(time.endswith("Z") for time in times)


def test_a_failed_statement_of_the_query_endpoint_is_there(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    server = serve_management(make_database("since", "iahome"))
    assert logs(server, tmp_path)[1]["verdict"] == "quiet"
    database = ManagementDatabase(ManagementApi(server.url, server.token, server.ref, timeout=10), timeout=10)
    with pytest.raises(SqlError):
        database.read("select 1 as one from public.module_access")
    database.close()
    (entry,) = logs(server, tmp_path)[1]["entries"]
    assert (entry["source"], entry["role"], entry["code"]) == ("database", "supabase_read_only_user", "42P01")


def test_only_failures_of_the_flow_are_told(server: ManagementServer, tmp_path: Path) -> None:
    for line in (
        request("/rest/v1/module_access", 403, proxy="PostgREST; error=42501", token_role="service_role"),
        request("/rest/v1/module_access", 200),
        request("/rest/v1/cartes", 403),
        request("/auth/v1/token", 400),
        request("/rest/v1/rest/v1/access_tokens", 404, proxy="PostgREST; error=PGRST125", key_role="anon"),
        request("/rest/v1/profiles", 401, gateway="UNAUTHORIZED_INVALID_API_KEY"),
        request("/rest/v1/modules", 401, prefix="sb_secret_abcdef"),
        failure("permission denied for table module_access", "42501"),
        failure("statement was slow", "57014", query="select * from public.modules"),
        failure("division by zero", "22012"),
        failure("permission denied for table profiles", "42501", query=f"select 1 /* {MARK} */"),
        failure('[{"via": ["policy", "p", "module_access"]}]', MISSING_RIGHT),
        failure("module_access was analysed", "00000", "LOG"),
    ):
        server.logs.add(line)
    _code, document = logs(server, tmp_path)
    told = {(e["role"], e["path"], e["status"], e["code"], e["message"]) for e in document["entries"]}
    assert told == {
        ("service_role", "/rest/v1/module_access", 403, "42501", None),
        ("anon", "/rest/v1/rest/v1/access_tokens", 404, "PGRST125", None),
        (None, "/rest/v1/profiles", 401, "UNAUTHORIZED_INVALID_API_KEY", None),
        ("service_role", "/rest/v1/modules", 401, None, None),
        ("authenticator", None, None, "42501", "permission denied for table module_access"),
        ("authenticator", None, None, "57014", "statement was slow"),
    }


def test_nothing_secret_leaves_the_logs(server: ManagementServer, tmp_path: Path) -> None:
    email, person = "amelie.durand@example.test", "11111111-aaaa-4000-8000-000000000001"
    token, key = legacy_key("service_role", project_ref(), "x" * 40), opaque_key("secret")
    signing = "whsec_" + secrets.token_hex(16)
    for line in (
        request(f"/rest/v1/profiles?email=eq.{email}", 403),
        request(f"/rest/v1/profiles/{email.replace('@', '%40')}", 404),
        request(f"/rest/v1/module_access/{token}", 404),
        request(f"/rest/v1/module_access/{person}", 404),
        request("/rest/v1/modules", 401, search=f"?apikey={key}&email=eq.{email}", prefix=key),
        failure(
            f'duplicate key value in "module_access": {email}, {person}, {signing}\nDETAIL: {email}', "23505"
        ),
        failure(f"profiles: token={token} postgresql://postgres:{signing}@db", "28000", query=f"-- {email}"),
    ):
        server.logs.add(line)
    document = json.dumps(logs(server, tmp_path)[1]["entries"])
    shown = screen(server, tmp_path, "--verbose")
    assert len(json.loads(document)) == 7
    for text in (document, shown):
        for hidden in (email, "amelie", person, token, token[12:40], key, signing, signing[8:], server.token):
            assert hidden not in text
    assert "/rest/v1/profiles" in shown


def test_a_day_at_a_time(server: ManagementServer, tmp_path: Path) -> None:
    server.logs.add(request("/rest/v1/modules", 500, timedelta(minutes=30)))
    server.logs.add(request("/rest/v1/modules", 501, timedelta(hours=5)))
    server.logs.add(request("/rest/v1/modules", 502, timedelta(hours=40)))
    for words, statuses, requests in (
        ((), [500], 1),
        (("--since", "45m"), [500], 1),
        (("--since", "15m"), [], 1),
        (("--since", "6h"), [500, 501], 1),
        (("--since", "2d"), [500, 501, 502], 2),
    ):
        server.requests.clear()
        _code, document = logs(server, tmp_path, *words)
        assert [entry["status"] for entry in document["entries"]] == statuses
        assert len(server.requests) == requests
        assert document["since"] < document["until"]


def test_more_than_fits_is_said(server: ManagementServer, tmp_path: Path) -> None:
    for number in range(205):
        server.logs.add(request("/rest/v1/modules", 500, timedelta(seconds=number)))
    _code, document = logs(server, tmp_path)
    assert (document["truncated"], len(document["entries"])) == (True, 200)
    shown = screen(server, tmp_path)
    assert "200 times" in shown
    assert "there were more" in shown


def test_the_screen_names_what_a_code_means_and_the_next_command(
    server: ManagementServer, tmp_path: Path
) -> None:
    assert "nothing failed" in screen(server, tmp_path)
    assert screen(server, tmp_path, "--quiet") == ""
    server.logs.add(
        request("/rest/v1/module_access", 404, proxy="PostgREST; error=PGRST205", token_role="anon")
    )
    shown = screen(server, tmp_path)
    assert "PGRST205 (the Data API knows no such table)" in " ".join(shown.split())
    assert "iahome-fix doctor --env-file" in shown


@pytest.mark.parametrize("since", ["8d", "9w", "0h", "0m", "tomorrow", "2999-01-01", ""])
def test_a_time_that_cannot_be_read_is_a_usage_error(
    server: ManagementServer, tmp_path: Path, since: str
) -> None:
    code, document = logs(server, tmp_path, "--since", since)
    assert (code, document["error"]["code"] in ("since", "span")) == (2, True)
    assert server.requests == []


def test_without_a_token_the_variable_is_named(tmp_path: Path) -> None:
    path, ref = tmp_path / "fix.env", project_ref()
    path.write_text(f"NEXT_PUBLIC_SUPABASE_URL=https://{ref}.supabase.co\n", encoding="utf-8")
    code, document = run(tmp_path, "logs", "--env-file", str(path))
    assert (code, document["verdict"], document["error"]["code"]) == (3, "unknown", "missing-credential")
    assert "SUPABASE_ACCESS_TOKEN" in document["error"]["message"]
    assert "neither SQL nor the Data API gives a project's logs" in document["error"]["message"]
    assert f"/project/{ref}/logs/postgres-logs" in document["error"]["hint"]
    assert f"iahome-fix doctor --env-file {path}" in document["error"]["hint"]
    assert document["entries"] == []


def test_the_address_of_the_database_names_the_project(server: ManagementServer, tmp_path: Path) -> None:
    path = env_file(tmp_path, "management", "", server)
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if "SUPABASE_URL" not in line]
    address = f"postgresql://postgres:{secrets.token_hex(8)}@db.{project_ref()}.supabase.co:5432/postgres"
    path.write_text("\n".join([*kept, f"SUPABASE_DB_URL={address}", ""]), encoding="utf-8")

    code, document = run(tmp_path, "logs", "--env-file", str(path))
    assert (code, document["verdict"]) == (0, "quiet"), document["error"]


@pytest.mark.parametrize("nested", [False, True])
def test_a_permission_that_is_missing_is_named(
    server: ManagementServer, tmp_path: Path, *, nested: bool
) -> None:
    server.missing = {"analytics_logs_read"}
    server.nested_permissions = nested
    code, document = logs(server, tmp_path)
    assert (code, document["error"]["code"]) == (3, "management-api")
    assert "analytics_logs_read" in document["error"]["message"]


def test_too_many_requests_are_said_with_the_time(server: ManagementServer, tmp_path: Path) -> None:
    server.rate_limit, server.rate_window = 0, 600.0
    code, document = logs(server, tmp_path, "--timeout", "1")
    assert (code, document["error"]["code"]) == (3, "management-api")
    assert "in 600 s" in document["error"]["hint"] or "in 599 s" in document["error"]["hint"]
