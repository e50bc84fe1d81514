"""What was decided at COMMIT and not heard is looked up; nobody says "nothing was written" on a guess."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems import written
from iahome_fix.systems.database import Decided, Statement
from iahome_fix.systems.database_errors import DatabaseUnreachable, OutcomeUnknown, SqlError
from iahome_fix.systems.limits import Limits
from iahome_fix.systems.postgres import PostgresDatabase
from tests.repairs.repair_support import value
from tests.sessions import execute
from tests.systems.frozen import Line, Trap

SOON = Limits(idle=0.7, locking=2.0, commit=1.0, look_up=1.5)
UNIT = (
    Statement("insert into public.modules (title) values (%(title)s)", {"title": "new"}),
    Statement("select count(*) as found from public.modules where title = 'new'"),
)
THERE = "select count(*) from public.modules where title = 'new'"


@pytest.fixture
def dsn(make_database: MakeDatabase) -> str:
    return make_database()


@contextmanager
def line(dsn: str, trap: Trap, *, cut_all: bool = False) -> Iterator[PostgresDatabase]:
    """A database whose commit meets the trap."""
    with (
        Line(dsn, b"commit\0", trap, cut_all=cut_all) as cut,
        closing(PostgresDatabase(cut.dsn, label="test", timeout=1, limits=SOON)) as database,
    ):
        yield database


@pytest.mark.parametrize("trap", ["after", "garbage", "closed"])
def test_a_commit_that_was_made_is_known_in_the_end(dsn: str, trap: Trap) -> None:
    decided: list[Decided] = []
    kept = len(written.kept())
    with line(dsn, trap) as database:
        assert database.transact(UNIT, witness=decided.append) == [{"found": 1}]
    assert value(dsn, THERE) == 1
    assert len(written.kept()) == kept + 1
    # The witness heard of it before, with what the server tells the transaction by.
    (one,) = decided
    assert one.rows == [{"found": 1}]
    assert value(dsn, f"select pg_xact_status('{one.xid}'::xid8)") == "committed"


def test_a_commit_that_never_arrived_is_known_too(dsn: str) -> None:
    decided: list[Decided] = []
    kept, undecided = written.kept(), written.undecided()
    with line(dsn, "before") as database, pytest.raises(DatabaseUnreachable) as caught:
        database.transact(UNIT, witness=decided.append)
    assert "before anything was kept" in caught.value.message
    assert value(dsn, THERE) == 0
    assert decided
    assert (written.kept(), written.undecided()) == (kept, undecided)


@pytest.mark.parametrize("trap", ["before", "after"])
def test_where_nobody_answers_any_more_it_cannot_be_told(dsn: str, trap: Trap) -> None:
    undecided = len(written.undecided())
    with line(dsn, trap, cut_all=True) as database, pytest.raises(OutcomeUnknown) as caught:
        database.transact(UNIT)
    assert caught.value.exit_code == 3
    assert "is not known" in caught.value.message
    xid = str(caught.value.xid)
    assert f"pg_xact_status('{xid}')" in str(caught.value.hint)
    assert len(written.undecided()) == undecided + 1
    assert value(dsn, f"select pg_xact_status('{xid}'::xid8)") == (
        "committed" if trap == "after" else "aborted"
    )
    assert value(dsn, THERE) == (1 if trap == "after" else 0)


def test_a_commit_that_the_server_refuses_is_refused(dsn: str) -> None:
    execute(
        dsn,
        "create table public.pair (id integer primary key, other integer"
        " references public.pair deferrable initially deferred)",
    )
    with closing(PostgresDatabase(dsn, label="test", timeout=5)) as database:
        with pytest.raises(SqlError) as caught:
            database.transact(
                [Statement("insert into public.pair values (1, 2)"), Statement("select 1 as one")]
            )
        assert caught.value.sqlstate == "23503"
        assert database.read("select count(*) as found from public.pair") == [{"found": 0}]


def test_a_session_that_the_server_ended_meanwhile_is_not_used_again(dsn: str) -> None:
    with closing(PostgresDatabase(dsn, label="test", timeout=5)) as database:
        (first,) = database.read("select pg_backend_pid() as pid")
        with psycopg.connect(dsn, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", (first["pid"],))
        (second,) = database.read("select pg_backend_pid() as pid")
    assert second["pid"] != first["pid"]
