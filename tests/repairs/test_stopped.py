"""A client that is stopped, or cut off, at a statement of a repair: its locks go, and the next run finishes.

With short limits, which the server keeps just as it keeps the usual ones; one test has those.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from iahome_fix.errors import Refused, ToolError, UsageError
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.migrate import migrate
from iahome_fix.repairs.undo import undo
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.database import Database
from iahome_fix.systems.database_errors import DatabaseUnreachable
from iahome_fix.systems.limits import Limits
from iahome_fix.systems.postgres import PostgresDatabase
from tests.repairs.repair_support import ALICE, command, finish, holding, start, until, value, waiting
from tests.repairs.shapes import GUIDE, MODULES
from tests.sessions import execute
from tests.systems.frozen import Line, Trap

SHORT = Limits(idle=0.8, heartbeat=0.2, locking=1.5, lock=1.0, commit=0.5, look_up=0.5)
GONE_WITHIN = 6.0
"""Seconds for a sale to work again: what SHORT says, and what a busy machine takes."""
AT_WORK = (
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and application_name = 'iahome-fix' and state <> 'idle'"
)
RUN = "20261130-000000-00000{}"
TOKENS = (
    "insert into public.access_tokens (name, module_id, module_name, created_by)"
    " select 't', 6, 'm', 'owner ' || n from generate_series(1, 20) n"
)
Work = Callable[[Database], object]


def migrating(database: Database) -> object:
    return migrate.apply(database, migrate.plan(database), run_id=RUN.format(1))


def filling(database: Database) -> object:
    planned = backfill.plan(database, MODULE_ACCESS)
    return backfill.apply(database, planned, RUN.format(2)) if planned.to_create else 0


def undoing(database: Database) -> object:
    try:
        agreed = undo.plan(RUN.format(2), None, database, None)
    except UsageError:
        return None  # all of it is taken back already
    return undo.apply_database(database, agreed)


@pytest.fixture
def dsn(make_database: MakeDatabase) -> str:
    """The guide's table, tokens and a row that the unique index cannot hold."""
    made = make_database()
    double = f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6), ('{ALICE}', 6)"
    execute(made, MODULES, GUIDE.replace(" on delete cascade", ""), TOKENS, double)
    return made


def sale(dsn: str) -> float:
    """Seconds until a customer's purchase is written, whoever that customer is."""
    began = time.monotonic()
    execute(
        dsn,
        "insert into public.module_access (user_id, module_id) values (gen_random_uuid()::text, 13),"
        " ('owner 1', 13)",
    )
    return time.monotonic() - began


@dataclass(frozen=True)
class Repair:
    """A repair, what has to be done before it, and a query that counts what it left undone."""

    work: Work
    before: tuple[Work, ...]
    left: str


MIGRATE = Repair(
    migrating,
    (),
    "select count(*) - 1 from pg_index where indrelid = 'public.module_access'::regclass and indisunique"
    " and indisvalid and indpred is not null",
)
BACKFILL = Repair(
    filling,
    (migrating,),
    "select count(*) - 20 from public.module_access where is_active and token_id is not null",
)
UNDO = Repair(
    undoing,
    (migrating, filling),
    "select count(*) from public.module_access where metadata ? 'run_id'",
)


@pytest.mark.parametrize(
    ("repair", "statement", "trap"),
    [
        (MIGRATE, b"pg_advisory_xact_lock", "after"),
        (MIGRATE, b"do $apply$", "after"),
        (MIGRATE, b"commit\0", "before"),
        (BACKFILL, b"iahome_fix.created'", "after"),
        (BACKFILL, b"pg_current_xact_id_if_assigned", "before"),
        (UNDO, b"iahome_fix.deleted_ids", "after"),
        (UNDO, b"commit\0", "after"),
    ],
    ids=lambda each: each.decode() if isinstance(each, bytes) else None,
)
def test_cut_off_at_a_statement_a_sale_works_again_and_the_next_run_finishes(
    repair: Repair, statement: bytes, trap: Trap, dsn: str
) -> None:
    with direct(dsn) as database:
        for earlier in repair.before:
            earlier(database)
    with Line(dsn, statement, trap, cut_all=True) as cut, running(cut, repair.work):
        assert cut.sprung.wait(20)
        assert sale(dsn) < GONE_WITHIN
        until(lambda: value(dsn, AT_WORK) == 0, GONE_WITHIN)
    with direct(dsn) as database:
        repair.work(database)
    assert value(dsn, repair.left) == 0
    assert value(dsn, "select count(*) from public.module_access where module_id = 13") == 2


def test_who_keeps_the_turn_does_so_while_it_is_there_and_no_longer(dsn: str) -> None:
    """Beside the running shop nothing is held but the turn; a build is not what keeps it."""
    second = Limits(idle=SHORT.idle, lock=SHORT.lock, ask_again=0.2)
    with Line(dsn, b"pg_sleep", "before", cut_all=True) as cut, running(cut, _building):
        until(lambda: value(dsn, "select count(*) from pg_class where relname = 'built'") == 1)
        # Much longer than a session may be idle: the heartbeat keeps it.
        time.sleep(2 * SHORT.idle)
        with closing(PostgresDatabase(dsn, label="second", timeout=5, limits=second)) as other:
            with pytest.raises(Refused), other.alone(wait_for_turn=0.3):
                pass
            execute(dsn, "create table public.go_on ()")
            assert cut.sprung.wait(20)
            with other.alone(wait_for_turn=GONE_WITHIN):
                pass
        until(lambda: value(dsn, AT_WORK) == 0, GONE_WITHIN)


def _building(database: Database) -> object:
    with database.alone() as run:
        run("create index concurrently built on public.module_access (user_id, module_id, id)")
        while not database.read("select to_regclass('public.go_on') is not null as told")[0]["told"]:
            time.sleep(0.1)
        run("select pg_sleep(60)")
    return None


def test_a_turn_that_was_lost_is_noticed_before_anything_else_is_done(dsn: str) -> None:
    with (
        closing(PostgresDatabase(dsn, label="first", timeout=5, limits=SHORT)) as database,
        pytest.raises(DatabaseUnreachable),
        database.alone() as run,
    ):
        execute(
            dsn,
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name = 'iahome-fix' and datname = current_database()",
        )
        time.sleep(3 * SHORT.heartbeat)
        run("create table public.not_alone ()")
    assert value(dsn, "select to_regclass('public.not_alone')") is None


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="there are no stopped processes here")
def test_stopped_with_the_usual_limits_a_sale_waits_for_less_than_30_seconds(
    dsn: str, tmp_path: Path
) -> None:
    with holding(dsn, "lock table public.module_access in access share mode") as other:
        process = start(tmp_path, dsn, "migrate", "--yes")
        until(lambda: waiting(dsn) == 1)
        os.kill(process.pid, signal.SIGSTOP)
        other.rollback()
    try:
        took = sale(dsn)
        until(lambda: value(dsn, AT_WORK) == 0, 30 - took)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert 3 < took < 30, "less would mean that the migration held nothing"
    assert finish(process).code == 3
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"


@contextmanager
def direct(dsn: str) -> Iterator[Database]:
    with closing(PostgresDatabase(dsn, label="direct", timeout=10)) as database:
        yield database


@contextmanager
def running(line: Line, work: Work) -> Iterator[None]:
    """The work over a line that will be cut, in a thread that has ended after the block."""

    def attempt() -> None:
        with (
            suppress(ToolError),
            closing(PostgresDatabase(line.dsn, label="cut", timeout=1, limits=SHORT)) as database,
        ):
            work(database)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    yield
    line.hang_up()
    thread.join(20)
    assert not thread.is_alive()
