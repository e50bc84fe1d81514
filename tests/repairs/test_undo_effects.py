"""`undo` believes what it reads back, not what the server said of a statement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.journal.run import Run, new_run_id
from iahome_fix.repairs.undo import undo
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.postgres import PostgresDatabase
from tests.conftest import OpenChannel
from tests.repairs.backfill_support import shop, token
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import ALICE, BOB, command, finish, holding, start, until, value, waiting
from tests.repairs.shapes import GUIDE, MODULES
from tests.repairs.undo_support import snapshot
from tests.sessions import execute

FUNCTION = "create function public.meddle() returns trigger language plpgsql as $f$ begin {body} end $f$"
TRIGGER = (
    "create {kind} trigger meddle {when} on public.module_access {more}"
    " for each row execute function public.meddle()"
)
COME_BACK = "insert into public.module_access select old.*; return null;"
ENDED = (
    "insert into public.module_access (user_id, module_id, expires_at, metadata)"
    f" values ('{ALICE}', 6, '2026-02-01', '{{\"amount\": 9.90}}')"
)


def trigger(body: str, when: str, *, deferred: bool = False) -> tuple[str, ...]:
    more = "deferrable initially deferred" if deferred else ""
    kind = "constraint" if deferred else ""
    return FUNCTION.format(body=body), TRIGGER.format(kind=kind, when=when, more=more)


MEDDLING = {
    "deletes that a trigger drops": trigger("return null;", "before delete"),
    "a soft delete": trigger(
        "update public.module_access set is_active = false where id = old.id; return null;", "before delete"
    ),
    "rows that come back": trigger(COME_BACK, "after delete"),
    "rows that come back at the end": trigger(COME_BACK, "after delete", deferred=True),
    "updates that a trigger drops": trigger("return null;", "before update"),
    "values that are changed back": trigger("new.is_active := old.is_active; return new;", "before update"),
    "values that are changed back afterwards": trigger(
        "if new.is_active then update public.module_access set is_active = false where id = new.id; end if;"
        " return null;",
        "after update",
    ),
    "a rule in place of deletes": (
        "create rule meddle as on delete to public.module_access do instead nothing",
    ),
    "a rule in place of updates": (
        "create rule meddle as on update to public.module_access do instead nothing",
    ),
}


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    return shop(make_database, tmp_path)


@pytest.fixture
def db(dsn: str) -> Iterator[PostgresDatabase]:
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        yield database


def applied(db: PostgresDatabase, dsn: str) -> str:
    """A backfill that ended one row and made two."""
    execute(dsn, ENDED)
    token(dsn, "1", ALICE)
    token(dsn, "2", BOB)
    run_id = new_run_id()
    assert backfill.apply(db, backfill.plan(db, MODULE_ACCESS), run_id) == 2
    return run_id


def test_whatever_the_database_does_instead_is_noticed_and_nothing_is_kept(
    dsn: str, db: PostgresDatabase
) -> None:
    run_id = applied(db, dsn)
    before = snapshot(dsn)
    for case, statements in MEDDLING.items():
        execute(dsn, *statements)
        plan = undo.plan(run_id, None, db, None)
        assert (plan.rows.deletable, plan.rows.restorable) == (2, 1), case
        with pytest.raises(Refused) as refusal:
            undo.apply_database(db, plan)
        assert refusal.value.code == "not-undone", (case, refusal.value.message)
        assert "meddle on module_access" in (refusal.value.hint or ""), case
        assert snapshot(dsn) == before, case
        execute(
            dsn,
            "drop rule if exists meddle on public.module_access",
            "drop trigger if exists meddle on public.module_access",
            "drop function if exists public.meddle()",
        )
    # What only notes the time is no obstacle.
    execute(dsn, *trigger("new.updated_at := now(); return new;", "before update"))
    done = undo.apply_database(db, undo.plan(run_id, None, db, None))
    assert (done.deleted, done.restored) == (2, 1)


def test_it_is_noticed_on_every_channel(dsn: str, db: PostgresDatabase, any_channel: OpenChannel) -> None:
    run_id = applied(db, dsn)
    execute(dsn, *MEDDLING["values that are changed back"])
    before = snapshot(dsn)
    with closing(any_channel(dsn)) as channel, pytest.raises(Refused) as refusal:
        undo.apply_database(channel, undo.plan(run_id, None, channel, None))
    assert refusal.value.code == "not-undone"
    assert snapshot(dsn) == before


def test_an_address_that_a_trigger_keeps_is_noticed(dsn: str, db: PostgresDatabase) -> None:
    from iahome_fix.repairs import emails

    execute(dsn, "update public.profiles set email = upper(email)")
    record = emails.apply(db, 2, MODULE_ACCESS)
    assert record["changed"] == 2
    run = Run(new_run_id(), "repair", "", "", {}, {}, "applied", changes={"emails": record})
    execute(
        dsn,
        FUNCTION.format(body="new.email := lower(new.email); return new;"),
        "create trigger meddle before update on public.profiles"
        " for each row execute function public.meddle()",
    )
    plan = undo.plan(run.run_id, run, db, None)
    assert plan.emails.restorable == 2
    with pytest.raises(Refused) as refusal:
        undo.apply_database(db, plan)
    assert (refusal.value.code, "meddle on profiles" in (refusal.value.hint or "")) == ("not-undone", True)


@pytest.mark.parametrize("case", ["policies", "view"])
def test_rows_that_may_be_hidden_are_not_called_gone(case: str, dsn: str, db: PostgresDatabase) -> None:
    run_id = applied(db, dsn)
    if case == "policies":
        execute(
            dsn,
            "grant usage on schema public to authenticator",
            "grant select, update, delete on public.module_access to authenticator",
        )
    else:
        execute(
            dsn,
            "alter table public.module_access rename to accesses",
            "create view public.module_access as select * from public.accesses",
        )
    user = "authenticator" if case == "policies" else "postgres"
    with (
        closing(PostgresDatabase(dsn_with(dsn, user=user), label="test", timeout=10)) as channel,
        pytest.raises(CouldNotTell) as stop,
    ):
        undo.plan(run_id, None, channel, None)
    assert stop.value.code == {"policies": "rows-hidden", "view": "not-a-table"}[case]
    assert "nothing was undone" in (stop.value.hint or "")


def _noted(folder: Path, run_id: str) -> dict[str, object]:
    file = folder / ".iahome-fix" / "runs" / f"{run_id}.json"
    return dict(json.loads(file.read_text(encoding="utf-8")))


# Large by its size (sql/migrate/is_large.sql), with few rows.
WIDE = "update public.module_access set metadata = jsonb_build_object('note', repeat('x', 1500))"
ROWS = (
    "insert into public.module_access (user_id, module_id)"
    " select 'customer ' || n, 6 from generate_series(1, {count}) n"
)
HELD = "select id, to_jsonb(m)::text from public.module_access m order by id"
ENDED_ROWS = "select count(*) from public.module_access where not is_active"
INVALID = "select count(*) from pg_index where indrelid = 'public.module_access'::regclass and not indisvalid"
BUILDING = "select count(*) from pg_stat_progress_create_index where datname = current_database()"


@pytest.mark.parametrize("when", ["behind its duplicates", "while it builds"])
def test_a_large_migration_that_was_killed_is_taken_back_whole(
    when: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE, ROWS.format(count=6000))
    lock = "lock table public.module_access in share update exclusive mode"
    if when == "while it builds":
        # Nothing is left to do that a sale under way would keep from being done.
        assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
        execute(dsn, "drop index public.idx_module_access_unique_user_module")
        lock = "insert into public.module_access (user_id, module_id) values ('slow', 13)"
    execute(dsn, ROWS.format(count=3), WIDE)
    before, shape = execute(dsn, HELD), {**catalog(dsn), "sequences": []}
    earlier = set((tmp_path / ".iahome-fix" / "runs").glob("*.json"))
    with holding(dsn, lock) as slow:
        process = start(tmp_path, dsn, "migrate", "--yes")
        until(lambda: value(dsn, ENDED_ROWS) == 3, 60)
        until(lambda: value(dsn, BUILDING) == (when == "while it builds") and waiting(dsn) == 1, 60)
        process.kill()
        process.communicate()
        execute(
            dsn,
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and application_name = 'iahome-fix'",
        )
        slow.rollback()
    until(lambda: value(dsn, BUILDING) == 0)
    (file,) = set((tmp_path / ".iahome-fix" / "runs").glob("*.json")) - earlier
    run_id = file.stem
    assert _noted(tmp_path, run_id)["state"] == "started"
    assert value(dsn, INVALID) == (when == "while it builds")

    answer = command(tmp_path, dsn, "undo", run_id, "--yes")
    assert (answer.code, answer.verdict) == (0, "applied"), answer.document
    assert answer.document["applied"]["restored"] == 3
    assert execute(dsn, HELD) == before
    assert value(dsn, INVALID) == 0
    assert {**catalog(dsn), "sequences": []} == shape


def test_less_than_the_plan_showed_is_partly(dsn: str, db: PostgresDatabase, tmp_path: Path) -> None:
    run_id = applied(db, dsn)
    change = f"update public.module_access set expires_at = '2030-01-01' where user_id = '{BOB}'"
    with holding(dsn, change) as other:
        process = start(tmp_path, dsn, "undo", run_id, "--yes")
        until(lambda: waiting(dsn) == 1)
        other.commit()
        answer = finish(process)
    assert (answer.code, answer.verdict) == (4, "partly-applied")
    assert answer.document["applied"]["deleted"] == 1
    assert "1 row of the plan stays" in answer.error["message"]
    assert answer.document["run_id"] in answer.error["message"]
    assert _noted(tmp_path, answer.document["run_id"])["state"] == "partly"
    left = execute(
        dsn, "select user_id, expires_at::text from public.module_access where is_active order by 1"
    )
    assert left == [(ALICE, "2026-02-01 00:00:00"), (BOB, "2030-01-01 00:00:00")]
