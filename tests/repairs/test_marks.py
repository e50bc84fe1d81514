"""What a run made of the schema is believed where the database says so too: a journal alone is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import Answer, command, value
from tests.repairs.shapes import GUIDE, GUIDE_ROWS, MODULES
from tests.sessions import execute

Forge = Callable[[dict[str, Any]], None]
MARKS = "select obj_description('public.module_access'::regtype, 'pg_type')"


def migrated(folder: Path, dsn: str, *words: str) -> str:
    answer = command(folder, dsn, "migrate", "--yes", *words)
    assert answer.verdict == "applied", answer.document["error"]
    return str(answer.document["run_id"])


def file_of(folder: Path, run_id: str) -> Path:
    return folder / ".iahome-fix" / "runs" / f"{run_id}.json"


def forged(folder: Path, genuine: str, forge: Forge) -> str:
    """A journal like that of a run, but for what `forge` makes of it, under an id that no run had."""
    run = json.loads(file_of(folder, genuine).read_text(encoding="utf-8"))
    run["run_id"] = "20260101-000000-abcdef"
    forge(run["changes"])
    file_of(folder, run["run_id"]).write_text(json.dumps(run), encoding="utf-8")
    return str(run["run_id"])


def undo(folder: Path, dsn: str, run_id: str) -> Answer:
    return command(folder, dsn, "undo", run_id, "--yes")


def part(item: str, before: str | None, after: str | None) -> dict[str, Any]:
    return {"item": item, "before": before, "after": after, "identity": None, "inverse": ["x"], "with": {}}


def claims(step: str, item: str, before: str | None, after: str | None) -> Forge:
    """The journal of a run that took one step and made one change, in the form that this tool writes."""

    def forge(changes: dict[str, Any]) -> None:
        known = next((one for one in changes["schema_parts"] if one["item"] == item), part(item, "", ""))
        one = {**known, "before": before, "after": after, "identity": None, "inverse": []}
        del one["inverse"]
        changes.clear()
        changes |= {"schema": [step], "schema_parts": [one]}

    return forge


FORGED: dict[str, tuple[Forge, str]] = {
    "row level security was off": (
        claims("120_row_level_security", "row level security", "off", "on"),
        "disable row level security",
    ),
    "visitors could write": (
        claims("160_anon", "rights of anon", "delete, insert, select, update", "none"),
        "grant insert",
    ),
    "the server could do nothing": (
        claims("140_service_role", "rights of service_role", "none", "delete, insert, select, update"),
        "revoke insert",
    ),
    "a column was not there": (
        claims("020_columns", "column module_access.token_id", None, "there"),
        "drop column token_id",
    ),
    "no default was there": (
        claims("040_defaults", "default of module_access.is_active", "none", "true"),
        "drop default",
    ),
    "the table was not there": (claims("010_table", "table module_access", None, "there"), "drop table"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_journal_that_holds_together_is_not_believed_alone(
    case: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since")
    execute(dsn, MODULES)
    genuine = migrated(tmp_path, dsn)
    forge, statement = FORGED[case]
    run_id = forged(tmp_path, genuine, forge)
    before, marks = catalog(dsn), value(dsn, MARKS)
    answer = undo(tmp_path, dsn, run_id)
    assert (answer.code, answer.verdict) == (0, "nothing-to-do"), answer.document
    (said,) = (note for note in answer.document["plan"]["not_undoable"] if "journal alone" in note)
    assert statement in said
    assert (catalog(dsn), value(dsn, MARKS)) == (before, marks)
    # The genuine one is believed as before.
    assert undo(tmp_path, dsn, genuine).verdict == "applied"


def test_what_a_journal_says_otherwise_than_the_database_stays(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("before")
    execute(dsn, MODULES, GUIDE, GUIDE_ROWS)
    run_id = migrated(tmp_path, dsn)
    run = json.loads(file_of(tmp_path, run_id).read_text(encoding="utf-8"))
    (rights,) = (one for one in run["changes"]["schema_parts"] if one["item"] == "rights of anon")
    rights["before"] = "delete, insert, maintain, references, select, trigger, truncate, update"
    rights["before"] += ", insert (user_id)"
    file_of(tmp_path, run_id).write_text(json.dumps(run), encoding="utf-8")
    answer = undo(tmp_path, dsn, run_id)
    assert answer.verdict == "applied", answer.document
    assert any(
        note.startswith("rights of anon: stays: nothing in the database shows")
        for note in answer.document["plan"]["not_undoable"]
    )
    rights_of_anon = "select has_any_column_privilege('anon', 'public.module_access', 'insert')"
    assert value(dsn, rights_of_anon) is False
    # What is left of the run keeps its lines.
    assert run_id in value(dsn, MARKS)


def test_without_its_lines_only_what_shows_itself_is_taken_back(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("before")
    execute(dsn, MODULES, GUIDE, GUIDE_ROWS)
    before = catalog(dsn)
    run_id = migrated(tmp_path, dsn)
    execute(dsn, "comment on type public.module_access is null")
    answer = undo(tmp_path, dsn, run_id)
    assert answer.verdict == "applied", answer.document
    assert value(dsn, "select count(*) from pg_policy where polrelid = 'public.module_access'::regclass") == 0
    assert value(dsn, "select to_regclass('public.idx_module_access_unique_user_module')") is None
    # For the rest a person has the statements: run, they lead back.
    notes = [note for note in answer.document["plan"]["not_undoable"] if "in the SQL editor: " in note]
    for note in notes:
        execute(dsn, *note.partition("in the SQL editor: ")[2].split("; "))
    assert {**catalog(dsn), "sequences": []} == {**before, "sequences": []}


def test_what_a_person_wrote_beside_the_lines_stays(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE, GUIDE_ROWS)
    note = "the shop''s own\nwords, %s and {all}"
    execute(dsn, f"comment on type public.module_access is E'{note}'")
    held = value(dsn, MARKS)
    run_id = migrated(tmp_path, dsn)
    assert value(dsn, MARKS).startswith(held + "\niahome-fix " + run_id)
    assert undo(tmp_path, dsn, run_id).verdict == "applied"
    assert value(dsn, MARKS) == held


def test_a_part_of_another_run_is_not_taken_back_by_its_name(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE, GUIDE_ROWS)
    genuine = migrated(tmp_path, dsn)
    policy = "policy module_access_owner_reads"

    def forge(changes: dict[str, Any]) -> None:
        changes["schema_parts"] = [one for one in changes["schema_parts"] if one["item"] == policy]

    run_id = forged(tmp_path, genuine, forge)
    assert undo(tmp_path, dsn, run_id).verdict == "nothing-to-do"
    assert value(dsn, "select count(*) from pg_policy where polrelid = 'public.module_access'::regclass") == 1
