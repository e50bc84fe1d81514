"""The Management API as a way to the database: the same rows, errors and transactions as a session has."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell, Refused, UsageError
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.sandbox.management import ManagementServer
from iahome_fix.systems.database import Login, Statement
from iahome_fix.systems.database_errors import DatabaseUnreachable, OutcomeUnknown, SqlError
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import ManagementApi, ManagementError
from tests.conftest import OpenChannel, ServeManagement


@pytest.fixture
def dsn(make_database: MakeDatabase) -> str:
    """A database with the app's tables and lifelike rows."""
    return make_database("since", "awkward")


@pytest.fixture
def server(dsn: str, serve_management: ServeManagement) -> ManagementServer:
    """The API in front of it."""
    return serve_management(dsn)


@pytest.fixture
def database(server: ManagementServer) -> Iterator[ManagementDatabase]:
    """The channel under test."""
    opened = open_database(server)
    yield opened
    opened.close()


def open_database(server: ManagementServer, *, timeout: float = 10, **other: Any) -> ManagementDatabase:
    """The channel, with another token or project where given."""
    api = ManagementApi(
        other.get("url", server.url),
        other.get("token", server.token),
        other.get("ref", server.ref),
        timeout=timeout,
    )
    return ManagementDatabase(api, timeout=timeout)


def one(dsn: str, query: str) -> Any:
    """One value, read past every channel."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def refused(database: ManagementDatabase) -> ManagementError:
    """Why a read is not answered."""
    with pytest.raises(ManagementError) as caught:
        database.read("select 1 as one")
    return caught.value


VALUES = """
select 1 as small, 9007199254740993::bigint as large, count(*) as counted, 1.5::float8 as fraction,
       null::text as nothing, true as yes, 'é''"\\' as text, array['a', null] as list,
       '{"k": [1]}'::jsonb as document,
       '[]'::jsonb as empty, 'name'::name as name
  from pg_class where false
"""


def test_rows_are_the_same_over_both_channels(any_channel: OpenChannel, dsn: str) -> None:
    assert any_channel(dsn).read(VALUES) == [
        {
            "small": 1,
            "large": 9007199254740993,
            "counted": 0,
            "fraction": 1.5,
            "nothing": None,
            "yes": True,
            "text": "é'\"\\",
            "list": ["a", None],
            "document": {"k": [1]},
            "empty": [],
            "name": "name",
        }
    ]


def test_no_rows_are_no_rows_and_order_stays(any_channel: OpenChannel, dsn: str) -> None:
    database = any_channel(dsn)
    assert database.read("select 1 as one where false") == []
    wanted = list(range(500, 0, -1))
    rows = database.read("select n from generate_series(1, 500) as n order by n desc; -- the end")
    assert [row["n"] for row in rows] == wanted
    assert database.read("select 1 as answer, 2 as a") == [{"answer": 1, "a": 2}]


def test_values_and_percent_signs_are_read_as_psycopg_reads_them(any_channel: OpenChannel, dsn: str) -> None:
    hostile = "it's %(x)s \\ $$ -- é"
    rows = any_channel(dsn).read(
        "select %(text)s::text as text, 'a%%' as percent, 'b' like 'b%%' as alike, %(none)s::text as none",
        {"text": hostile, "none": None},
    )
    assert rows == [{"text": hostile, "percent": "a%", "alike": True, "none": None}]
    assert any_channel(dsn).read("select 'a%' as percent, 7 % 4 as rest") == [{"percent": "a%", "rest": 3}]


@pytest.mark.parametrize(
    ("query", "state", "said"),
    [
        ("select * from public.nowhere", "42P01", 'relation "public.nowhere" does not exist'),
        ("select 1/0", "22012", "division by zero"),
        ("selec 1", "42601", "syntax error"),
        ("select 'x'::integer", "22P02", "invalid input syntax"),
        ("select jsonb_each('[]')", "22023", "cannot call jsonb_each"),
        ("create table public.t (id integer)", None, ""),
    ],
)
def test_errors_are_the_same_over_both_channels(
    any_channel: OpenChannel, dsn: str, query: str, state: str | None, said: str
) -> None:
    with pytest.raises(SqlError) as caught:
        any_channel(dsn).read(query)
    assert state in (None, caught.value.sqlstate)
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert "LINE" not in caught.value.message


def test_a_message_of_several_lines_ends_where_its_appendix_begins(server: ManagementServer) -> None:
    unit = [
        Statement("do $$ begin raise exception E'first\\nsecond' using detail = 'secret detail'; end $$"),
        Statement("select 1 as one"),
    ]
    with pytest.raises(SqlError) as caught:
        open_database(server).transact(unit)
    assert (caught.value.sqlstate, caught.value.message) == ("P0001", "first\nsecond")


def test_a_read_cannot_write_over_either_channel(any_channel: OpenChannel, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            b"create function public.writes() returns void language sql security definer"
            b" as 'delete from public.modules'"
        )
    database = any_channel(dsn)
    for login in (None, Login("service_role")):
        with pytest.raises(SqlError) as caught:
            database.read("select set_config('transaction_read_only', 'off', true) as off", login=login)
        assert caught.value.sqlstate == "25001"
        with pytest.raises(SqlError) as caught:
            database.read("select public.writes()::text as written", login=login)
        assert caught.value.sqlstate == "25006"


def test_plain_reads_go_to_the_endpoint_that_cannot_write(
    server: ManagementServer, database: ManagementDatabase
) -> None:
    database.read("select 1 as one")
    assert database.read("select current_user::text as who") == [{"who": "supabase_read_only_user"}]
    assert {path for _method, path, _status in server.requests} == {"/database/query/read-only"}
    server.requests.clear()
    rows = database.read("select current_user::text as who", login=Login("authenticated"))
    assert rows == [{"who": "authenticated"}]
    assert {path for _method, path, _status in server.requests} == {"/database/query"}


def test_a_login_sees_what_its_policies_show(any_channel: OpenChannel, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            b"create table public.notes (owner text);"
            b"alter table public.notes enable row level security;"
            b"grant select on public.notes to authenticated;"
            b"create policy own on public.notes for select to authenticated using (owner = auth.uid()::text);"
            b"insert into public.notes values ('11111111-aaaa-4000-8000-000000000001'), ('other')"
        )
    login = Login("authenticated", {"sub": "11111111-aaaa-4000-8000-000000000001", "odd": "it's \\"})
    database = any_channel(dsn)
    assert database.read("select owner from public.notes", login=login) == [{"owner": login.claims["sub"]}]
    assert len(database.read("select owner from public.notes")) == 2
    with pytest.raises(SqlError) as caught:
        database.read("select owner from public.notes", login=Login("anon"))
    assert (caught.value.sqlstate, caught.value.message) == ("42501", "permission denied for table notes")


def test_times_are_utc_and_a_slow_query_ends(any_channel: OpenChannel, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"alter role postgres in database {name} set timezone = 'Asia/Tokyo'".encode())
    assert any_channel(dsn).read("select current_setting('timezone') as zone") == [{"zone": "UTC"}]


def test_a_query_that_takes_too_long_is_ended_by_the_database(server: ManagementServer) -> None:
    started = time.monotonic()
    with pytest.raises(DatabaseUnreachable) as caught:
        open_database(server, timeout=0.5).read("select pg_sleep(20)::text as slept")
    assert (caught.value.reason, caught.value.exit_code) == ("slow", 3)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("text", ["a\0b", "half \ud800"])
def test_text_that_cannot_be_stored_is_an_error_of_the_statement(
    any_channel: OpenChannel, dsn: str, text: str
) -> None:
    database = any_channel(dsn)
    with pytest.raises(SqlError) as caught:
        database.read("select %(text)s::text as text", {"text": text})
    assert caught.value.sqlstate == "22021"
    assert database.read("select 1 as one") == [{"one": 1}]


def test_a_unit_is_kept_as_a_whole_or_not_at_all(any_channel: OpenChannel, dsn: str) -> None:
    database = any_channel(dsn)
    unit = [
        Statement("create table public.t (id integer, note text)"),
        Statement("insert into public.t values (%(id)s, %(note)s)", {"id": 1, "note": "it's 100%"}),
        Statement("select id, note from public.t"),
    ]
    assert database.transact(unit) == [{"id": 1, "note": "it's 100%"}]
    assert one(dsn, "select count(*) from public.t") == 1

    failing = [
        Statement("insert into public.t values (2)"),
        Statement("select 1 / (id - id) as x from public.t"),
        Statement("select 1 as one"),
    ]
    with pytest.raises(SqlError) as caught:
        database.transact(failing)
    assert caught.value.sqlstate == "22012"
    assert one(dsn, "select count(*) from public.t") == 1
    assert database.read("select 1 as one") == [{"one": 1}]


def test_the_second_unit_waits_for_its_turn_and_gives_up_in_time(any_channel: OpenChannel, dsn: str) -> None:
    database = any_channel(dsn)
    with psycopg.connect(dsn) as other:
        other.execute(sql.load("session/lock").encode())
        started = time.monotonic()
        with pytest.raises(Refused) as caught:
            database.transact([Statement("select 1 as one")], wait_for_turn=1.0)
        assert caught.value.code == "turn-taken"
        assert 0.8 < time.monotonic() - started < 6

        rows: list[Any] = []
        waiting = threading.Thread(
            target=lambda: rows.extend(database.transact([Statement("select 2 as two")], wait_for_turn=20))
        )
        waiting.start()
        time.sleep(0.5)
        assert rows == []
        other.rollback()
        waiting.join(timeout=15)
    assert rows == [{"two": 2}]


def test_a_table_in_use_ends_a_unit_after_four_seconds(any_channel: OpenChannel, dsn: str) -> None:
    database = any_channel(dsn)
    with psycopg.connect(dsn) as other:
        other.execute(b"lock table public.modules in access share mode")
        started = time.monotonic()
        with pytest.raises(SqlError) as caught:
            database.transact(
                [Statement("alter table public.modules add column x integer"), Statement("select 1 as one")]
            )
    assert caught.value.sqlstate == "55P03"
    assert 3 < time.monotonic() - started < 8


def test_an_answer_that_gets_lost_says_so_and_the_work_is_whole(
    server: ManagementServer, database: ManagementDatabase, dsn: str
) -> None:
    server.lose_answers = 1
    with pytest.raises(OutcomeUnknown) as caught:
        database.transact([Statement("create table public.t (id integer)"), Statement("select 1 as one")])
    assert caught.value.exit_code == 3
    assert one(dsn, "select to_regclass('public.t') is not null")
    server.lose_answers = 1
    with pytest.raises(DatabaseUnreachable):
        database.read("select 1 as one")
    assert database.read("select 1 as one") == [{"one": 1}]


def test_work_that_the_platform_gave_up_on_is_not_kept(dsn: str) -> None:
    """The guard in front of the last statement, tried with the clock that the server would have."""
    guard = sql.load("session/in_time")
    assert "55 seconds" in guard
    impatient = guard.replace("55 seconds", "0.2 seconds")
    with psycopg.connect(dsn) as connection:
        connection.execute(guard.encode())
        connection.execute(b"select pg_sleep(0.3)")
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(impatient.encode())
    assert caught.value.sqlstate == "IF002"


def test_step_by_step_is_refused_with_the_way_out(database: ManagementDatabase) -> None:
    with pytest.raises(Refused) as caught:
        database.write()
    assert "SUPABASE_DB_URL" in str(caught.value.hint)


def test_a_token_that_is_not_accepted(server: ManagementServer, database: ManagementDatabase) -> None:
    server.token = "sbp_" + secrets.token_hex(20)
    failure = refused(database)
    assert (failure.reason, failure.exit_code) == ("token", 3)
    assert "SUPABASE_ACCESS_TOKEN" in failure.message
    count = len(server.requests)
    refused(database)
    assert len(server.requests) == count, "a refused token is not tried again and again"


@pytest.mark.parametrize("nested", [False, True])
def test_a_permission_that_is_missing_is_named_and_the_rest_goes_on(
    server: ManagementServer, database: ManagementDatabase, *, nested: bool
) -> None:
    server.missing = {"database_write"}
    server.nested_permissions = nested
    acts: list[Callable[[], object]] = [
        lambda: database.read("select 1 as one", login=Login("anon")),
        lambda: database.transact([Statement("select 1 as one")]),
    ]
    for act in acts:
        with pytest.raises(ManagementError) as caught:
            act()
        assert (caught.value.reason, caught.value.permissions) == ("permission", ("database_write",))
        assert "database_write" in caught.value.message
    assert database.read("select 1 as one") == [{"one": 1}]
    server.missing = {"database_read"}
    assert "database_read" in refused(database).message


def test_another_project(server: ManagementServer) -> None:
    other = project_ref()
    failure = refused(open_database(server, ref=other))
    assert failure.reason == "not-found"
    assert other in failure.message


def test_a_short_rate_limit_is_waited_for(server: ManagementServer, database: ManagementDatabase) -> None:
    server.rate_limit, server.rate_window = 2, 1.0
    started = time.monotonic()
    for _time in range(4):
        assert database.read("select 1 as one") == [{"one": 1}]
    assert time.monotonic() - started > 0.8
    assert 429 in {status for _method, _path, status in server.requests}


def test_a_long_rate_limit_is_said(server: ManagementServer) -> None:
    server.rate_limit, server.rate_window = 0, 3600.0
    started = time.monotonic()
    failure = refused(open_database(server, timeout=2))
    assert failure.reason == "rate-limit"
    seconds = re.search(r"\d+", str(failure.hint))
    assert seconds is not None
    assert 3000 < int(seconds[0]) <= 3600
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        ("INACTIVE", "paused", "paused"),
        ("COMING_UP", "starting", "COMING_UP"),
        ("ACTIVE_HEALTHY", "starting", "overloaded"),
    ],
)
def test_a_database_that_gives_no_connection_is_explained_by_the_project(
    server: ManagementServer, database: ManagementDatabase, status: str, reason: str, said: str
) -> None:
    server.status = status
    server.overloaded = True
    failure = refused(database)
    assert failure.reason == reason
    assert said in failure.message
    asked = [path for _method, path, _status in server.requests]
    assert asked == ["/database/query/read-only", ""]
    with pytest.raises(ManagementError):
        database.transact([Statement("select 1 as one")])


def test_an_api_that_does_not_answer(server: ManagementServer) -> None:
    server.hang_seconds = 30
    started = time.monotonic()
    failure = refused(open_database(server, timeout=0.5))
    assert failure.reason == "timeout"
    assert time.monotonic() - started < 6


def test_an_api_that_is_not_there(server: ManagementServer) -> None:
    failure = refused(open_database(server, url="http://127.0.0.1:9"))
    assert failure.reason == "network"
    assert "SUPABASE_DB_URL" in str(failure.hint)


def test_more_than_one_request_can_carry(server: ManagementServer, database: ManagementDatabase) -> None:
    with pytest.raises(ManagementError) as caught:
        database.read("select %(text)s::text as text", {"text": "x" * 4_000_000})
    assert caught.value.reason == "too-large"


@pytest.mark.parametrize(
    "url",
    ["http://api.supabase.com", "http://127.0.0.1.example.test", "ftp://127.0.0.1", "http://localhost.evil"],
)
def test_the_token_is_sent_over_tls_or_to_this_machine_only(url: str) -> None:
    with pytest.raises(UsageError):
        ManagementApi(url, "sbp_" + secrets.token_hex(20), project_ref(), timeout=1)


def test_a_token_that_cannot_be_one_is_never_shown() -> None:
    token = "sbp_" + secrets.token_hex(20) + "\n" + "é"
    with pytest.raises(UsageError) as caught:
        ManagementApi("https://api.supabase.com", token, project_ref(), timeout=1)
    assert token[4:20] not in caught.value.message + str(caught.value.hint)


def test_what_takes_longer_than_the_platform_allows_changes_nothing(
    server: ManagementServer, dsn: str
) -> None:
    api = ManagementApi(server.url, server.token, server.ref, timeout=5)
    database = ManagementDatabase(api, timeout=5, longest=0.5)
    unit = [
        Statement("create table public.t (id integer)"),
        Statement("select pg_sleep(20)"),
        Statement("select 1 as one"),
    ]
    with pytest.raises(CouldNotTell) as caught:
        database.transact(unit)
    assert caught.value.code == "too-long"
    assert "SUPABASE_DB_URL" in str(caught.value.hint)
    assert one(dsn, "select to_regclass('public.t') is null")
    with pytest.raises(CouldNotTell):
        database.read("select pg_sleep(20)::text as slept", patient=True)
