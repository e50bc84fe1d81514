"""A database URL that gives no session: the form of the URL, the name service and the project tell why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from iahome_fix.errors import MissingCredential, UsageError
from iahome_fix.sandbox.keys import legacy_key, project_ref
from iahome_fix.sandbox.management import ManagementServer, access_token
from iahome_fix.settings import load_settings
from iahome_fix.systems.database_errors import DatabaseUnreachable, SqlError
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import BASE, ManagementApi
from iahome_fix.systems.open import open_database, open_management
from iahome_fix.systems.postgres import PostgresDatabase
from iahome_fix.systems.postgres_refusals import as_error, explain_connection
from iahome_fix.systems.second_look import Where, has_address, second_look
from tests.conftest import ServeManagement

REF = "abcdefghijklmnopqrst"
DIRECT = f"postgresql://postgres:x@db.{REF}.supabase.co:5432/postgres"
POOLER = f"postgresql://postgres.{REF}:x@aws-1-eu-west-3.pooler.supabase.com:5432/postgres"
LONG_DIRECT = DIRECT.replace("//postgres:", f"//postgres.{REF}:")
SHORT_POOLER = POOLER.replace(f"//postgres.{REF}:", "//postgres:")


@pytest.fixture
def server(serve_management: ServeManagement) -> ManagementServer:
    """A project; no database is behind it."""
    return serve_management("postgresql://nobody@/none")


@pytest.fixture
def api(server: ManagementServer) -> Iterator[ManagementApi]:
    """The project as a token sees it."""
    opened = ManagementApi(server.url, server.token, server.ref, timeout=5)
    yield opened
    opened.close()


def look(
    said: str, dsn: str, api: ManagementApi | None = None, *, project_has_address: bool = True
) -> DatabaseUnreachable:
    """What is made of libpq's words."""
    failure = explain_connection(said, "host:5432/postgres", 1.0)
    return second_look(failure, Where.of(dsn), api=api, known=lambda _host: project_has_address)


# Supabase, "Connect to your database"; Supavisor's error codes.
_NO_ADDRESS = 'could not translate host name "db" to address: '
_WRONG_PASSWORD = "FATAL:  password authentication failed for user "
_SLOTS = "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute"
_CASES = [
    ("connection to server failed: Network is unreachable", DIRECT, "ipv6", "session pooler"),
    (_NO_ADDRESS + "Name or service not known", DIRECT, "ipv6", "session pooler"),
    (_NO_ADDRESS + "No address associated with hostname", DIRECT, "ipv6", "session pooler"),
    ("FATAL:  (ENOTFOUND) tenant/user postgres not found", SHORT_POOLER, "tenant", "postgres.<project ref>"),
    ("FATAL:  (ENOIDENTIFIER) no tenant identifier provided", SHORT_POOLER, "tenant", "<project ref>"),
    ("FATAL:  Tenant or user not found", POOLER, "tenant", "region"),
    (_WRONG_PASSWORD + '"postgres.abc"', LONG_DIRECT, "password", "direct host"),
    (_WRONG_PASSWORD + '"postgres"', DIRECT, "password", "percent-encode"),
    ("FATAL:  (EMAXCONNSESSION) max clients reached in session mode", POOLER, "full", "minute"),
    ("FATAL:  (EMAXCLIENTCONN) max client connections reached", POOLER, "full", "minute"),
    ("FATAL:  (ECHECKOUTTIMEOUT) unable to check out connection", POOLER, "full", "minute"),
    ("FATAL:  sorry, too many clients already", DIRECT, "full", "minute"),
    (_SLOTS, DIRECT, "full", "minute"),
    ("FATAL:  (EADDRNOTALLOWED) address not allowed", POOLER, "not-allowed", "network restrictions"),
    ("FATAL:  (ECIRCUITBREAKER) too many authentication failures", POOLER, "banned", "minutes"),
    ("FATAL:  (EBANNED) too many failures, this address is banned", POOLER, "banned", "minutes"),
    ("FATAL:  (EMAXPOOLSREACHED) no further pool can be started", POOLER, "full", "minute"),
    ("FATAL:  (EMAXPREPARED) max prepared statements reached", POOLER, "full", "minute"),
    ("FATAL:  (EPOOLTERMINATING) the pool is terminating", POOLER, "full", "minute"),
    ("FATAL:  (EAUTHTIMEOUT) no authentication in time", POOLER, "timeout", "--timeout"),
    ("FATAL:  (ESSLHANDSHAKE) the handshake failed", POOLER, "tls", "sslmode"),
    ("FATAL:  (ESSLREQUIRED) SSL connection is required", POOLER, "tls", "sslmode"),
    ("connection to server failed: Connection refused", DIRECT, "refused", "ban"),
]


@pytest.mark.parametrize(("said", "dsn", "reason", "hint"), _CASES)
def test_the_words_and_the_url_tell_the_cause(said: str, dsn: str, reason: str, hint: str) -> None:
    failure = look(said, dsn)
    assert failure.reason == reason
    assert hint in str(failure.hint)
    assert ":x@" not in failure.message + str(failure.hint)


def test_a_token_as_the_password_may_be_temporary_access_that_is_off() -> None:
    for dsn in (DIRECT, POOLER):
        by_token = dsn.replace(":x@", f":{access_token()}@")
        failure = look(f'{_WRONG_PASSWORD}"postgres"', by_token)
        assert failure.reason == "password"
        assert "temporary access" in str(failure.hint)
        assert "options=-c%20jit%3Dtrue" in str(failure.hint)
        assert "sbp_" not in failure.message + str(failure.hint)


def test_a_project_without_an_address_is_not_the_ipv6_case() -> None:
    said = f'could not translate host name "db.{REF}.supabase.co" to address: Name or service not known'
    assert look(said, DIRECT, project_has_address=False).reason == "dns"
    assert look(said, "postgresql://postgres:x@db.example.test/postgres").reason == "dns"


@pytest.mark.parametrize(
    "said",
    [
        'could not translate host name "db" to address: Name or service not known',
        "FATAL:  (ENOTFOUND) tenant/user postgres.abc not found",
        "connection timeout expired",
        "connection to server failed: Connection refused",
        "server closed the connection unexpectedly",
    ],
)
@pytest.mark.parametrize(("status", "reason"), [("INACTIVE", "paused"), ("RESTORING", "starting")])
def test_the_project_itself_says_that_it_is_paused(
    server: ManagementServer, api: ManagementApi, said: str, status: str, reason: str
) -> None:
    server.status = status
    failure = look(said, DIRECT, api)
    assert failure.reason == reason
    assert server.ref in failure.message


def test_a_project_that_runs_leaves_the_cause_as_it_was(server: ManagementServer, api: ManagementApi) -> None:
    assert look("connection to server failed: Connection refused", DIRECT, api).reason == "refused"
    assert look('could not translate host name "db" to address: x', DIRECT, api).reason == "ipv6"
    assert [path for _method, path, _status in server.requests].count("") == 2


def test_a_ban_is_told_from_a_stopped_server(server: ManagementServer, api: ManagementApi) -> None:
    server.banned = ["203.0.113.7"]
    failure = look("connection to server failed: Connection refused", DIRECT, api)
    assert failure.reason == "banned"
    assert "203.0.113.7" not in failure.message + str(failure.hint)
    server.missing = {"database_network_bans_read"}
    assert look("connection to server failed: Connection refused", DIRECT, api).reason == "refused"


def test_a_token_that_does_not_help_does_not_hinder(server: ManagementServer) -> None:
    api = ManagementApi(server.url, access_token(), server.ref, timeout=5)
    assert look("connection timeout expired", DIRECT, api).reason == "timeout"
    api.close()


def test_the_name_service_is_asked() -> None:
    assert has_address("localhost")
    assert not has_address("no-such-host.invalid")


def test_the_database_url_comes_first_then_the_token(tmp_path: Path) -> None:
    url = f"https://{REF}.supabase.co"
    variables = {"SUPABASE_DB_URL": DIRECT, "SUPABASE_ACCESS_TOKEN": access_token(), "SUPABASE_URL": url}
    both = load_settings((), tmp_path, variables)
    assert isinstance(open_database(both, timeout=1), PostgresDatabase)
    token = load_settings((), tmp_path, {"SUPABASE_ACCESS_TOKEN": access_token(), "SUPABASE_URL": url})
    database = open_database(token, timeout=1)
    assert isinstance(database, ManagementDatabase)
    assert database.label == token.database_label == f"{BASE.removeprefix('https://')}/{REF}"
    for variables in ({}, {"NEXT_PUBLIC_SUPABASE_URL": url}):
        with pytest.raises(MissingCredential) as caught:
            open_database(load_settings((), tmp_path, variables), timeout=1)
        assert caught.value.variables == ("SUPABASE_DB_URL", "SUPABASE_ACCESS_TOKEN")


def test_the_project_is_known_from_the_url_or_a_key(tmp_path: Path) -> None:
    token = {"SUPABASE_ACCESS_TOKEN": access_token()}
    key = legacy_key("anon", REF, "x" * 40)
    for variables, ref in (
        ({"NEXT_PUBLIC_SUPABASE_URL": f"https://{REF}.supabase.co"}, REF),
        (
            {"NEXT_PUBLIC_SUPABASE_ANON_KEY": key, "NEXT_PUBLIC_SUPABASE_URL": "https://data.example.test"},
            REF,
        ),
        ({"SUPABASE_SERVICE_ROLE_KEY": legacy_key("service_role", REF, "x" * 40)}, REF),
    ):
        assert open_management(load_settings((), tmp_path, {**token, **variables}), timeout=1).ref == ref
    for named in ("../../other", "a" * 19, "A" * 20):
        odd = legacy_key("anon", named, "x" * 40)
        with pytest.raises(MissingCredential):
            open_management(
                load_settings((), tmp_path, {**token, "NEXT_PUBLIC_SUPABASE_ANON_KEY": odd}), timeout=1
            )


@pytest.mark.parametrize("dsn", [DIRECT, POOLER])
def test_a_database_of_another_project_is_refused(tmp_path: Path, dsn: str) -> None:
    other = project_ref()
    variables = {"SUPABASE_DB_URL": dsn, "NEXT_PUBLIC_SUPABASE_URL": f"https://{other}.supabase.co"}
    with pytest.raises(UsageError) as caught:
        open_database(load_settings((), tmp_path, variables), timeout=1)
    assert caught.value.code == "other-project"
    same = {**variables, "NEXT_PUBLIC_SUPABASE_URL": f"https://{REF}.supabase.co"}
    assert isinstance(open_database(load_settings((), tmp_path, same), timeout=1), PostgresDatabase)


def test_a_session_that_cannot_be_had_is_looked_at_again(server: ManagementServer, tmp_path: Path) -> None:
    """From the settings to the sentence: nothing listens there, and the project says that it is paused."""
    server.status = "INACTIVE"
    variables = {
        "SUPABASE_DB_URL": "postgresql://postgres:x@127.0.0.1:9/postgres",
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{server.ref}.supabase.co",
        "SUPABASE_ACCESS_TOKEN": server.token,
        "SUPABASE_MANAGEMENT_API_URL": server.url,
    }
    database = open_database(load_settings((), tmp_path, variables), timeout=2)
    with pytest.raises(DatabaseUnreachable) as caught:
        database.read("select 1 as one")
    assert caught.value.reason == "paused"
    assert json.dumps(server.requests[0][:2]) == '["GET", ""]'


@pytest.mark.parametrize("code", ["EMAXPREPARED", "EPREPAREDNOTFOUND", "EPOOLTERMINATING", "EBANNED"])
def test_the_pooler_that_ends_a_session_is_no_error_of_the_statement(code: str) -> None:
    """Supavisor says what it does to a session under XX000; PostgreSQL's own XX000 is a statement's."""
    failure = as_error("XX000", f"({code}) what the pooler says")
    assert isinstance(failure, DatabaseUnreachable)
    assert code in failure.message
    assert isinstance(as_error("XX000", "cache lookup failed for relation 16397"), SqlError)
