"""A database that cannot be reached, does not answer, or goes away: what is said, and in what time."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from iahome_fix.systems.postgres import PostgresDatabase
from tests.cli.bad_support import (
    Cable,
    TcpServer,
    call,
    configured,
    env_file,
    free_port,
    hangs_up,
    healthy,
    made_up,
    postgres_saying,
    silent,
    speaks_http,
)
from tests.systems.frozen import Line, Trap

if TYPE_CHECKING:
    from collections.abc import Callable

    from iahome_fix.sandbox.databases import MakeDatabase
    from tests.conftest import MakeMigrated

PASSWORD = made_up()
ADDRESS = "198.51.100.7"

REFUSALS = {
    "wrong password": (
        postgres_saying("28P01", 'password authentication failed for user "postgres"'),
        "refused the password",
    ),
    "starting up": (postgres_saying("57P03", "the database system is starting up"), "is starting up"),
    "shutting down": (postgres_saying("57P03", "the database system is shutting down"), "is shutting down"),
    "no such database": (postgres_saying("3D000", 'database "app" does not exist'), "no database of that"),
    "no such user": (postgres_saying("28000", 'role "postgres" does not exist'), "does not know the user"),
    "unknown project": (postgres_saying("XX000", "Tenant or user not found"), "does not know this project"),
    "full": (postgres_saying("53300", "sorry, too many clients already"), "all sessions"),
    "not let in": (
        postgres_saying("28000", f'no pg_hba.conf entry for host "{ADDRESS}", user "postgres"'),
        "does not let this machine",
    ),
    "hangs up": (hangs_up, "closed the connection"),
    "another server": (speaks_http, "is not a PostgreSQL server"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refused_session_says_why_and_what_to_do(kind: str, tmp_path: Path) -> None:
    talk, words = REFUSALS[kind]
    with TcpServer(talk) as server:
        file = env_file(tmp_path, SUPABASE_DB_URL=server.dsn(PASSWORD))
        done = call(tmp_path, "migrate", "--env-file", str(file), "--json", hidden=(PASSWORD, ADDRESS))
    assert done.code == 3
    assert done.document["verdict"] == "unknown"
    assert done.error["code"] == "database-unreachable"
    assert words in done.error["message"]
    assert str(server.port) in done.error["message"], "which database it was"
    assert done.error["hint"]


@pytest.mark.parametrize("command", ["migrate", "backfill"])
def test_a_closed_port_and_a_host_without_an_address(command: str, tmp_path: Path) -> None:
    for place, words in (
        (f"127.0.0.1:{free_port()}", "nothing listens"),
        ("db.invalid:5432", "has no address"),
    ):
        file = env_file(tmp_path, SUPABASE_DB_URL=f"postgresql://postgres:{PASSWORD}@{place}/app")
        done = call(
            tmp_path, command, "--env-file", str(file), "--json", "--timeout", "2", hidden=(PASSWORD,)
        )
        assert (done.code, done.document["verdict"]) == (3, "unknown")
        assert words in done.error["message"]
        assert place in done.error["message"]


@pytest.mark.parametrize("command", ["migrate", "backfill"])
def test_a_server_that_never_answers_costs_the_time_limit_once(command: str, tmp_path: Path) -> None:
    with TcpServer(silent) as server:
        file = env_file(tmp_path, SUPABASE_DB_URL=server.dsn(PASSWORD))
        options = ("--env-file", str(file), "--json", "--timeout", "3")
        done = call(tmp_path, command, *options, hidden=(PASSWORD,))
    assert done.code == 3
    assert "did not answer within 3 s" in done.error["message"]
    assert "--timeout" in done.error["hint"]
    assert done.document["duration_ms"] < 2 * 3_000


def test_a_database_of_something_else_is_refused_by_name(make_database: MakeDatabase, tmp_path: Path) -> None:
    empty, untouched = make_database("since", "empty"), make_database("since", "iahome")
    for dsn, command, words in (
        (empty, "migrate", "modules"),
        (empty, "backfill", "access_tokens"),
        (untouched, "backfill", "module_access"),
    ):
        file = env_file(tmp_path, SUPABASE_DB_URL=dsn)
        done = call(tmp_path, command, "--env-file", str(file), "--yes", "--json")
        assert (done.code, done.document["verdict"]) == (1, "refused")
        assert words in done.error["message"]
        assert done.error["hint"]
    screen = call(tmp_path, "backfill", "--env-file", str(file), "--yes")
    assert f"\n  iahome-fix migrate --env-file {file}\n" in screen.err, (
        "the command that comes first, to copy"
    )


@pytest.mark.parametrize("fault", ["cut", "hold"])
@pytest.mark.parametrize("command", ["migrate", "backfill", "doctor"])
def test_a_server_that_dies_in_the_middle_of_a_query_is_not_waited_for(
    command: str, fault: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    with Cable(make_database("since", "awkward"), b"access_tokens", fault) as cable:
        file = env_file(
            tmp_path,
            SUPABASE_DB_URL=cable.dsn,
            NEXT_PUBLIC_APP_URL="http://127.0.0.1:1",
            STRIPE_API_BASE="http://127.0.0.1:1",
        )
        done = call(tmp_path, command, "--env-file", str(file), "--json", "--timeout", "2")
        assert cable.struck.is_set()
    assert done.document["duration_ms"] < 25_000
    if command == "doctor":
        assert done.document["verdict"] != "healthy"
        assert done.status("schema.access-tokens") == "unknown"
    else:
        assert (done.code, done.document["verdict"]) == (3, "unknown")
        assert "connection to the database was lost" in done.error["message"]


def test_a_long_query_is_waited_for_while_the_server_works_on_it(make_database: MakeDatabase) -> None:
    with closing(PostgresDatabase(make_database(), label="test", timeout=0.5)) as database:
        assert database.read("select pg_sleep(4)::text, 1 as done", patient=True)[0]["done"] == 1
        with database.write() as transaction:
            transaction.run("select pg_sleep(4)")
            time.sleep(4)  # nothing is asked: that is not the server's silence
            assert transaction.run("select 2 as done")[0]["done"] == 2


def test_a_connection_that_breaks_while_rows_are_written_leaves_nothing_behind(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    plain = ("--env-file", str(env_file(tmp_path, "plain.env", SUPABASE_DB_URL=dsn)), "--json", "--yes")
    assert call(tmp_path, "migrate", *plain).code == 0

    with Cable(dsn, b"insert into public.module_access", "cut") as cable:
        broken = env_file(tmp_path, "cable.env", SUPABASE_DB_URL=cable.dsn)
        done = call(tmp_path, "backfill", "--env-file", str(broken), "--json", "--yes")
        assert cable.struck.is_set()
    assert (done.code, done.document["verdict"]) == (3, "unknown")
    assert done.document["applied"] == {"created": 0}
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select count(*) from public.module_access").fetchone() == (0,)
    assert call(tmp_path, "backfill", *plain).document["verdict"] == "applied", "the same command finishes it"


@pytest.mark.parametrize(
    "talk", [silent, hangs_up, postgres_saying("57P03", "the database system is starting up")]
)
def test_doctor_calls_nothing_fine_that_it_could_not_look_at(
    talk: Callable[..., None], make_migrated: MakeMigrated, tmp_path: Path
) -> None:
    with healthy(tmp_path, make_migrated()) as app, TcpServer(talk) as server:
        fine = call(tmp_path, "doctor", "--env-file", str(configured(app, tmp_path)), "--json")
        assert (fine.code, fine.document["verdict"]) == (0, "healthy")

        file = configured(app, tmp_path, SUPABASE_DB_URL=server.dsn(PASSWORD))
        options = ("doctor", "--env-file", str(file), "--timeout", "2")
        done = call(tmp_path, *options, "--json", hidden=(PASSWORD,))
        screen = call(tmp_path, *options, hidden=(PASSWORD,))
    assert (done.code, done.document["verdict"], done.document["causes"]) == (3, "unknown", [])
    assert done.status("supabase.database") == "unknown"
    assert done.document["duration_ms"] < fine.document["duration_ms"] + 2 * 2_000
    head = screen.out.split("\n\n")[:2]
    assert head[0].startswith("UNKNOWN")
    assert "supabase.database" in head[1], "the one that could not be told, before those that wait for it"
    assert "of which nothing is known" not in screen.out.partition("\n\n")[2]


@pytest.mark.parametrize("trap", ["before", "after", "closed", "garbage"])
def test_a_line_that_is_cut_in_the_middle_of_a_wave_takes_nothing_that_was_seen(
    trap: Trap, make_migrated: MakeMigrated, tmp_path: Path
) -> None:
    dsn = make_migrated()
    with healthy(tmp_path, dsn) as app, Line(dsn, b"do $wave$", trap, cut_all=True) as line:
        fine = call(tmp_path, "doctor", "--env-file", str(configured(app, tmp_path)), "--json")
        assert (fine.code, fine.document["verdict"]) == (0, "healthy")
        file = configured(app, tmp_path, SUPABASE_DB_URL=line.dsn)
        done = call(tmp_path, "doctor", "--env-file", str(file), "--timeout", "2", "--json")
        assert line.sprung.is_set(), "there was a wave to cut"
    assert (done.code, done.document["verdict"], done.document["causes"]) == (3, "unknown", [])
    before = {one["id"]: one["status"] for one in fine.document["checks"]}
    after = {one["id"]: one for one in done.document["checks"]}
    changed = {name: one for name, one in after.items() if one["status"] != before[name]}
    # What other systems said, and what the database had said before, is as it was.
    assert not {name for name in changed if name.startswith(("env.", "stripe.key"))}
    assert {one["status"] for one in changed.values()} == {"unknown"}
    assert len(changed) < len(before)
    for name, one in changed.items():
        assert one["detail"], name
        assert "by itself" not in one["detail"], name
    lost = [one for one in changed.values() if "depends on" not in one["detail"]]
    assert lost, "the ones that were asked are unknown for the line, by name"
