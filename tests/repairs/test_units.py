"""Many rows are written, and taken back, in units: each kept for itself, the whole the same as at once."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import Any

import pytest

from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.migrate import migrate
from iahome_fix.repairs.migrate.taken import Taken
from iahome_fix.repairs.undo import undo
from iahome_fix.repairs.undo.undone import UndoneInPart
from iahome_fix.repairs.units import Batch, Course, Share, StoppedAfter, Wrote
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.management import ManagementServer
from iahome_fix.systems.database import Row
from iahome_fix.systems.database_errors import OutcomeUnknown, too_long
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import ManagementApi
from iahome_fix.systems.postgres import PostgresDatabase
from tests.conftest import OpenChannel, ServeManagement
from tests.repairs.repair_support import value
from tests.repairs.shapes import MODULES
from tests.sessions import execute

RUN = "20261130-000000-000001"
TOKENS = (
    "insert into public.access_tokens (name, module_id, module_name, created_by)"
    " select 't', m.id, 'm', 'owner ' || n from generate_series(1, 15) n cross join public.modules m"
)
MADE = "select count(*), count(distinct xmin::text) from public.module_access"
SWALLOWS = """
create or replace function public.stop_some() returns trigger language plpgsql as $$
begin
  if new.user_id = 'owner 7' then raise exception 'owner 7 is banned'; end if;
  return new;
end $$;
create trigger stop_some before insert on public.module_access
  for each row execute function public.stop_some();
"""


@pytest.fixture
def dsn(make_database: MakeDatabase) -> str:
    """45 tokens that are due an access, of 15 customers."""
    made = make_database()
    execute(made, MODULES, TOKENS)
    with closing(PostgresDatabase(made, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
    return made


def test_a_backfill_and_its_undo_in_units(dsn: str, any_channel: OpenChannel) -> None:
    database = any_channel(dsn)
    noted: list[bool] = []
    wrote = Wrote()
    planned = backfill.plan(database, MODULE_ACCESS)
    made = backfill.apply(database, planned, RUN, wrote=wrote, note=noted.append, at_once=10)
    assert made == planned.to_create == 45
    # 45 in about tens: five transactions, each with the number that it has on record.
    assert value(dsn, MADE) == 45
    assert len(wrote.versions) == execute(dsn, MADE)[0][1] == 5
    assert noted.count(False) == 5
    assert noted.count(True) == (0 if database.in_one_request else 5)
    assert backfill.plan(database, MODULE_ACCESS).to_create == 0

    agreed = undo.plan(RUN, None, database, None)
    done = undo.apply_database(database, agreed, at_once=10)
    assert (done.deleted, len(set(done.deleted_ids))) == (45, 45)
    assert value(dsn, MADE) == 0


def test_what_was_kept_before_a_unit_failed_is_said_and_the_next_run_goes_on(dsn: str) -> None:
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        execute(dsn, SWALLOWS)
        with pytest.raises(StoppedAfter) as caught:
            backfill.apply(database, backfill.plan(database, MODULE_ACCESS), RUN, at_once=4)
        assert caught.value.exit_code == 4
        assert 0 < caught.value.count == value(dsn, MADE) < 45
        assert str(caught.value.count) in caught.value.message
        execute(dsn, "drop trigger stop_some on public.module_access")
        left = backfill.plan(database, MODULE_ACCESS)
        assert left.to_create == 45 - caught.value.count
        assert backfill.apply(database, left, RUN, at_once=4) == left.to_create
        agreed = undo.plan(RUN, None, database, None)
        execute(dsn, SWALLOWS.replace("before insert", "before delete").replace("new", "old"))
        with pytest.raises(UndoneInPart) as stopped:
            undo.apply_database(database, agreed, at_once=4)
        assert stopped.value.exit_code == 4
        assert 0 < stopped.value.done.deleted == 45 - value(dsn, MADE)
        execute(dsn, "drop trigger stop_some on public.module_access")
        again = undo.plan(RUN, None, database, None)
        assert undo.apply_database(database, again).deleted == again.rows.deletable > 0
        assert value(dsn, MADE) == 0


def test_more_than_agreed_is_not_written_in_units_either(dsn: str) -> None:
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        planned = backfill.plan(database, MODULE_ACCESS)
        execute(dsn, TOKENS.replace("'owner '", "'new '"))
        with pytest.raises((StoppedAfter, Refused)) as caught:
            backfill.apply(database, planned, RUN, at_once=10)
        assert caught.value.code == "changed"
        assert value(dsn, MADE) <= planned.to_create


class Losing(ManagementDatabase):
    """Over a Management API whose answer to each unit of work gets lost, once the work is done."""

    def __init__(self, server: ManagementServer) -> None:
        super().__init__(ManagementApi(server.url, server.token, server.ref, timeout=5), timeout=5)
        self._server = server

    def transact(self, *arguments: Any, **more: Any) -> list[Row]:
        self._server.lose_answers = 1
        return super().transact(*arguments, **more)


def test_rows_whose_answer_got_lost_over_https_are_counted(
    dsn: str, serve_management: ServeManagement
) -> None:
    database = Losing(serve_management(dsn))
    assert backfill.apply(database, backfill.plan(database, MODULE_ACCESS), RUN, at_once=25) == 45
    assert value(dsn, MADE) == 45


def test_a_migration_whose_answer_got_lost_over_https_is_on_record(
    make_database: MakeDatabase, serve_management: ServeManagement
) -> None:
    plain, lossy = make_database(), make_database()
    record = []
    for dsn in (plain, lossy):
        execute(dsn, MODULES)
        server = serve_management(dsn)
        api = ManagementApi(server.url, server.token, server.ref, timeout=5)
        database = Losing(server) if dsn == lossy else ManagementDatabase(api, timeout=5)
        taken = Taken()
        migrate.apply(database, migrate.plan(database), taken=taken)
        assert migrate.plan(database).verdict == "nothing-to-do"
        record.append((taken.steps, [(part["item"], part["inverse"]) for part in taken.parts]))
    assert record[0] == record[1]
    assert record[0][1]


@pytest.mark.parametrize(("rows", "size", "parts"), [(0, 10, 1), (10, 10, 1), (11, 10, 2), (45, 10, 5)])
def test_shares_are_so_many_that_each_is_small(rows: int, size: int, parts: int) -> None:
    assert Share.all(rows, size) == tuple(Share(parts, part) for part in range(parts))


def test_halves_are_the_same_customers() -> None:
    for share in (Share(1, 0), Share(3, 2)):
        one, two = share.halves()
        for number in range(60):
            in_half = [number % half.parts == half.part for half in (one, two)]
            assert (number % share.parts == share.part) == any(in_half)
            assert not all(in_half)
    assert Share(4096, 1).halves() == ()
    assert Batch(()).halves() == ()


def test_a_unit_that_takes_too_long_is_taken_in_halves() -> None:
    course = Course(Share.all(1, 10))
    done: list[Share] = []

    def work(share: Share) -> int:
        if share.parts < 4:
            raise too_long(15)
        done.append(share)
        return 1

    for share in course:
        course.take(share, lambda: work(share), lambda: 0)  # noqa: B023 - called at once
    assert course.created == 4
    assert sorted(share.part for share in done) == [0, 1, 2, 3]


def test_what_cannot_be_told_is_said_as_that() -> None:
    course = Course([Share(2, 0), Share(2, 1)])

    def lost() -> int:
        raise OutcomeUnknown("1")

    def gone() -> int:
        raise CouldNotTell("gone", "gone")

    for kept in (gone, lambda: 0):
        with pytest.raises(OutcomeUnknown):
            course.take(Share(2, 0), lost, kept)
    course.take(Share(2, 0), lost, lambda: 3)
    assert course.created == 3
    with pytest.raises(StoppedAfter) as caught:
        course.take(Share(2, 1), lost, lambda: 3)
    assert "is not known" in caught.value.message


class Rows(tuple[int, ...]):
    """Some rows, taken together."""

    __slots__ = ()

    def halves(self) -> tuple[Rows, ...]:
        middle = len(self) // 2
        return (Rows(self[:middle]), Rows(self[middle:])) if middle else ()


def gone_through(refused: set[int], count: int = 8, code: str = "sql-refused") -> tuple[list[int], int]:
    """The rows that were made where the database refuses some, and how many transactions that took."""
    made: list[int] = []
    tries = 0
    course = Course([Rows(range(count))], apart=("sql-refused",))

    def work(rows: Rows) -> int:
        nonlocal tries
        tries += 1
        if refused & set(rows):
            raise Refused(code, "no; nothing was changed")
        made.extend(rows)
        return len(rows)

    try:
        for rows in course:
            course.take(rows, partial(work, rows), lambda: 0)
        course.end()
    except StoppedAfter as stopped:
        assert stopped.count == len(made)
    except Refused:
        assert not made
    return made, tries


@pytest.mark.parametrize("refused", [{0}, {7}, {3}, {0, 1, 2}, {0, 1, 2, 3, 4, 5, 6}, {1, 3, 5}, set()])
def test_whoever_is_refused_keeps_nobody_else_waiting(refused: set[int]) -> None:
    made, _tries = gone_through(refused)
    assert sorted(made) == [row for row in range(8) if row not in refused]


def test_a_customer_who_is_refused_often_keeps_nobody_else_waiting() -> None:
    made, _tries = gone_through(set(range(64)), 128)
    assert sorted(made) == list(range(64, 128))


def test_where_all_are_refused_it_is_not_tried_one_by_one() -> None:
    made, tries = gone_through(set(range(1024)), 1024)
    assert made == []
    assert tries < 150


def test_a_refusal_that_concerns_everybody_stops_at_once() -> None:
    assert gone_through({7}, code="rights") == ([], 1)


def test_what_was_refused_is_said_beside_what_was_made() -> None:
    stop = Refused("sql-refused", "no")
    assert StoppedAfter(3, stop).message == "3 accesses were created, then it stopped: no"
    assert StoppedAfter(3, stop, refused=1).message == "3 accesses were created, 1 was refused: no"
    some = "1 access was created, 2 were refused, the first of them: no"
    assert StoppedAfter(1, stop, refused=2).message == some
