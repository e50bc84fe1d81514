"""The commands with nothing but the address and keys of a project: all of it over the Data API."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.world import BACKFILL
from iahome_fix.schema.requirements import steps
from tests.cli.api_support import DOUBLED, env_file, many_tokens, paste
from tests.cli.channel_support import run, start
from tests.cli.terminal_support import terminal
from tests.conftest import ServeApi
from tests.damage import Proxy
from tests.sessions import execute

ROWS = "select user_id, module_id, token_id, expires_at, is_active from public.module_access order by 1, 2, 3"


@pytest.fixture
def shop(make_database: MakeDatabase, serve_api: ServeApi) -> tuple[str, Gateway]:
    """A migrated database with the awkward data, and its Data API."""
    dsn = make_database("since", "awkward")
    paste(dsn)
    return dsn, serve_api(dsn)


def test_backfill_does_what_it_does_with_sql(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    dsn, gateway = shop
    over_api = str(env_file(tmp_path, gateway))
    with_sql = tmp_path / "sql.env"
    with_sql.write_text(Path(over_api).read_text(encoding="utf-8") + f'SUPABASE_DB_URL="{dsn}"\n', "utf-8")

    code, planned = run(tmp_path, "backfill", "--list", "--env-file", over_api, "--dry-run")
    _code, by_sql = run(tmp_path, "backfill", "--list", "--env-file", str(with_sql), "--dry-run")
    assert (code, planned["verdict"], planned["plan"]) == (0, "planned", by_sql["plan"])
    assert planned["listed"] == by_sql["listed"]
    assert execute(dsn, "select count(*) from public.module_access") == [(0,)]

    code, done = run(tmp_path, "backfill", "--env-file", over_api, "--yes")
    assert (code, done["verdict"]) == (0, "applied")
    assert done["plan"] == by_sql["plan"]
    assert done["applied"] == {"created": BACKFILL.to_create}
    over = execute(dsn, ROWS)
    runs = execute(dsn, "select distinct metadata ->> 'run_id', access_type from public.module_access")
    assert runs == [(done["run_id"], "token")]

    code, again = run(tmp_path, "backfill", "--env-file", over_api, "--yes")
    assert (code, again["verdict"], again["plan"]["to_create"]) == (0, "nothing-to-do", 0)

    execute(dsn, "delete from public.module_access")
    assert run(tmp_path, "backfill", "--env-file", str(with_sql), "--yes")[1]["verdict"] == "applied"
    assert execute(dsn, ROWS) == over


def test_more_rows_than_a_page_and_some_in_the_way(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    dsn, gateway = shop
    execute(dsn, "truncate public.access_tokens")
    many_tokens(dsn, 2300)
    # Active but over, each in the place of a new one; and, with ids beyond a page, rows that cover nothing.
    execute(
        dsn,
        "insert into public.module_access (user_id, module_id, is_active, metadata)"
        " select 'x' || n, 3, true, '{}' from generate_series(1, 1500) n",
        "insert into public.module_access (user_id, module_id, is_active, expires_at, metadata, updated_at)"
        " select created_by, 3, true, '2026-02-01 00:00:00.125', '{\"note\": 1}', '2026-01-02 03:04:05.678'"
        " from public.access_tokens where id like 'many_22__'",
        "insert into public.module_access (user_id, module_id, is_active)"
        " select created_by, 3, false from public.access_tokens where id like 'many_21__'",
    )
    before = execute(
        dsn, "select to_jsonb(a) from public.module_access a where metadata ? 'note' order by id"
    )
    way = str(env_file(tmp_path, gateway, key=gateway.secret_key))
    code, done = run(tmp_path, "backfill", "--env-file", way, "--yes")
    assert (code, done["applied"]) == (0, {"created": 2200})
    assert (done["plan"]["covered"], done["plan"]["skipped"]["withdrawn"]) == (0, 100)
    assert len(done["withdrawn"]) == 100
    assert done["plan"]["warnings"]["unknown_user"] == 220
    assert execute(dsn, DOUBLED) == []
    ended = execute(
        dsn,
        "select metadata - 'deactivated_before' - 'deactivated_run_id' - 'deactivated_at',"
        " metadata -> 'deactivated_before',"
        " metadata ->> 'deactivated_run_id', is_active"
        " from public.module_access where metadata ? 'note' order by id",
    )
    why = {"note": 1, "deactivated_by": "iahome-fix", "deactivated_because": "expired"}
    assert len(ended) == 100
    for (row,), (metadata, image, run_id, is_active) in zip(before, ended, strict=True):
        assert (metadata, run_id, is_active) == (why, done["run_id"], False)
        assert json.loads(image.pop("metadata_text")) == row["metadata"]
        assert image == row

    # With SQL, undo takes all of it back, although it was written in several transactions.
    both = tmp_path / "sql.env"
    both.write_text(Path(way).read_text(encoding="utf-8") + f'SUPABASE_DB_URL="{dsn}"\n', "utf-8")
    code, undone = run(tmp_path, "undo", done["run_id"], "--env-file", str(both), "--yes")
    assert (code, undone["plan"]["rows"]["changed_since"]) == (0, 0)
    assert (
        execute(dsn, "select to_jsonb(a) from public.module_access a where metadata ? 'note' order by id")
        == before
    )
    assert execute(dsn, "select count(*) from public.module_access where access_type = 'token'") == [(0,)]


def test_killed_in_the_middle_the_next_one_finishes(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    dsn, gateway = shop
    execute(dsn, "truncate public.access_tokens")
    many_tokens(dsn, 3000)
    way = str(env_file(tmp_path, gateway))
    with start(tmp_path, "backfill", "--env-file", way, "--yes") as process:
        deadline = time.monotonic() + 60
        while execute(dsn, "select count(*) from public.module_access") == [(0,)]:
            assert time.monotonic() < deadline
        process.kill()
        process.communicate(timeout=30)
    begun = execute(dsn, "select count(*) from public.module_access")[0][0]
    assert 0 < begun < 3000
    code, done = run(tmp_path, "backfill", "--env-file", way, "--yes")
    assert (code, done["applied"]["created"] + done["plan"]["covered"]) == (0, 3000)
    assert execute(dsn, "select count(*) from public.module_access where is_active") == [(3000,)]
    assert execute(dsn, DOUBLED) == []


def test_two_at_once_make_nothing_twice(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    dsn, gateway = shop
    execute(dsn, "truncate public.access_tokens")
    many_tokens(dsn, 2000)
    way = str(env_file(tmp_path, gateway))
    with (
        start(tmp_path, "backfill", "--env-file", way, "--yes") as one,
        start(tmp_path, "backfill", "--env-file", way, "--yes") as two,
    ):
        ends = [process.communicate(timeout=120) for process in (one, two)]
    assert [one.returncode, two.returncode] == [0, 0], ends
    assert execute(dsn, "select count(*) from public.module_access where is_active") == [(2000,)]
    assert execute(dsn, DOUBLED) == []


def test_a_batch_that_is_refused_leaves_the_run_in_part(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    dsn, gateway = shop
    execute(dsn, "truncate public.access_tokens")
    many_tokens(dsn, 700)
    execute(
        dsn,
        "create function public.no() returns trigger language plpgsql as $$ begin"
        " if new.token_id = 'many_99' then raise exception 'not this one'; end if; return new; end $$",
        "create trigger no before insert on public.module_access for each row execute function public.no()",
    )
    way = str(env_file(tmp_path, gateway))
    code, done = run(tmp_path, "backfill", "--env-file", way, "--yes")
    assert (code, done["verdict"], done["error"]["code"]) == (4, "partly-applied", "partly-applied")
    assert "not this one" in done["error"]["message"]
    assert done["run_id"] in done["error"]["message"]
    assert execute(dsn, "select count(*) from public.module_access") == [(done["applied"]["created"],)]
    assert done["applied"]["created"] == 500
    # In its first batch it is a refusal, and nothing is written.
    code, done = run(tmp_path, "backfill", "--env-file", way, "--yes")
    assert (code, done["verdict"], done["applied"]) == (1, "refused", {"created": 0})
    execute(dsn, "drop trigger no on public.module_access")
    assert run(tmp_path, "backfill", "--env-file", way, "--yes")[1]["applied"] == {"created": 200}


def test_without_the_unique_index_nobody_gets_two(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    """The index cannot be seen from here; somebody else's access comes in the same moment."""
    dsn, gateway = shop
    execute(
        dsn,
        "drop index public.idx_module_access_unique_user_module",
        "truncate public.access_tokens",
        "create function public.sale() returns trigger language plpgsql as $$ begin"
        " if new.token_id = 'many_5' then"
        "  new.id := nextval('public.module_access_id_seq');"
        "  insert into public.module_access (id, user_id, module_id) values (new.id - 1, new.user_id, 3);"
        " end if; return new; end $$",
        "create trigger sale before insert on public.module_access for each row"
        " execute function public.sale()",
    )
    many_tokens(dsn, 20)
    way = str(env_file(tmp_path, gateway))
    code, done = run(tmp_path, "backfill", "--env-file", way, "--yes")
    assert (code, done["applied"]) == (0, {"created": 19})
    assert execute(dsn, DOUBLED) == []
    assert execute(
        dsn,
        "select metadata ->> 'deactivated_because', token_id from public.module_access where not is_active",
    ) == [("duplicate", "many_5")]
    assert run(tmp_path, "backfill", "--env-file", way, "--yes")[1]["verdict"] == "nothing-to-do"


@pytest.mark.parametrize(
    ("harm", "code", "error", "says"),
    [
        ("drop table public.module_access", 1, "not-migrated", "absent, or not reloaded"),
        ("alter table public.module_access drop column metadata", 1, "not-migrated", "metadata"),
        ("revoke select on public.module_access from service_role", 1, "not-migrated", "may not read"),
        ("revoke insert on public.module_access from service_role", 1, "not-migrated", "may not write"),
        (
            "insert into public.module_access (id, user_id, module_id) values (2, 'x', 3), (3, 'y', 3)",
            1,
            "not-migrated",
            "sequence",
        ),
        ("drop table public.profiles cascade", 1, "no-profiles", "profiles"),
        ("alter table public.access_tokens drop column created_by cascade", 1, "not-migrated", "created_by"),
    ],
)
def test_tables_that_are_not_ready(
    shop: tuple[str, Gateway], tmp_path: Path, harm: str, code: int, error: str, says: str
) -> None:
    dsn, gateway = shop
    execute(dsn, harm, "notify pgrst, 'reload schema'")
    before = execute(dsn, "select count(*) from pg_class where relname = 'module_access'")
    time.sleep(0.5)
    ended, document = run(tmp_path, "backfill", "--env-file", str(env_file(tmp_path, gateway)), "--yes")
    assert (ended, document["error"]["code"]) == (code, error), document["error"]
    assert says in document["error"]["message"]
    if error == "not-migrated":
        assert "migrate" in document["error"]["hint"]
    assert before == execute(dsn, "select count(*) from pg_class where relname = 'module_access'")


def test_a_visitors_key_is_no_way(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    _dsn, gateway = shop
    for key in (gateway.anon_key, gateway.publishable_key):
        way = str(env_file(tmp_path, gateway, key=key))
        code, document = run(tmp_path, "backfill", "--env-file", way, "--yes")
        assert (code, document["error"]["code"]) == (2, "service-role-key")


def test_a_project_that_does_not_answer(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    _dsn, gateway = shop
    way = str(env_file(tmp_path, gateway))
    gateway.paused = True
    code, document = run(tmp_path, "backfill", "--env-file", way, "--yes")
    assert (code, document["error"]["code"]) == (3, "data-api")


@pytest.fixture
def broken(make_database: MakeDatabase, serve_api: ServeApi) -> tuple[str, Gateway]:
    """The awkward data without module_access, and its Data API."""
    dsn = make_database("since", "awkward")
    return dsn, serve_api(dsn)


def test_migrate_gives_the_sql_and_the_editor(broken: tuple[str, Gateway], tmp_path: Path) -> None:
    dsn, gateway = broken
    way = str(env_file(tmp_path, gateway))
    script = tmp_path / "module access.sql"
    code, document = run(tmp_path, "migrate", "--env-file", way, "--sql-file", str(script))
    assert (code, document["verdict"], document["error"]["code"]) == (3, "planned", "missing-credential")
    for name in ("SUPABASE_DB_URL", "SUPABASE_ACCESS_TOKEN"):
        assert name in document["error"]["message"]
    assert document["sql_editor"] == f"https://supabase.com/dashboard/project/{gateway.ref}/sql/new"
    text = script.read_text(encoding="utf-8")
    assert [step["id"] for step in document["plan"]] == [r.id for r in steps()]
    assert all(step["sql"] in text for step in document["plan"])
    assert execute(dsn, "select to_regclass('public.module_access') is null") == [(True,)]

    # What was written is all that is needed: doctor and migrate with SQL find nothing to do afterwards.
    execute(dsn, text, text)
    with_sql = tmp_path / "sql.env"
    with_sql.write_text(Path(way).read_text(encoding="utf-8") + f'SUPABASE_DB_URL="{dsn}"\n', "utf-8")
    assert run(tmp_path, "migrate", "--env-file", str(with_sql), "--yes")[1]["verdict"] == "nothing-to-do"
    assert run(tmp_path, "backfill", "--env-file", way, "--yes")[1]["verdict"] == "applied"


def test_migrate_dry_run_writes_no_file(broken: tuple[str, Gateway], tmp_path: Path) -> None:
    way = str(env_file(tmp_path, broken[1]))
    script = tmp_path / "a.sql"
    code, document = run(tmp_path, "migrate", "--env-file", way, "--sql-file", str(script), "--dry-run")
    assert (code, document["verdict"], script.exists()) == (0, "planned", False)
    script.write_text("select 1;", encoding="utf-8")
    code, document = run(tmp_path, "migrate", "--env-file", way, "--sql-file", str(script))
    assert (code, document["error"]["code"], script.read_text(encoding="utf-8")) == (
        2,
        "sql-file",
        "select 1;",
    )
    code, document = run(tmp_path, "migrate", "--env-file", way, "--webhook-role", "anon")
    assert (code, document["error"]["code"]) == (1, "webhook-role")


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")
def test_on_a_terminal_migrate_waits_for_the_person(broken: tuple[str, Gateway], tmp_path: Path) -> None:
    dsn, gateway = broken
    script = tmp_path / "fix.sql"
    with Proxy(gateway.url) as proxy:
        way = str(env_file(tmp_path, gateway, f"SUPABASE_API_URL={proxy.url}"))
        _waits_for_the_person(dsn, gateway, script, "migrate", "--env-file", way, "--sql-file", str(script))
        # A person writes, this command does not: there is nothing to note and nothing to undo.
        assert set(proxy.methods) == {"GET"}
    assert not list(tmp_path.glob(".iahome-fix/runs/*"))


def _waits_for_the_person(dsn: str, gateway: Gateway, script: Path, *words: str) -> None:
    tmp_path = script.parent
    with terminal(tmp_path, *words, columns=200) as person:
        person.see("waiting until the Data API serves")
        assert f"project/{gateway.ref}/sql/new" in person.plain
        execute(dsn, script.read_text(encoding="utf-8"))
        assert person.end() == 0
        assert "done: the Data API serves module_access" in person.plain
    with terminal(tmp_path, *words, columns=200) as person:
        assert person.end() == 3
        assert "serves module_access already" in person.plain


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")
def test_waiting_ends_with_ctrl_c_or_by_itself(broken: tuple[str, Gateway], tmp_path: Path) -> None:
    way = str(env_file(tmp_path, broken[1]))
    with terminal(tmp_path, "migrate", "--env-file", way, columns=200) as person:
        person.see("waiting until the Data API serves")
        assert "idx_module_access_unique_user_module" in person.plain
        person.press("\x03")
        assert person.end() == 130
    with terminal(tmp_path, "migrate", "--env-file", way, "--wait", "1", columns=200) as person:
        assert person.end() == 3
        assert "did not serve module_access within 1 s" in person.plain


def test_what_a_person_took_away_stays_away_over_the_data_api(
    shop: tuple[str, Gateway], tmp_path: Path
) -> None:
    """Ended at the moment, without a trace of the hour in updated_at; given back on purpose only."""
    dsn, gateway = shop
    path = str(env_file(tmp_path, gateway))
    _code, first = run(tmp_path, "backfill", "--env-file", path, "--yes")
    execute(
        dsn,
        "update public.module_access set created_at = created_at - interval '1 day',"
        " updated_at = created_at - interval '1 day'",
        "update public.module_access set is_active = false, expires_at = timezone('utc', now())"
        # Of two customers with one token each: a row speaks for all the tokens of its customer and module.
        " where id in (select m.id from public.module_access m where 1 = (select count(*)"
        " from public.access_tokens t where trim(t.created_by::text) = m.user_id::text"
        " and t.module_id::text = m.module_id::text) order by m.id limit 2)",
    )
    gone = execute(dsn, "select id::text from public.module_access where not is_active order by id")
    before = execute(dsn, "select to_jsonb(a) from public.module_access a order by id")

    code, again = run(tmp_path, "backfill", "--env-file", path, "--yes")
    assert (code, again["verdict"], again["plan"]["skipped"]["withdrawn"]) == (0, "nothing-to-do", 2)
    assert sorted(one["id"] for one in again["withdrawn"]) == sorted(row[0] for row in gone)
    assert execute(dsn, "select to_jsonb(a) from public.module_access a order by id") == before
    code, strange = run(tmp_path, "backfill", "--env-file", path, "--yes", "--restore", "999999")
    assert (code, strange["error"]["code"]) == (1, "not-withdrawn")

    code, back = run(tmp_path, "backfill", "--env-file", path, "--yes", "--restore", gone[0][0])
    assert (code, back["applied"]) == (0, {"created": 1})
    assert first["run_id"] != back["run_id"]
    _code, after = run(tmp_path, "backfill", "--env-file", path, "--yes")
    assert (after["verdict"], after["plan"]["skipped"]["withdrawn"]) == ("nothing-to-do", 1)
