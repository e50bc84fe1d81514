"""`migrate` among others: tables in use, two at once, and killed at any moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import TURN, command, finish, holding, start, until, value, waiting
from tests.repairs.shapes import GUIDE, GUIDE_ROWS, MODULES
from tests.sessions import execute

READS = "lock table public.module_access in access share mode"
LONGEST_WAIT = 6.0  # seconds; the tool waits 4 s for a lock, and what it does then takes a moment


@dataclass
class Sales:
    """How long each sale took, in seconds, while something else went on."""

    took: list[float] = field(default_factory=list)


@contextmanager
def selling(dsn: str) -> Iterator[Sales]:
    """Customers buy all the time, one after the other."""
    sales, over = Sales(), threading.Event()

    def sell() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not over.wait(0.05):
                began = time.monotonic()
                connection.execute(
                    "insert into public.module_access (user_id, module_id)"
                    " values (gen_random_uuid()::text, 6)"
                )
                sales.took.append(time.monotonic() - began)

    seller = threading.Thread(target=sell)
    seller.start()
    try:
        yield sales
    finally:
        over.set()
        seller.join()


@pytest.fixture
def dsn(make_database: MakeDatabase) -> str:
    """The guide's table with rows."""
    made = make_database()
    execute(made, MODULES, GUIDE, GUIDE_ROWS)
    return made


def test_a_table_that_stays_in_use_is_given_up_and_sales_go_on(dsn: str, tmp_path: Path) -> None:
    was = catalog(dsn)
    with holding(dsn, READS), selling(dsn) as sales:
        answer = finish(start(tmp_path, dsn, "migrate", "--yes"))

    assert (answer.code, answer.verdict, answer.error["code"]) == (1, "refused", "locked")
    assert "nothing was changed" in answer.error["message"]
    assert answer.errors.count("trying again") == 3
    assert max(sales.took) < LONGEST_WAIT
    assert max(sales.took) > 1, "no sale met the migration: the measurement says nothing"
    assert len(sales.took) > 20
    now = catalog(dsn)
    assert [{**now, "sequences": []}] == [{**was, "sequences": []}]


def test_a_table_that_becomes_free_is_migrated_while_sales_go_on(dsn: str, tmp_path: Path) -> None:
    with holding(dsn, READS) as reader, selling(dsn) as sales:
        process = start(tmp_path, dsn, "migrate", "--yes")
        until(lambda: waiting(dsn) == 1)
        time.sleep(4.5)
        reader.rollback()
        answer = finish(process)
        until(lambda: len(sales.took) > 3)

    assert (answer.code, answer.verdict) == (0, "applied")
    assert "trying again" in answer.errors
    assert max(sales.took) < LONGEST_WAIT
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "nothing-to-do"
    assert value(dsn, "select count(*) from public.module_access") == 5 + len(sales.took)


def test_the_plan_waits_for_a_table_that_somebody_is_changing(dsn: str, tmp_path: Path) -> None:
    with holding(dsn, "lock table public.module_access in access exclusive mode") as other:
        process = start(tmp_path, dsn, "migrate", "--dry-run", "--profile", "module_access")
        until(lambda: waiting(dsn) > 0)
        time.sleep(4.5)
        other.rollback()
        answer = finish(process)
    assert (answer.code, answer.verdict) == (0, "planned")
    assert "trying again" in answer.errors


@pytest.mark.parametrize("shape", ["select 1", GUIDE])
def test_of_two_at_once_one_works_and_the_other_finds_nothing_to_do(
    shape: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, shape)
    with holding(dsn, TURN):
        processes = [start(tmp_path, dsn, "migrate", "--yes") for _ in range(2)]
        until(lambda: waiting(dsn) == 2)
    answers = sorted((finish(process) for process in processes), key=lambda answer: answer.verdict)

    assert [(a.code, a.verdict, a.document["error"]) for a in answers] == [
        (0, "applied", None),
        (0, "nothing-to-do", None),
    ]
    assert answers[0].document["applied"]
    assert answers[1].document["applied"] == []
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "nothing-to-do"


@pytest.mark.parametrize(
    "held",
    [
        TURN,
        "lock table public.modules in row exclusive mode",
        "lock table public.access_tokens in access share mode",
    ],
    ids=["before it begins", "at the foreign key", "at the tokens, with module_access done"],
)
@pytest.mark.parametrize(
    "shape", ["select 1", GUIDE.replace(" references public.modules (id) on delete cascade", "")]
)
def test_killed_while_it_works_it_leaves_all_as_before_and_finishes_next_time(
    shape: str, held: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, shape, "alter table public.access_tokens drop column metadata")
    was = catalog(dsn)
    with holding(dsn, held):
        process = start(tmp_path, dsn, "migrate", "--yes")
        until(lambda: waiting(dsn) == 1)
        process.kill()
        process.communicate()
        assert catalog(dsn) == was
    until(lambda: not _sessions(dsn))
    assert catalog(dsn) == was

    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert (answer.code, answer.verdict) == (0, "applied")
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "nothing-to-do"


def test_killed_at_any_moment_the_schema_is_as_before_or_as_after(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """Moments from the start of the process to past its end, in steps smaller than its transaction."""
    dsn, reference = make_database(), make_database()
    before = catalog(dsn)
    began = time.monotonic()
    assert finish(start(tmp_path, reference, "migrate", "--yes")).code == 0
    lasts, after = time.monotonic() - began, catalog(reference)
    for share in (0.5, 0.75, 0.85, 0.9, 0.95, 1.0):
        process = start(tmp_path, dsn, "migrate", "--yes")
        time.sleep(lasts * share)
        process.kill()
        process.communicate()
        until(lambda: not _sessions(dsn))
        assert catalog(dsn) in (before, after), share
    assert command(tmp_path, dsn, "migrate", "--yes").code == 0
    assert catalog(dsn) == after


def _sessions(dsn: str) -> int:
    return int(
        value(
            dsn,
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and application_name = 'iahome-fix'",
        )
    )
