"""What a database has for defaults changes nothing: each transaction sets what its statements depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql as composed
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.migrate import migrate
from iahome_fix.repairs.undo import undo
from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from iahome_fix.systems.database import Database
from iahome_fix.systems.limits import Limits
from iahome_fix.systems.postgres import PostgresDatabase
from tests.conftest import OpenChannel
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import ALICE, command
from tests.repairs.shapes import MODULES
from tests.sessions import execute

MEANING = {
    "datestyle": "SQL, DMY",
    "intervalstyle": "sql_standard",
    "timezone": "Pacific/Chatham",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "search_path": "auth",
    "extra_float_digits": "-10",
    "bytea_output": "escape",
    "row_security": "off",
    "quote_all_identifiers": "on",
}
PATIENCE = {
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "statement_timeout": "700ms",
    "lock_timeout": "200ms",
    "idle_in_transaction_session_timeout": "300ms",
    "idle_session_timeout": "300ms",
}
NOT_IN_PYTHON = ("infinity", "-infinity", "0044-03-15 BC", "12026-01-01")

Defaults = Callable[[str, dict[str, str]], None]


@pytest.fixture
def defaults(databases: DatabaseFactory) -> Defaults:
    """Sets defaults of a database; with none, takes all of them away again."""

    def change(dsn: str, settings: dict[str, str]) -> None:
        name = composed.Identifier(str(conninfo_to_dict(dsn)["dbname"]))
        with psycopg.connect(databases.superuser(dsn), autocommit=True) as connection:
            connection.execute(composed.SQL("alter database {} reset all").format(name))
            for setting, text in settings.items():
                # The list of search_path is not one name.
                value = composed.SQL("auth") if text == "auth" else composed.Literal(text)
                connection.execute(
                    composed.SQL("alter database {} set {} = {}").format(
                        name, composed.Identifier(setting), value
                    )
                )

    return change


def shop(make_database: MakeDatabase) -> str:
    dsn = make_database()
    execute(
        dsn,
        MODULES,
        f"insert into auth.users (id, email) values ('{ALICE}', 'alice@example.test')",
        "insert into public.access_tokens (name, module_id, module_name, created_by, expires_at)"
        f" values ('é \\ ''', 6, 'm', '{ALICE}', '2099-02-01 03:04:05')",
        *(
            "insert into public.access_tokens (name, module_id, module_name, created_by, expires_at)"
            f" values ('t', {module}, 'm', 'owner é', '{ends}')"
            for module, ends in zip((6, 13, 14, 15), NOT_IN_PYTHON, strict=False)
            if module in (6, 13)
        ),
    )
    return dsn


@contextmanager
def repaired(database: Database) -> Iterator[str]:
    """Migrated and filled; afterwards the filling is undone."""
    migrate.apply(database, migrate.plan(database), run_id="20261130-000000-000000")
    assert migrate.plan(database).verdict == "nothing-to-do"
    run_id = "20261130-000001-000001"
    planned = backfill.plan(database, MODULE_ACCESS)
    assert backfill.apply(database, planned, run_id) == planned.to_create > 0
    assert backfill.plan(database, MODULE_ACCESS).to_create == 0
    yield run_id
    agreed = undo.plan(run_id, None, database, None)
    assert undo.apply_database(database, agreed).deleted == planned.to_create


@pytest.mark.parametrize("settings", [MEANING, PATIENCE], ids=["meaning", "patience"])
def test_repairs_do_the_same_whatever_the_defaults_are(
    settings: dict[str, str], make_database: MakeDatabase, any_channel: OpenChannel, defaults: Defaults
) -> None:
    rows = "select user_id, module_id, expires_at::text from public.module_access order by 1, 2"
    odd, plain = shop(make_database), shop(make_database)
    defaults(odd, settings)
    with repaired(any_channel(odd)):
        defaults(odd, {})
        with closing(PostgresDatabase(plain, label="plain", timeout=10)) as other, repaired(other):
            assert execute(odd, rows) == execute(plain, rows)
            assert catalog(odd) == catalog(plain)
        defaults(odd, settings)


def test_every_transaction_says_what_it_needs(
    make_database: MakeDatabase, any_channel: OpenChannel, defaults: Defaults
) -> None:
    dsn = make_database()
    defaults(dsn, MEANING | PATIENCE)
    database = any_channel(dsn)
    (found,) = database.read(
        "select current_setting('transaction_isolation') as isolation,"
        " current_setting('search_path') as path, '2026-02-01'::date::text as day,"
        " '1 day 2 hours'::interval::text as span, 0.1::float8::text as number,"
        " current_setting('standard_conforming_strings') as strings, 'é' as letter,"
        " current_setting('idle_in_transaction_session_timeout') as idle"
    )
    assert found == {
        "isolation": "read committed",
        "path": "public, extensions",
        "day": "2026-02-01",
        "span": "1 day 02:00:00",
        "number": "0.1",
        "strings": "on",
        "letter": "é",
        "idle": "10s",
    }


def test_the_commands_speak_of_such_a_database_as_of_any_other(
    make_database: MakeDatabase, defaults: Defaults, tmp_path: Path
) -> None:
    dsn = shop(make_database)
    defaults(dsn, MEANING | PATIENCE)
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    assert command(tmp_path, dsn, "backfill", "--yes").verdict == "applied"
    report = command(tmp_path, dsn, "doctor", "--only", "schema", "--only", "data").document
    wrong = {c["id"]: c["detail"] for c in report["checks"] if c["status"] in ("fail", "unknown")}
    assert wrong == {}
    page = command(tmp_path, dsn, "explain", "alice@example.test").document["page"]
    # What the database has for everybody, customers have, too: an error in place of what policies hide.
    assert page == {"modules": [], "error": "profile:42501"}
    own = {name: value for name, value in MEANING.items() if name != "row_security"}
    defaults(dsn, own | PATIENCE)
    odd = command(tmp_path, dsn, "explain", "alice@example.test")
    defaults(dsn, {})
    plain = command(tmp_path, dsn, "explain", "alice@example.test")
    moments = {"started": None, "duration_ms": None}
    assert odd.document | moments == plain.document | moments
    assert odd.code == plain.code


def test_a_build_beside_the_shop_waits_for_no_session_of_its_own(
    make_database: MakeDatabase, defaults: Defaults
) -> None:
    """A snapshot that the tool itself kept would hold the build up for as long as the turn is kept."""
    dsn = make_database()
    defaults(dsn, MEANING | PATIENCE)
    often = Limits(heartbeat=0.01)
    with (
        closing(PostgresDatabase(dsn, label="test", timeout=5, limits=often)) as database,
        database.alone() as run,
    ):
        for number in range(3):
            database.read("select count(*) as found from public.modules")
            run(f"create index concurrently built_{number} on public.modules (title)")
        run("drop index concurrently public.built_0")
    assert execute(dsn, "select count(*) from pg_class where relname like 'built%'") == [(2,)]


@pytest.mark.parametrize("kind", ["timestamp", "timestamptz", "date"])
def test_times_that_python_has_not_are_text(kind: str, make_database: MakeDatabase) -> None:
    with closing(PostgresDatabase(make_database(), label="test", timeout=5)) as database:
        for moment in NOT_IN_PYTHON:
            (row,) = database.read(f"select '{moment}'::{kind} as at, '{moment}'::{kind}::text as text")
            assert row["at"] == row["text"]
        (row,) = database.read(f"select '2026-01-02'::{kind} as at")
        assert not isinstance(row["at"], str)
