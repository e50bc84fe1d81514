"""`migrate` on a table that is large: what would read all of it is done beside the running shop."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from iahome_fix.repairs.migrate import concurrently, migrate
from iahome_fix.sandbox.databases import MakeDatabase
from tests.conftest import OpenChannel
from tests.prepared import Process
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import Answer, command, finish, holding, start, until, value, waiting
from tests.repairs.shapes import GUIDE, MODULES
from tests.sessions import execute

# As the guide made it, without its indexes and its foreign key.
SHAPE = GUIDE.replace(" references public.modules (id) on delete cascade", "")
ROWS = """
insert into public.module_access (user_id, module_id)
select 'customer ' || n, 6 from generate_series(1, 100000) n
"""
DOUBLES = """
insert into public.module_access (user_id, module_id)
select 'customer ' || n, 6 from generate_series(1, 10) n
"""
BUILDING = "select count(*) from pg_stat_progress_create_index where datname = current_database()"
INVALID = """
select count(*) from pg_index where indrelid = 'public.module_access'::regclass and not indisvalid
"""
INDEXES = "drop index public.idx_module_access_unique_user_module, public.idx_module_access_expires_at"
SALE = "insert into public.module_access (user_id, module_id) values ('{customer}', 13)"


def large(make_database: MakeDatabase, *more: str) -> str:
    dsn = make_database()
    execute(dsn, MODULES, SHAPE, ROWS, *more)
    return dsn


@pytest.fixture
def unindexed(make_database: MakeDatabase, tmp_path: Path) -> str:
    """A large table that lacks nothing but two indexes."""
    dsn = large(make_database)
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    execute(dsn, INDEXES)
    return dsn


def start_and_meet(folder: Path, dsn: str) -> Process:
    """A migration whose build waits for a transaction that the test holds open."""
    process = start(folder, dsn, "migrate", "--yes")
    until(lambda: value(dsn, BUILDING) == 1 and waiting(dsn) == 1)
    return process


def buying(dsn: str) -> psycopg.Connection:
    """A customer who is in the middle of a purchase."""
    connection = psycopg.connect(dsn)
    connection.execute(SALE.format(customer="slow").encode())
    return connection


def test_a_large_table_gets_the_same_shape_as_a_small_one(
    make_database: MakeDatabase, any_channel: OpenChannel
) -> None:
    dsn, small = large(make_database, DOUBLES), make_database()
    execute(small, MODULES, SHAPE, DOUBLES, DOUBLES)
    with closing(any_channel(small)) as database:
        plan = migrate.plan(database)
        assert not any(step.concurrently for step in plan.steps)
        migrate.apply(database, plan)
    with closing(any_channel(dsn)) as database:
        plan = migrate.plan(database)
        beside = [step for step in plan.steps if step.concurrently]
        assert [step.id for step in beside] == [step.id for step in plan.steps][-len(beside) :]
        assert {step.id for step in beside} == concurrently.STEPS - {"087_half_built_indexes"}
        assert all("concurrently" in step.sql for step in beside if "index" in step.id)
        said: list[str] = []
        assert migrate.apply(database, plan, said.append, run_id="run") == tuple(
            step.id for step in plan.steps
        )
        assert plan.steps[0].id == "080_duplicates"
        assert migrate.plan(database).verdict == "nothing-to-do"
    assert len(said) == 6
    there, wanted = catalog(dsn), catalog(small)
    assert {**there, "sequences": []} == {**wanted, "sequences": []}
    assert value(dsn, "select count(*) from public.module_access where not is_active") == 10


def test_sales_go_on_while_an_index_waits_for_one_of_them(unindexed: str, tmp_path: Path) -> None:
    with buying(unindexed) as slow:
        process = start_and_meet(tmp_path, unindexed)
        for customer in ("one", "two"):
            execute(unindexed, f"set lock_timeout = '2s'; {SALE.format(customer=customer)}")
        slow.commit()
    answer = finish(process)
    assert (answer.code, answer.verdict) == (0, "applied")
    assert answer.document["applied"] == ["090_unique_index", "100_indexes"]
    assert value(unindexed, INVALID) == 0


def test_a_double_that_comes_in_meanwhile_is_deactivated_and_the_index_built(
    unindexed: str, tmp_path: Path
) -> None:
    with buying(unindexed) as slow:
        process = start_and_meet(tmp_path, unindexed)
        execute(unindexed, *[SALE.format(customer="twice")] * 2)
        slow.commit()
    answer = finish(process)
    assert (answer.code, answer.verdict) == (0, "applied"), answer.error
    assert "second active row" in answer.errors
    assert {"080_duplicates", "090_unique_index", "100_indexes"} <= set(answer.document["applied"])
    twice = "select is_active, metadata ->> 'deactivated_run_id' from public.module_access"
    rows = execute(unindexed, f"{twice} where user_id = 'twice' order by id")
    assert rows == [(False, answer.document["run_id"]), (True, None)]
    assert command(tmp_path, unindexed, "migrate", "--yes").verdict == "nothing-to-do"


def test_of_two_at_once_one_builds_and_the_other_finds_nothing_to_do(unindexed: str, tmp_path: Path) -> None:
    with buying(unindexed) as slow:
        first = start_and_meet(tmp_path, unindexed)
        second = start(tmp_path, unindexed, "migrate", "--yes")
        until(lambda: waiting(unindexed) == 2)
        slow.commit()
    answers: list[Answer] = [finish(first), finish(second)]
    assert [(a.code, a.verdict) for a in answers] == [(0, "applied"), (0, "nothing-to-do")]


def test_killed_while_it_builds_the_next_run_finishes(unindexed: str, tmp_path: Path) -> None:
    with buying(unindexed) as slow:
        process = start_and_meet(tmp_path, unindexed)
        process.kill()
        process.communicate()
        # The server's session of the killed run goes, too, as when a machine is switched off.
        execute(
            unindexed,
            "select pg_terminate_backend(pid) from pg_stat_progress_create_index"
            " where datname = current_database()",
        )
        until(lambda: value(unindexed, BUILDING) == 0)
        assert value(unindexed, INVALID) == 1
        slow.commit()
    doctor = command(tmp_path, unindexed, "doctor", "--only", "schema")
    indexes = next(c for c in doctor.document["checks"] if c["id"] == "schema.indexes")
    assert indexes["status"] == "warn"
    assert "idx_module_access_unique_user_module" in indexes["detail"]

    answer = command(tmp_path, unindexed, "migrate", "--yes")
    assert (answer.code, answer.verdict) == (0, "applied")
    assert "087_half_built_indexes" in answer.document["applied"]
    assert value(unindexed, INVALID) == 0
    assert command(tmp_path, unindexed, "migrate", "--yes").verdict == "nothing-to-do"


def test_a_leftover_on_a_small_table_is_rebuilt_too(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE, DOUBLES, DOUBLES)
    with psycopg.connect(dsn, autocommit=True) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            b"create unique index concurrently idx_module_access_user_id on public.module_access (user_id)"
        )
    assert value(dsn, INVALID) == 1
    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert (answer.code, answer.verdict) == (0, "applied")
    assert value(dsn, INVALID) == 0
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "nothing-to-do"


def test_a_build_that_the_server_ends_is_said_and_finished_by_the_next_run(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = large(make_database)
    # A transaction that looks at another table: the build has to wait for what it might still ask for.
    with holding(dsn, "set transaction isolation level repeatable read") as other:
        other.execute(b"select count(*) from public.profiles")
        process = start_and_meet(tmp_path, dsn)
        execute(
            dsn,
            "select pg_cancel_backend(pid) from pg_stat_progress_create_index"
            " where datname = current_database()",
        )
        answer = finish(process)
    assert (answer.code, answer.verdict) == (4, "partly-applied")
    assert answer.document["run_id"] in answer.error["message"]
    assert "120_row_level_security" in answer.document["applied"]
    assert "run the same command again" in answer.error["hint"]
    until(lambda: value(dsn, BUILDING) == 0)
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "nothing-to-do"


def test_ended_duplicates_are_not_called_nothing_when_the_rest_is_refused(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = large(make_database, DOUBLES)
    with holding(dsn, "lock table public.module_access in share update exclusive mode"):
        answer = finish(start(tmp_path, dsn, "migrate", "--yes"))
    assert (answer.code, answer.verdict) == (4, "partly-applied"), answer.document
    assert answer.document["applied"] == ["080_duplicates"]
    assert "the duplicates are deactivated" in answer.error["message"]
    assert answer.document["run_id"] in answer.error["message"]
    assert value(dsn, "select count(*) from public.module_access where not is_active") == 10
    journal = tmp_path / ".iahome-fix" / "runs" / f"{answer.document['run_id']}.json"
    run = json.loads(journal.read_text(encoding="utf-8"))
    assert len(run["changes"]["rows"]["ids"]["deactivated"]) == 10


def test_a_large_migration_is_taken_back_whole(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = large(make_database, DOUBLES)
    execute(
        dsn,
        "alter table public.access_tokens alter column id drop default",
        "alter table public.access_tokens alter column id type text using id::text",
    )
    before = catalog(dsn)
    run_id = command(tmp_path, dsn, "migrate", "--yes").document["run_id"]
    assert catalog(dsn) != before
    answer = command(tmp_path, dsn, "undo", run_id, "--yes")
    assert (answer.code, answer.document["plan"]["not_undoable"]) == (0, [])
    assert {**catalog(dsn), "sequences": []} == {**before, "sequences": []}
    assert value(dsn, "select count(*) from public.module_access where not is_active") == 0


def test_a_wait_without_an_end_is_shown(unindexed: str, tmp_path: Path) -> None:
    with holding(unindexed, "select 1") as slow:
        slow.execute(SALE.format(customer="slow").encode())
        process = start_and_meet(tmp_path, unindexed)
        time.sleep(0.5)
        slow.rollback()
    answer = finish(process)
    assert (answer.code, answer.verdict) == (0, "applied")
    assert "beside the running shop: create unique index concurrently" in " ".join(answer.errors.split())


def test_duplicates_end_before_anything_stops_a_sale_and_what_must_stop_it_is_said(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = large(make_database, DOUBLES, "alter table public.module_access alter column metadata drop default")
    with holding(dsn, "lock table public.module_access in share update exclusive mode"):
        process = start(tmp_path, dsn, "migrate", "--yes")
        # The steps that need the table for themselves wait; the duplicates are ended by then.
        until(lambda: waiting(dsn) == 1)
        assert value(dsn, "select count(*) from public.module_access where not is_active") == 10
    assert finish(process).verdict == "applied"

    uuid = large(make_database, "alter table public.module_access alter column user_id type text")
    execute(
        uuid,
        "update public.module_access set user_id = gen_random_uuid()::text",
        "alter table public.module_access alter column user_id type uuid using user_id::uuid",
    )
    plan = command(tmp_path, uuid, "migrate", "--change-types", "--dry-run").document["plan"]
    reason = next(step["reason"] for step in plan if step["id"] == "060_owner_type")
    assert "who buys waits" in reason
    assert command(tmp_path, uuid, "migrate", "--change-types", "--yes").verdict == "applied"
