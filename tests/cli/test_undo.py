"""`undo`: what a run wrote is taken back, what somebody changed since is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.house import House
from tests.cli.test_commands import count, env_file, run
from tests.cli.test_repair import repair, rows


def execute(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())


def filled(
    make_database: MakeDatabase, folder: Path
) -> tuple[str, tuple[str, ...], list[dict[str, Any]], str]:
    """A migrated database where a backfill ended one row and made others: DSN, options, rows, run id."""
    dsn = make_database("since", "awkward")
    options = ("--env-file", str(env_file(folder, dsn)), "--yes")
    assert run(folder, "migrate", *options)[0] == 0
    execute(
        dsn,
        "insert into public.module_access (user_id, module_id, expires_at, metadata, updated_at) values"
        " ('11111111-aaaa-4000-8000-000000000001', 15, now() - interval '1 day', null,"
        " now() - interval '9 days'),"
        " ('11111111-aaaa-4000-8000-000000000006', 6, now() + interval '1 day', '{\"by\": \"hand\"}', now())",
    )
    before = rows(dsn)
    code, document = run(folder, "backfill", *options)
    assert code == 0
    assert document["applied"]["created"] == 9
    assert len(rows(dsn)) == 11
    return dsn, options, before, document["run_id"]


def test_apply_then_undo_gives_the_same_rows(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn, options, before, run_id = filled(make_database, tmp_path)

    code, shown = run(tmp_path, "undo", run_id, *options[:2], "--dry-run")
    assert (code, shown["verdict"]) == (0, "planned")
    assert shown["plan"]["rows"] == {
        "created": 9,
        "to_delete": 9,
        "deactivated": 1,
        "to_restore": 1,
        "changed_since": 0,
    }
    assert len(rows(dsn)) == 11

    code, done = run(tmp_path, "undo", run_id, *options)
    assert (code, done["verdict"]) == (0, "applied")
    assert done["applied"] == {"deleted": 9, "restored": 1, "stripe": []}
    assert rows(dsn) == before
    assert run(tmp_path, "undo", run_id, *options)[1]["verdict"] == "nothing-to-do"
    listed = {entry["run_id"]: entry for entry in run(tmp_path, "undo", *options[:2])[1]["runs"]}
    assert listed[run_id]["undone_by"] == done["run_id"]


def test_what_somebody_changed_since_stays(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn, options, before, run_id = filled(make_database, tmp_path)
    execute(
        dsn, "update public.module_access set expires_at = null where token_id is not null and module_id = 13"
    )
    changed = [row for row in rows(dsn) if row["module_id"] == 13]
    assert changed

    code, done = run(tmp_path, "undo", run_id, *options)
    assert code == 0
    assert done["plan"]["rows"]["changed_since"] == len(changed)
    assert rows(dsn) == sorted([*before, *changed], key=lambda row: row["id"])


def test_one_changed_row_is_no_majority_of_its_own(make_database: MakeDatabase, tmp_path: Path) -> None:
    """With the journal, a row that was changed is never taken for untouched, be it the only one."""
    dsn, options, _before, run_id = filled(make_database, tmp_path)
    execute(dsn, "delete from public.module_access where metadata ? 'created_from_token' and module_id <> 3")
    execute(dsn, "update public.module_access set is_active = true where module_id = 3")

    assert run(tmp_path, "undo", run_id, *options)[1]["plan"]["rows"]["to_delete"] == 0
    assert count(dsn, "select count(*) from public.module_access where module_id = 3") == 1


def test_without_its_journal_a_run_is_known_by_its_rows(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn, options, before, run_id = filled(make_database, tmp_path)
    for file in (tmp_path / ".iahome-fix" / "runs").glob("*.json"):
        file.unlink()

    code, listed = run(tmp_path, "undo", *options[:2])
    assert code == 0
    assert [(r["run_id"], r["command"], r["rows"]) for r in listed["runs"]] == [(run_id, "backfill", 10)]
    assert run(tmp_path, "undo", run_id, *options)[0] == 0
    assert rows(dsn) == before


def test_an_unknown_run_is_a_usage_error(make_database: MakeDatabase, tmp_path: Path) -> None:
    _dsn, options, _before, _run = filled(make_database, tmp_path)
    for word in ("20000101-000000-abcdef", "../../etc/passwd", "' or true --"):
        code, document = run(tmp_path, "undo", word, *options)
        assert (code, document["error"]["code"]) == (2, "unknown-run")


def test_the_journal_holds_plan_and_outcome_and_no_secret(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    _dsn, _options, _before, run_id = filled(make_database, tmp_path)
    file = tmp_path / ".iahome-fix" / "runs" / f"{run_id}.json"
    noted = json.loads(file.read_text(encoding="utf-8"))

    assert (noted["command"], noted["state"], noted["plan"]["to_create"]) == ("backfill", "applied", 9)
    assert noted["changes"]["rows"]["counts"] == {"created": 9}
    assert noted["who"]
    assert "@" not in file.read_text(encoding="utf-8")
    assert (tmp_path / ".iahome-fix" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_a_whole_repair_is_taken_back_the_endpoint_too(house: House) -> None:
    endpoint = next(iter(house.stripe.endpoints.values()))
    before = (endpoint.url, list(endpoint.enabled_events))
    _code, done = repair(house, "--yes")
    assert endpoint.url.endswith("/api/webhooks/stripe")

    options = ("--env-file", house.env_file.name, "--yes")
    code, undone = run(house.folder, "undo", done["run_id"], *options)
    assert (code, undone["verdict"]) == (0, "applied")
    assert (endpoint.url, list(endpoint.enabled_events)) == before
    assert rows(house.dsn) == []
    assert any("schema" in reason for reason in undone["plan"]["not_undoable"])
