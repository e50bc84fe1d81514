"""The commands over both channels to the database: the same reports, plans, rows and ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.errors import Refused
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.migrate import migrate
from iahome_fix.repairs.migrate.plan import MigrationPlan, Step
from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from iahome_fix.sandbox.keys import legacy_key, project_ref
from iahome_fix.sandbox.management import ManagementServer, access_token
from iahome_fix.sandbox.world import BACKFILL
from tests.cli.channel_support import CHANNELS, Channel, env_file, run, start
from tests.commands import call
from tests.conftest import OpenChannel, ServeManagement

FAULTS = {
    "broken": "",
    "recursive-policy": """
        create policy loop on public.profiles for select to authenticated
          using (exists (select from public.profiles p where p.id = profiles.id));
        alter table public.profiles enable row level security;
        grant select on public.profiles to authenticated""",
    "uuid-shape": """
        create table public.module_access
          (id serial primary key, user_id uuid, module_id text, is_active boolean);
        grant select on public.module_access to anon""",
    "view": "create view public.module_access as select 1 as id",
    "no-modules": "drop table public.modules cascade",
    "odd-email": "update public.profiles set email = upper(email) where email like 'a%'",
}

CATALOG = """
select 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '
       || coalesce(pg_get_expr(d.adbin, d.adrelid), '-') as line
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where a.attrelid = to_regclass('public.module_access') and a.attnum > 0 and not a.attisdropped
union all
select 'index ' || indexdef from pg_indexes where tablename = 'module_access'
union all
select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
 where conrelid = to_regclass('public.module_access')
union all
select 'policy ' || policyname || ' ' || cmd || ' ' || roles::text || ' ' || coalesce(qual, '-')
  from pg_policies where tablename = 'module_access'
union all
select 'rights ' || relname || ' ' || relrowsecurity || ' '
       || (select string_agg(acl::text, ' ' order by acl::text) from unnest(relacl) as acl)
  from pg_class where relname in ('module_access', 'module_access_id_seq', 'access_tokens')
 order by 1
"""
ROWS = """
select user_id, module_id, access_type, token_id, expires_at, is_active, metadata - 'run_id' as metadata
  from public.module_access order by user_id, module_id, token_id
"""


def read(dsn: str, query: str) -> list[tuple[Any, ...]]:
    """Rows, past every channel."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def told(document: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """A document without what may differ: times, and the name of the way to the database."""
    kept = {key: value for key, value in document.items() if key not in ("started", "duration_ms", "run_id")}
    kept["target"] = {**kept["target"], "database": None}
    text: dict[str, Any] = _plain(kept, channel)
    for check in text.get("checks", []):
        if check["id"] == "supabase.database":
            check["detail"] = check["evidence"] = None
    return text


def _plain(value: Any, channel: Channel) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item, channel) for key, item in value.items() if key != "run_id"}
    if isinstance(value, list):
        return [_plain(item, channel) for item in value]
    return value.replace(f"{channel}.env", "fix.env") if isinstance(value, str) else value


def over_both(folder: Path, dsn: str, server: ManagementServer, *words: str) -> tuple[int, dict[str, Any]]:
    """The answer of a command that writes nothing, which must be the same over both channels."""
    answers = {}
    for channel in CHANNELS:
        code, document = run(folder, *words, "--env-file", str(env_file(folder, channel, dsn, server)))
        answers[channel] = (code, told(document, channel))
    assert answers["session"] == answers["management"]
    return answers["session"]


@pytest.mark.parametrize("fault", FAULTS)
def test_doctor_says_the_same(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path, fault: str
) -> None:
    dsn = make_database("since", "awkward")
    if FAULTS[fault]:
        with psycopg.connect(dsn) as connection:
            connection.execute(FAULTS[fault].encode())
    server = serve_management(dsn)
    code, document = over_both(tmp_path, dsn, server, "doctor")
    assert (code, document["verdict"]) == (1, "broken")
    assert any(path.startswith("/database/query") for _method, path, _status in server.requests)
    by_id = {check["id"]: check for check in document["checks"]}
    assert by_id["supabase.database"]["status"] == "ok"


def test_doctor_says_the_same_of_a_sound_database(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    options = ("--env-file", str(env_file(tmp_path, "management", dsn, server)), "--yes")
    for command in ("migrate", "backfill"):
        assert run(tmp_path, command, *options)[0] == 0
    _code, document = over_both(tmp_path, dsn, server, "doctor")
    statuses = {check["id"]: check["status"] for check in document["checks"]}
    # schema.cache needs a Data API, schema.customers-refused the payments.
    beside = ("schema.cache", "schema.customers-refused")
    judged = {
        key: value
        for key, value in statuses.items()
        if key.startswith(("supabase.database", "schema.", "permissions.")) and key not in beside
    }
    assert len(judged) > 10
    assert {k: v for k, v in judged.items() if v != "ok"} == {}


def test_plans_tables_and_rows_are_the_same(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    ends: dict[str, Any] = {}
    for channel in CHANNELS:
        dsn = make_database("since", "awkward")
        options = ("--env-file", str(env_file(tmp_path, channel, dsn, serve_management(dsn))), "--yes")
        steps = []
        for command in ("backfill", "migrate", "migrate", "backfill", "backfill"):
            code, document = run(tmp_path, command, *options)
            document = told(document, channel)
            document["target"]["supabase_ref"] = None
            steps.append((code, document))
        ends[channel] = (steps, read(dsn, CATALOG), read(dsn, ROWS))
    assert ends["session"] == ends["management"]
    steps, catalog, rows = ends["management"]
    verdicts = [document["verdict"] for _code, document in steps]
    assert verdicts == ["refused", "applied", "nothing-to-do", "applied", "nothing-to-do"]
    assert len(rows) == BACKFILL.to_create
    assert len(catalog) > 20


def test_a_shape_that_cannot_be_repaired_is_refused_alike(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    with psycopg.connect(dsn) as connection:
        connection.execute(FAULTS["view"].encode())
    code, document = over_both(tmp_path, dsn, serve_management(dsn), "migrate", "--yes")
    assert (code, document["verdict"], document["error"]["code"]) == (1, "refused", "refused")
    assert "view" in document["error"]["message"]


def test_a_table_of_somebody_else_is_refused_before_and_while_it_is_applied(
    any_channel: OpenChannel, make_database: MakeDatabase, databases: DatabaseFactory
) -> None:
    dsn = make_database("since", "awkward")
    database = any_channel(dsn)
    agreed = migrate.plan(database)
    assert agreed.verdict == "planned"
    superuser = databases.superuser(dsn)
    with psycopg.connect(superuser) as connection:
        connection.execute(
            b"create table public.module_access (id integer);grant select on public.module_access to postgres"
        )
    attempts: list[Callable[[], object]] = [
        lambda: migrate.apply(database, agreed),
        lambda: migrate.apply(database, migrate.plan(database)),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as caught:
            attempt()
        assert str(conninfo_to_dict(superuser)["user"]) in caught.value.message
    assert (
        len(
            read(
                dsn,
                "select from pg_attribute where attrelid = 'public.module_access'::regclass and attnum > 0",
            )
        )
        == 1
    )


def test_what_changed_since_the_plan_is_refused(
    any_channel: OpenChannel, make_database: MakeDatabase
) -> None:
    dsn = make_database("since", "awkward")
    database = any_channel(dsn)
    migrate.apply(database, migrate.plan(database))
    with psycopg.connect(dsn) as connection:
        connection.execute(b"drop index public.idx_module_access_user_id")
    agreed = migrate.plan(database)
    assert len(agreed.steps) == 2
    with psycopg.connect(dsn) as connection:
        connection.execute(b"alter table public.module_access disable row level security")
    before = read(dsn, CATALOG)
    with pytest.raises(Refused) as caught:
        migrate.apply(database, agreed)
    assert caught.value.code == "changed"
    assert read(dsn, CATALOG) == before


def test_steps_that_somebody_else_took_are_left_out(
    any_channel: OpenChannel, make_database: MakeDatabase
) -> None:
    dsn = make_database("since", "awkward")
    database = any_channel(dsn)
    agreed = migrate.plan(database)
    assert len(migrate.apply(database, agreed)) == len(agreed.steps)
    assert migrate.apply(database, agreed) == ()


def test_a_step_that_does_not_do_what_it_promises_changes_nothing(
    any_channel: OpenChannel, make_database: MakeDatabase
) -> None:
    dsn = make_database("since", "awkward")
    database = any_channel(dsn)
    agreed = migrate.plan(database)
    hollow = tuple(
        Step(step.id, step.title, "select 1" if "index" in step.id else step.sql, step.reason)
        for step in agreed.steps
    )
    assert hollow != agreed.steps
    with pytest.raises(Refused) as caught:
        migrate.apply(database, MigrationPlan(hollow, ()))
    assert caught.value.code == "not-reached"
    assert read(dsn, "select to_regclass('public.module_access') is null") == [(True,)]


def test_more_than_agreed_is_not_kept(any_channel: OpenChannel, make_database: MakeDatabase) -> None:
    dsn = make_database("since", "awkward")
    database = any_channel(dsn)
    migrate.apply(database, migrate.plan(database))
    agreed = backfill.plan(database, MODULE_ACCESS)
    with psycopg.connect(dsn) as connection:
        connection.execute(
            b"insert into public.access_tokens (id, name, module_name, created_by, module_id, is_active)"
            b" select 'late-' || id, 'late', 'x', created_by, 3, true from public.access_tokens"
            b"  where created_by is not null and is_active"
        )
    with pytest.raises(Refused) as caught:
        backfill.apply(database, agreed, "run-1")
    assert caught.value.code == "changed"
    assert read(dsn, "select count(*) from public.module_access") == [(0,)]
    fresh = backfill.plan(database, MODULE_ACCESS)
    assert backfill.apply(database, fresh, "run-2") == fresh.to_create > agreed.to_create


def test_a_table_that_becomes_free_is_waited_for(
    any_channel: OpenChannel, make_database: MakeDatabase
) -> None:
    dsn = make_database("since", "awkward")
    database = any_channel(dsn)
    agreed = migrate.plan(database)
    said: list[str] = []
    with psycopg.connect(dsn) as other:
        other.execute(b"lock table public.modules in share mode")
        timer = threading.Timer(4.6, other.rollback)
        timer.start()
        done = migrate.apply(database, agreed, said.append)
        timer.join()
    assert len(done) == len(agreed.steps)
    assert len(said) == 1


def test_two_at_once_make_nothing_twice(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    ways = [str(env_file(tmp_path, channel, dsn, server)) for channel in CHANNELS]
    for command in ("migrate", "backfill"):
        processes = [start(tmp_path, command, "--env-file", way, "--yes") for way in (*ways, ways[1])]
        for process in processes:
            with process:
                out, err = process.communicate(timeout=90)
            assert process.returncode == 0, (out, err)
    assert len(read(dsn, ROWS)) == BACKFILL.to_create


@pytest.mark.parametrize("moment", [0.3, 0.45, 0.6, 0.8])
def test_killed_at_any_moment_nothing_is_half_done(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path, moment: float
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    way = str(env_file(tmp_path, "management", dsn, server))
    empty = read(dsn, CATALOG)
    _kill(start(tmp_path, "migrate", "--env-file", way, "--yes"), moment)
    _quiet(dsn)
    half = read(dsn, CATALOG)
    assert run(tmp_path, "migrate", "--env-file", way, "--yes")[0] == 0
    assert half in (empty, read(dsn, CATALOG))

    _kill(start(tmp_path, "backfill", "--env-file", way, "--yes"), moment)
    _quiet(dsn)
    assert len(read(dsn, ROWS)) in (0, BACKFILL.to_create)
    assert run(tmp_path, "backfill", "--env-file", way, "--yes")[0] == 0
    assert len(read(dsn, ROWS)) == BACKFILL.to_create


def test_killed_while_the_server_works_the_work_is_whole(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    way = str(env_file(tmp_path, "management", dsn, server))
    with psycopg.connect(dsn) as other:
        other.execute(b"lock table public.modules in share mode")
        process = start(tmp_path, "migrate", "--env-file", way, "--yes")
        deadline = time.monotonic() + 20
        while not _waiting(dsn) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _waiting(dsn)
        _kill(process, 0)
        other.rollback()
    _quiet(dsn)
    assert run(tmp_path, "migrate", "--env-file", way, "--yes")[1]["verdict"] == "nothing-to-do"


def test_a_session_that_the_server_ends_is_explained_and_leaves_nothing(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    way = str(env_file(tmp_path, "management", dsn, server))
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute(b"begin; lock table public.modules in share mode")
        process = start(tmp_path, "migrate", "--env-file", way, "--yes")
        deadline = time.monotonic() + 20
        while not _waiting(dsn) and time.monotonic() < deadline:
            time.sleep(0.05)
        other.execute(
            b"select pg_terminate_backend(pid) from pg_stat_activity"
            b" where datname = current_database() and wait_event_type = 'Lock'"
        )
        with process:
            out, _err = process.communicate(timeout=60)
    assert process.returncode == 3, out
    assert read(dsn, "select to_regclass('public.module_access') is null") == [(True,)]


def test_no_way_to_the_database_names_both(tmp_path: Path) -> None:
    path = tmp_path / "fix.env"
    path.write_text(f"NEXT_PUBLIC_SUPABASE_URL=https://{project_ref()}.supabase.co\n", encoding="utf-8")
    code, document = run(tmp_path, "migrate", "--env-file", str(path))
    assert (code, document["error"]["code"]) == (3, "missing-credential")
    for name in ("SUPABASE_DB_URL", "SUPABASE_ACCESS_TOKEN"):
        assert name in document["error"]["message"]


def test_a_token_needs_to_know_the_project(tmp_path: Path) -> None:
    path = tmp_path / "fix.env"
    path.write_text(f"SUPABASE_ACCESS_TOKEN={access_token()}\n", encoding="utf-8")
    code, document = run(tmp_path, "migrate", "--env-file", str(path))
    assert (code, document["error"]["code"]) == (3, "missing-credential")
    assert "https://<ref>.supabase.co" in document["error"]["hint"]


def test_a_custom_domain_takes_the_project_from_the_key(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    path = tmp_path / "fix.env"
    path.write_text(
        "NEXT_PUBLIC_SUPABASE_URL=https://data.example.test\n"
        f"SUPABASE_SERVICE_ROLE_KEY={legacy_key('service_role', server.ref, 'x' * 32)}\n"
        "IAHOME_FIX_NO_DATA_API=not part of this test\n"
        f"SUPABASE_ACCESS_TOKEN={server.token}\nSUPABASE_MANAGEMENT_API_URL={server.url}\n",
        encoding="utf-8",
    )
    code, document = run(tmp_path, "migrate", "--env-file", str(path), "--dry-run")
    assert (code, document["verdict"]) == (0, "planned")
    assert document["target"]["database"] == f"{server.url.removeprefix('http://')}/{server.ref}"


def test_a_database_url_comes_before_a_token(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    way = env_file(tmp_path, "management", dsn, server, f'SUPABASE_DB_URL="{dsn}"')
    assert run(tmp_path, "migrate", "--env-file", str(way), "--yes")[0] == 0
    # The project's logs are asked who writes; SQL goes over the session alone.
    assert [path for _method, path, _status in server.requests if "/database/" in path] == []


def test_a_database_of_another_project_is_not_touched(tmp_path: Path) -> None:
    ours, theirs = project_ref(), project_ref()
    path = tmp_path / "fix.env"
    path.write_text(
        f"NEXT_PUBLIC_SUPABASE_URL=https://{ours}.supabase.co\n"
        f"SUPABASE_DB_URL=postgresql://postgres:x@db.{theirs}.supabase.co:5432/postgres\n",
        encoding="utf-8",
    )
    code, document = run(tmp_path, "migrate", "--env-file", str(path), "--yes")
    assert (code, document["error"]["code"]) == (2, "other-project")
    assert ours in document["error"]["message"]
    assert theirs in document["error"]["message"]


@pytest.mark.parametrize(
    ("missing", "code", "status"), [("database_write", 0, "ok"), ("database_read", 3, "unknown")]
)
def test_a_token_with_less_rights_does_what_it_may(
    make_database: MakeDatabase,
    serve_management: ServeManagement,
    tmp_path: Path,
    missing: str,
    code: int,
    status: str,
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    server.missing = {missing}
    way = str(env_file(tmp_path, "management", dsn, server))
    assert run(tmp_path, "migrate", "--env-file", way, "--dry-run")[0] == code
    applied, document = run(tmp_path, "migrate", "--env-file", way, "--yes")
    assert (applied, document["error"]["code"]) == (3, "management-api")
    assert missing in document["error"]["message"]
    _code, document = run(tmp_path, "doctor", "--env-file", way)
    assert {c["id"]: c["status"] for c in document["checks"]}["supabase.database"] == status


def test_no_answer_shows_the_token(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    server = serve_management(make_database("since", "awkward"))
    shown = server.token
    way = str(env_file(tmp_path, "management", "", server))
    server.token = access_token()
    for words in (("doctor", "--verbose"), ("migrate", "--yes"), ("backfill", "--dry-run")):
        with start(tmp_path, *words, "--env-file", way) as process:
            out, err = process.communicate(timeout=60)
        assert shown[8:] not in out + err
        assert "SUPABASE_ACCESS_TOKEN" in out


def _kill(process: Any, after: float) -> None:
    time.sleep(after)
    with process:
        process.kill()
        process.communicate(timeout=30)


def _waiting(dsn: str) -> bool:
    """Whether somebody in this database waits for a lock."""
    query = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(read(dsn, query))


def _quiet(dsn: str) -> None:
    """Until nobody works in this database any more."""
    query = (
        "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        " and state <> 'idle' and backend_type = 'client backend'"
    )
    deadline = time.monotonic() + 20
    while read(dsn, query) and time.monotonic() < deadline:
        time.sleep(0.05)


def test_what_a_person_took_away_stays_away(any_channel: OpenChannel, make_database: MakeDatabase) -> None:
    dsn = make_database("since", "awkward")
    database = any_channel(dsn)
    migrate.apply(database, migrate.plan(database))
    given = backfill.apply(database, backfill.plan(database, MODULE_ACCESS), "20260101-000000-000000")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            b"update public.module_access set created_at = created_at - interval '1 day',"
            b" is_active = false, expires_at = timezone('utc', now())"
        )
    found = backfill.plan(database, MODULE_ACCESS)
    # One customer holds a second token, which would give the same again.
    assert (found.to_create, found.skipped["withdrawn"], len(found.withdrawn)) == (0, given + 1, given)
    back = backfill.plan(database, MODULE_ACCESS, restore=[one.row_id for one in found.withdrawn[:2]])
    assert (back.to_create, sum(one.given_back for one in back.withdrawn)) == (2, 2)
    assert backfill.apply(database, back, "20260101-000000-000001") == 2
    with pytest.raises(Refused) as caught:
        backfill.plan(database, MODULE_ACCESS, restore=["'; drop table public.modules; --"])
    assert caught.value.code == "not-withdrawn"


BROKEN_URLS = {
    "refused": "postgresql://postgres:wrong@127.0.0.1:1/postgres",
    "database-url": "postgresql://postgres:wr/o@ng@127.0.0.1:1/postgres",
}


@pytest.mark.parametrize("reason", BROKEN_URLS)
def test_a_url_that_gives_no_session_is_passed_over(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path, reason: str
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    path = env_file(tmp_path, "management", dsn, server, f"SUPABASE_DB_URL={BROKEN_URLS[reason]}")
    options = ("--env-file", str(path))
    code, document = run(tmp_path, "doctor", *options)
    by_id = {check["id"]: check for check in document["checks"]}
    assert code == 1
    assert "schema.module-access" in document["causes"]
    assert by_id["supabase.database"]["status"] == "warn"
    assert "what follows was looked at over" in by_id["supabase.database"]["detail"]
    documents = [document]
    for words in (("migrate", "--yes"), ("backfill", "--dry-run"), ("backfill", "--yes")):
        code, document = run(tmp_path, *words, *options)
        assert code == 0, document["error"]
        assert document["target"]["database"] == f"{server.url.removeprefix('http://')}/{server.ref}"
        documents.append(document)
    assert len(read(dsn, ROWS)) == BACKFILL.to_create
    code, document = run(tmp_path, "undo", document["run_id"], "--yes", *options)
    assert (code, len(read(dsn, ROWS))) == (0, 0)
    for found in (*documents, document):
        (went,) = found["went_over"]
        assert (went["variable"], went["reason"], went["lacks"]) == ("SUPABASE_DB_URL", reason, None)
        assert "Management API" in went["to"]
    said = call(tmp_path, "backfill", "--dry-run", *options)
    assert "this run takes SQL over the Management API" in " ".join(said.err.split())
    assert "wr/o" not in said.err


def test_nobody_is_asked_so_nothing_is_changed_in_what_may_be_another_database(
    make_database: MakeDatabase, serve_management: ServeManagement, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    server = serve_management(dsn)
    path = env_file(tmp_path, "management", dsn, server, "SUPABASE_DB_URL=postgresql://a:b@db.invalid/copy")
    code, document = run(tmp_path, "migrate", "--env-file", str(path), "--yes")
    assert (code, document["error"]["code"]) == (2, "another-database")
    assert run(tmp_path, "migrate", "--env-file", str(path), "--dry-run")[1]["verdict"] == "planned"
    assert read(dsn, "select to_regclass('public.module_access') is null") == [(True,)]
