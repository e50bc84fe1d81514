"""`undo` of runs that ended badly, beside others, and on tables with more than the app's columns."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iahome_fix.errors import Refused
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs import fingerprint
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.journal.journal import MOST_IDS
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.repairs.undo import undo
from iahome_fix.repairs.units import Wrote
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.postgres import PostgresDatabase
from tests.cli.api_support import env_file, many_tokens
from tests.cli.channel_support import run, start
from tests.conftest import ServeApi
from tests.repairs.backfill_support import shop, token
from tests.repairs.repair_support import ALICE, BOB, finish, until, value
from tests.repairs.repair_support import start as start_command
from tests.repairs.undo_support import bounded, on_record, snapshot, take_back
from tests.sessions import execute


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    return shop(make_database, tmp_path)


@pytest.fixture
def db(dsn: str) -> Iterator[PostgresDatabase]:
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        yield database


@pytest.mark.parametrize("journal", [True, False])
def test_all_batches_of_a_killed_run_are_taken_back(
    journal: bool, dsn: str, serve_api: ServeApi, tmp_path: Path
) -> None:
    """Killed between two batches: nobody noted their transactions, and each has its own."""
    gateway = serve_api(dsn)
    many_tokens(dsn, 3000)
    execute(
        dsn,
        "insert into public.module_access (user_id, module_id, expires_at, metadata)"
        " select created_by, module_id, '2026-02-01', '{\"amount\": 9.90}' from public.access_tokens"
        " where id::text like '%\\_1_'",
    )
    before = snapshot(dsn)
    way = str(env_file(tmp_path, gateway))
    count = "select count(distinct xmin::text) from public.module_access where access_type = 'token'"
    with start(tmp_path, "backfill", "--env-file", way, "--yes") as process:
        until(lambda: value(dsn, count) >= 2, 60)
        process.kill()
        process.communicate(timeout=30)
    # What the last request wrote is there by then, as a whole.
    time.sleep(0.5)
    rows = value(dsn, "select count(*) from public.module_access where access_type = 'token'")
    assert 1000 <= rows < 3000
    ended = value(dsn, "select count(*) from public.module_access where metadata ? 'deactivated_run_id'")
    assert ended
    file = max((tmp_path / ".iahome-fix" / "runs").glob("*.json"))
    noted = json.loads(file.read_text(encoding="utf-8"))
    assert (noted["command"], noted["state"], noted["changes"]) == ("backfill", "started", {})
    run_id = noted["run_id"]
    if not journal:
        file.unlink()
    kept = "token_id = 'many_1'"
    execute(dsn, f"update public.module_access set expires_at = '2031-01-01' where {kept}")
    between = execute(dsn, f"select to_jsonb(m)::text from public.module_access m where {kept}")
    assert len(between) == 1

    both = tmp_path / "sql.env"
    both.write_text(Path(way).read_text(encoding="utf-8") + f'SUPABASE_DB_URL="{dsn}"\n', "utf-8")
    code, undone = run(tmp_path, "undo", run_id, "--env-file", str(both), "--yes")
    assert (code, undone["applied"]["deleted"]) == (0, rows - 1)
    assert (undone["applied"]["restored"], undone["plan"]["rows"]["changed_since"]) == (ended, 1)
    assert execute(dsn, f"select to_jsonb(m)::text from public.module_access m where {kept}") == between
    execute(dsn, f"delete from public.module_access where {kept}")
    assert snapshot(dsn) == before


def test_more_than_the_plan_showed_is_not_taken_back(dsn: str, db: PostgresDatabase) -> None:
    """Of a run that is still under way."""
    token(dsn, "1", ALICE)
    run_id = new_run_id()
    backfill.apply(db, backfill.plan(db, MODULE_ACCESS), run_id)
    plan = undo.plan(run_id, None, db, None)
    token(dsn, "2", BOB)
    backfill.apply(db, backfill.plan(db, MODULE_ACCESS), run_id)
    before = snapshot(dsn)
    with pytest.raises(Refused) as refusal:
        undo.apply_database(db, plan)
    assert refusal.value.code == "changed"
    assert snapshot(dsn) == before


@pytest.mark.parametrize("journal", [True, False])
def test_a_further_column_may_hold_something_of_somebody(
    journal: bool, dsn: str, db: PostgresDatabase
) -> None:
    """Its default is not told from somebody's words; the number of the transaction tells them."""
    execute(dsn, "alter table public.module_access add remark text default 'none'")
    token(dsn, "1", ALICE)
    token(dsn, "2", BOB)
    run_id, wrote = new_run_id(), Wrote()
    backfill.apply(db, backfill.plan(db, MODULE_ACCESS), run_id, wrote=wrote)
    execute(dsn, f"update public.module_access set remark = 'paid in cash' where user_id = '{BOB}'")
    take_back(db, run_id, on_record(run_id, wrote.versions) if journal else None)
    left = execute(dsn, "select user_id from public.module_access order by 1")
    assert left == ([(BOB,)] if journal else [(ALICE,), (BOB,)])


def test_the_journal_has_the_ids_up_to_a_limit_and_counts_the_rest(dsn: str, tmp_path: Path) -> None:
    execute(
        dsn,
        "insert into public.access_tokens (id, name, module_name, module_id, created_by)"
        f" select 'n' || n, 'n', 'm', 6, 'owner ' || n from generate_series(1, {MOST_IDS + 5}) n",
        "insert into public.module_access (user_id, module_id, expires_at, metadata) values"
        " ('owner 1', 6, '2026-02-01', '{\"amount\": 9.90}'),"
        " ('owner 2', 6, '2026-02-01', '{\"email\": \"a@example.test\"}')",
    )
    answer = finish(start_command(tmp_path, dsn, "backfill", "--yes"))
    file = tmp_path / ".iahome-fix" / "runs" / f"{answer.document['run_id']}.json"
    text = file.read_text(encoding="utf-8")
    noted = json.loads(text)["changes"]["rows"]
    made = [
        n
        for (n,) in execute(dsn, "select id from public.module_access where token_id is not null order by id")
    ]
    assert noted["ids"] == {"created": made[:MOST_IDS], "deactivated": [1, 2], "left_out": 5}
    assert [(i["id"], i["is_active"], i["metadata"]) for i in noted["before_images"]] == [
        (1, True, {"amount": 9.9})
    ]
    assert "@" not in text
    assert len(noted["versions"]) == 1


@bounded
@given(
    owner=st.text(min_size=1, max_size=20).filter(lambda t: "\x00" not in t and t.isprintable()),
    token_id=st.text(min_size=1, max_size=20).filter(lambda t: "\x00" not in t and not _is_half(t)),
    ends=st.datetimes().map(lambda d: d.isoformat())
    | st.sampled_from([None, "infinity", "-infinity", "0044-03-15T00:00:00.5 BC", "12345-01-01T00:00:00"]),
    is_active=st.booleans(),
)
def test_a_fingerprint_is_the_same_here_and_there(
    owner: str, token_id: str, ends: str | None, is_active: bool, db: PostgresDatabase
) -> None:
    row = {
        "user_id": owner,
        "module_id": 6,
        "access_type": "token",
        "token_id": token_id,
        "expires_at": ends,
        "is_active": is_active,
        "metadata": {"token_id": token_id, "created_from_token": True, "run_id": "any"},
    }
    query = (
        "select " + fingerprint.load_for_stored("undo/fingerprint") + " as there from"
        " jsonb_to_record(%(row)s::jsonb) as w (user_id text, module_id integer, access_type text,"
        " token_id text, expires_at timestamp, is_active boolean, metadata jsonb)"
    )
    assert db.read(query, {"row": json.dumps(row)})[0]["there"] == fingerprint.of(row)


def _is_half(text: str) -> bool:
    return any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)


def test_without_sql_undo_says_what_it_needs(dsn: str, serve_api: ServeApi, tmp_path: Path) -> None:
    gateway = serve_api(dsn)
    token(dsn, "1", ALICE)
    way = str(env_file(tmp_path, gateway))
    code, done = run(tmp_path, "backfill", "--env-file", way, "--yes")
    assert code == 0
    for words in ((done["run_id"], "--yes"), (done["run_id"], "--dry-run"), (new_run_id(),)):
        code, undone = run(tmp_path, "undo", *words, "--env-file", way)
        assert (code, undone["verdict"]) == (3, "unknown")
        assert undone["error"]["code"] == "missing-credential"
        assert "undo needs SQL" in undone["error"]["message"]
    code, listed = run(tmp_path, "undo", "--env-file", way)
    assert (code, listed["runs"][0]["run_id"]) == (3, done["run_id"])
