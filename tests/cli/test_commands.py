"""The commands from outside: output, exit code, rows in the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.world import BACKFILL
from tests.commands import call


def run(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """One command with a JSON answer, in a clean environment."""
    done = call(folder, *words, "--json")
    return done.code, done.document


def env_file(folder: Path, dsn: str) -> Path:
    """An env file with the database alone."""
    path = folder / "fix.env"
    path.write_text(f'SUPABASE_DB_URL="{dsn}"\n', encoding="utf-8")
    return path


def count(dsn: str, query: str) -> int:
    """One number from the database."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_migrate_then_backfill_serve_every_token_and_then_find_nothing(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    options = ("--env-file", str(env_file(tmp_path, dsn)), "--yes")

    code, refused = run(tmp_path, "backfill", *options)
    assert (code, refused["verdict"]) == (1, "refused")

    code, migrated = run(tmp_path, "migrate", *options)
    assert (code, migrated["verdict"], migrated["error"]) == (0, "applied", None)
    assert run(tmp_path, "migrate", *options)[1]["verdict"] == "nothing-to-do"

    code, filled = run(tmp_path, "backfill", *options)
    assert (code, filled["applied"]) == (0, {"created": BACKFILL.to_create})
    plan = filled["plan"]
    assert plan["tokens"] == plan["to_create"] + plan["covered"] + sum(plan["skipped"].values())
    assert plan["tokens"] == BACKFILL.tokens
    assert count(dsn, "select count(*) from public.module_access where is_active") == BACKFILL.to_create
    assert run(tmp_path, "backfill", *options)[1]["verdict"] == "nothing-to-do"


def test_a_plan_is_not_applied_without_a_terminal_and_without_yes(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    code, document = run(tmp_path, "migrate", "--env-file", str(env_file(tmp_path, dsn)))

    assert (code, document["error"]["code"]) == (2, "needs-yes")
    assert "--yes" in document["error"]["hint"]
    assert count(dsn, "select count(*) from pg_class where relname = 'module_access'") == 0


def test_no_configuration_is_one_clear_error(tmp_path: Path) -> None:
    code, document = run(tmp_path, "doctor")

    assert (code, document["error"]["code"]) == (2, "no-configuration")
    assert document["checks"] == []


def test_an_unknown_option_is_a_usage_error_in_json_too(tmp_path: Path) -> None:
    code, document = run(tmp_path, "doctor", "--no-such-option")

    assert (code, document["error"]["code"]) == (2, "usage")


def test_doctor_names_the_missing_table_and_the_next_command(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    code, document = run(tmp_path, "doctor", "--env-file", str(env_file(tmp_path, dsn)), "--timeout", "2")
    found = {entry["id"]: entry for entry in document["checks"]}

    assert (code, document["verdict"]) == (1, "broken")
    assert found["schema.module-access"]["status"] == "fail"
    assert found["schema.module-access"]["fix"]["command"].startswith("iahome-fix migrate --env-file ")
    assert found["data.tokens-without-access"]["because_of"] == ["schema.module-access"]
