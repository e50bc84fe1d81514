"""Before the table is closed to the public: who writes it? Refusal, warning, the bridge and its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from tests.cli.test_commands import count, env_file, run

BRIDGE = "select count(*) from pg_policy where polname like 'module_access_webhook_%'"
SHUT = "select has_table_privilege('anon', 'public.module_access', 'insert')::int"


def guide_world(make_database: MakeDatabase) -> str:
    """The guide's table as it was made before 2026-10-30, in an app that is open to the public key."""
    dsn = make_database("before", "awkward")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            b"create table public.module_access (id serial primary key, user_id varchar(255) not null,"
            b" module_id integer references public.modules (id) on delete cascade,"
            b" access_type varchar(50) default 'purchase', token_id varchar(255), expires_at timestamp,"
            b" is_active boolean default true, created_at timestamp default current_timestamp,"
            b" updated_at timestamp default current_timestamp, metadata jsonb default '{}'::jsonb);"
            b"alter table public.profiles disable row level security;"
            b"grant select on public.profiles to anon"
        )
    return dsn


def migrate(folder: Path, dsn: str, *words: str) -> tuple[int, dict[str, Any]]:
    return run(folder, "migrate", "--env-file", str(env_file(folder, dsn)), "--yes", *words)


def sells_as_anon(dsn: str) -> bool:
    """What the app's webhook does with the public key: insert and read back."""
    with psycopg.connect(dsn) as connection:
        connection.execute(b"set local role anon")
        try:
            row = connection.execute(
                b"insert into public.module_access (user_id, module_id, access_type, is_active, metadata)"
                b" values ('22222222-aaaa-4000-8000-000000000001', 3, 'purchase', true,"
                b' \'{"session_id": "cs"}\')'
                b" returning id"
            ).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            return False
        finally:
            connection.rollback()
    return row is not None


def test_a_webhook_known_to_use_the_public_key_is_not_shut_out(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = guide_world(make_database)
    code, refused = migrate(tmp_path, dsn, "--webhook-role", "anon")

    assert (code, refused["verdict"], refused["error"]["code"]) == (1, "refused", "webhook-role")
    assert "--allow-anon-writes" in refused["error"]["hint"]
    assert sells_as_anon(dsn)


def test_the_bridge_keeps_it_selling_and_the_next_migrate_ends_it(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = guide_world(make_database)
    code, built = migrate(tmp_path, dsn, "--allow-anon-writes")
    assert (code, built["verdict"], built["error"]) == (0, "applied", None)
    assert "give themselves modules" in built["warning"]
    assert sells_as_anon(dsn)
    assert migrate(tmp_path, dsn, "--allow-anon-writes")[1]["verdict"] == "nothing-to-do"

    with psycopg.connect(dsn) as connection:
        connection.execute(b"set local role anon")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(b"delete from public.module_access")

    _code, report = run(tmp_path, "doctor", "--env-file", str(env_file(tmp_path, dsn)), "--timeout", "2")
    found = {entry["id"]: entry["status"] for entry in report["checks"]}
    assert "fail" in (found["permissions.anon"], found["permissions.row-level-security"])

    code, ended = migrate(tmp_path, dsn, "--webhook-role", "service_role")
    assert (code, ended["verdict"], ended["warning"]) == (0, "applied", None)
    assert ended["webhook_role"] == {"role": "service_role", "evidence": "--webhook-role states it"}
    assert (count(dsn, BRIDGE), count(dsn, SHUT)) == (0, 0)
    assert not sells_as_anon(dsn)


def test_where_nobody_said_the_plan_warns(make_database: MakeDatabase, tmp_path: Path) -> None:
    code, planned = migrate(tmp_path, guide_world(make_database), "--dry-run")

    assert code == 0
    assert "--webhook-role" in planned["warning"]
    assert planned["webhook_role"] is None


def test_where_the_public_key_could_never_grant_nothing_is_asked(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    assert migrate(tmp_path, make_database("before", "awkward"), "--dry-run")[1]["warning"] is None


def test_an_unknown_role_is_a_usage_error(make_database: MakeDatabase, tmp_path: Path) -> None:
    assert migrate(tmp_path, make_database("since", "awkward"), "--webhook-role", "root")[0] == 2


def test_the_same_schema_as_a_migration_file_and_in_the_history(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            b"create schema supabase_migrations; create table supabase_migrations.schema_migrations"
            b" (version text primary key, statements text[], name text)"
        )
    repository = tmp_path / "repository"
    repository.mkdir()
    words = ("--write-migration", str(repository), "--record-migration")
    code, done = migrate(tmp_path, dsn, *words)
    assert (code, done["verdict"], done["error"]) == (0, "applied", None)

    (file,) = (repository / "supabase" / "migrations").iterdir()
    assert str(file) == done["migration_file"]
    version = file.name.partition("_")[0]
    assert file.name == f"{version}_module_access.sql"
    assert len(version) == 14
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            b"select name, cardinality(statements) from supabase_migrations.schema_migrations"
            b" where version = %s",
            (version,),
        ).fetchone()
    assert row is not None
    assert row[0] == "module_access"
    assert row[1] > 10

    # The file alone brings another project to the same place, and may run again.
    other = make_database("since", "awkward")
    for _time in range(2):
        with psycopg.connect(other) as connection:
            connection.execute(file.read_bytes())
    assert migrate(tmp_path, other, *words[:2])[1]["migration_file"] == str(file)
    assert migrate(tmp_path, other)[1]["verdict"] == "nothing-to-do"
    assert len(list(file.parent.iterdir())) == 1
    noted = json.loads(
        next((tmp_path / ".iahome-fix" / "runs").glob(f"{done['run_id']}.json")).read_text(encoding="utf-8")
    )
    assert noted["changes"]["file"] == str(file)
