"""`undo` of a migration: the schema is as before, but for what rows hang on and what somebody changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.repairs.schema.differences import differences
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.supabase import Regime
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import (
    ALICE,
    BOB,
    REGIMES,
    TURN,
    Answer,
    command,
    finish,
    holding,
    start,
    until,
    value,
    waiting,
)
from tests.repairs.shapes import GUIDE, GUIDE_ROWS, MODULES, SHAPES
from tests.sessions import execute


def migrated(folder: Path, dsn: str, *words: str) -> str:
    answer = command(folder, dsn, "migrate", "--yes", *words)
    assert answer.verdict == "applied", answer.document["error"]
    return str(answer.document["run_id"])


def undo(folder: Path, dsn: str, run_id: str, *words: str) -> Answer:
    return command(folder, dsn, "undo", run_id, *(words or ("--yes",)))


def without_sequences(dsn: str) -> dict[str, Any]:
    """How far a sequence counted is not undone: a number is given once."""
    found = catalog(dsn)
    return {**found, "sequences": [row[:-1] for row in found["sequences"]]}


@pytest.mark.parametrize("regime", REGIMES)
def test_a_table_that_was_made_goes_again(
    regime: Regime, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database(regime)
    execute(dsn, MODULES)
    before = catalog(dsn)
    run_id = migrated(tmp_path, dsn)
    assert catalog(dsn) != before

    planned = undo(tmp_path, dsn, run_id, "--dry-run")
    assert [part["item"] for part in planned.document["plan"]["schema"]] == ["table module_access"]
    done = undo(tmp_path, dsn, run_id)
    assert (done.code, done.verdict, done.document["applied"]["schema"]) == (0, "applied", 1)
    assert catalog(dsn) == before
    assert undo(tmp_path, dsn, run_id).verdict == "nothing-to-do"
    # What another run made since is not this one's, whatever it is called.
    later = migrated(tmp_path, dsn)
    assert undo(tmp_path, dsn, run_id).verdict == "nothing-to-do"
    (tmp_path / ".iahome-fix" / "runs" / f"{done.document['run_id']}.json").unlink()
    again = undo(tmp_path, dsn, run_id)
    assert again.verdict == "nothing-to-do"
    assert "made anew since" in " ".join(again.document["plan"]["not_undoable"])
    assert undo(tmp_path, dsn, later, "--dry-run").verdict == "planned"


def test_a_table_with_rows_stays_with_everything_on_it(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(dsn, MODULES)
    run_id = migrated(tmp_path, dsn)
    execute(dsn, f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6)")
    after = without_sequences(dsn)
    answer = undo(tmp_path, dsn, run_id)
    assert (answer.code, answer.verdict) == (0, "nothing-to-do")
    assert "1 rows would lose" in " ".join(answer.document["plan"]["not_undoable"])
    assert without_sequences(dsn) == after


@pytest.mark.parametrize("regime", REGIMES)
def test_what_was_added_to_a_table_goes_and_its_rows_stay(
    regime: Regime, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database(regime)
    execute(
        dsn,
        MODULES,
        GUIDE.replace(" on delete cascade", ""),
        GUIDE_ROWS,
        "grant select (user_id), insert (user_id) on public.module_access to authenticated with grant option",
        "create index twice on public.module_access (user_id)",
        "create index thrice on public.module_access (user_id)",
        "alter table public.module_access add constraint one_each unique (user_id, module_id)",
    )
    before, rows = without_sequences(dsn), execute(dsn, "select to_jsonb(m) from public.module_access m")
    run_id = migrated(tmp_path, dsn)
    planned = undo(tmp_path, dsn, run_id, "--dry-run").document["plan"]
    assert not any(part["obstacle"] for part in planned["schema"])
    assert "row level security goes off" in planned["warning"]
    assert (undo(tmp_path, dsn, run_id).code, without_sequences(dsn)) == (0, before)
    assert execute(dsn, "select to_jsonb(m) from public.module_access m") == rows


def test_duplicates_are_active_again_once_nothing_forbids_them(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(
        dsn,
        MODULES,
        GUIDE,
        f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6), ('{ALICE}', 6),"
        f" ('{BOB}', 6)",
    )
    content = "select to_jsonb(m) from public.module_access m order by id"
    rows = execute(dsn, content)
    run_id = migrated(tmp_path, dsn)
    assert value(dsn, "select count(*) from public.module_access where is_active") == 2
    answer = undo(tmp_path, dsn, run_id)
    assert (answer.verdict, answer.document["applied"]["restored"]) == ("applied", 1)
    assert execute(dsn, content) == rows


def test_what_somebody_changed_since_stays(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE, GUIDE_ROWS)
    run_id = migrated(tmp_path, dsn)
    execute(
        dsn,
        "alter policy module_access_owner_reads on public.module_access using (user_id = 'nobody')",
        "drop index public.idx_module_access_expires_at",
        "grant update on public.module_access to authenticated",
    )
    answer = undo(tmp_path, dsn, run_id)
    assert answer.verdict == "applied"
    stays = " ".join(answer.document["plan"]["not_undoable"])
    for item in ("module_access_owner_reads", "idx_module_access_expires_at"):
        assert item in stays
    # What somebody gave is theirs; what the run gave goes.
    mays = "select array[has_table_privilege('authenticated', 'public.module_access', '{}')]"
    assert [value(dsn, mays.format(right)) for right in ("update", "select")] == [[True], [False]]
    names = {row[0] for row in execute(dsn, "select polname from pg_policy")}
    assert "module_access_owner_reads" in names
    assert not value(dsn, "select relrowsecurity from pg_class where oid = 'public.module_access'::regclass")
    assert value(dsn, "select to_regclass('public.idx_module_access_unique_user_module')") is None


def test_a_column_goes_only_while_it_holds_nothing_of_its_own(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(
        dsn,
        MODULES,
        GUIDE,
        GUIDE_ROWS,
        "alter table public.module_access drop column token_id, drop column is_active, drop column metadata",
    )
    run_id = migrated(tmp_path, dsn)
    execute(dsn, "update public.module_access set token_id = 'token_9' where id = 2")
    answer = undo(tmp_path, dsn, run_id)
    assert answer.verdict == "applied"
    columns = {
        row[0]
        for row in execute(
            dsn,
            "select attname from pg_attribute where attrelid = 'public.module_access'::regclass"
            " and attnum > 0 and not attisdropped",
        )
    }
    assert "token_id" in columns
    assert "metadata" not in columns
    assert "column module_access.token_id" in " ".join(answer.document["plan"]["not_undoable"])
    assert value(dsn, "select token_id from public.module_access where id = 2") == "token_9"


@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in ("nothing", "healthy")])
def test_every_shape_comes_back_but_for_the_types(
    shape: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    """Migrated, taken back, migrated again: nothing fails, and the end is the same."""
    dsn, wanted = make_database(), make_database()
    for each in (dsn, wanted):
        execute(each, MODULES, SHAPES[shape])
    before = without_sequences(dsn)
    run_id = migrated(tmp_path, dsn)
    answer = undo(tmp_path, dsn, run_id)
    assert answer.code == 0, answer.error
    if not answer.document["plan"]["not_undoable"]:
        assert without_sequences(dsn) == before
    again = command(tmp_path, dsn, "migrate", "--yes")
    assert (again.code, again.error if again.document["error"] else None) == (0, None)
    migrated(tmp_path, wanted)
    assert sorted(catalog(dsn)["policies"]) == sorted(catalog(wanted)["policies"])
    assert sorted(catalog(dsn)["grants"]) == sorted(catalog(wanted)["grants"])


def test_the_journal_holds_each_change_with_its_inverse(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE)
    run_id = migrated(tmp_path, dsn)
    run = json.loads((tmp_path / ".iahome-fix" / "runs" / f"{run_id}.json").read_text(encoding="utf-8"))
    parts = {part["item"]: part for part in run["changes"]["schema_parts"]}
    security = parts["row level security"]
    assert (security["before"], security["after"]) == ("off", "on")
    assert security["inverse"] == ["alter table public.module_access disable row level security"]
    dropped = "drop index public.idx_module_access_user_id"
    assert parts["index idx_module_access_user_id"]["inverse"] == [dropped]


@pytest.mark.parametrize(
    "foreign",
    [
        "alter table public.profiles disable row level security",
        "alter table public.module_access disable row level security; drop table public.profiles",
        "alter table public.module_access alter column access_type type text using null",
        "grant all on public.module_access to anon",
        7,
    ],
)
def test_a_journal_that_somebody_changed_runs_nothing_of_theirs(
    foreign: object, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE)
    run_id = migrated(tmp_path, dsn)
    file = tmp_path / ".iahome-fix" / "runs" / f"{run_id}.json"
    run = json.loads(file.read_text(encoding="utf-8"))
    part = next(p for p in run["changes"]["schema_parts"] if p["item"] == "row level security")
    part["inverse"] = [foreign]
    file.write_text(json.dumps(run), encoding="utf-8")
    before = catalog(dsn)
    answer = undo(tmp_path, dsn, run_id)
    assert (answer.code, answer.verdict) in ((1, "refused"), (3, "unknown"))
    assert answer.document["error"]["code"] in ("journal-foreign", "journal-damaged")
    assert str(file) in answer.document["error"]["hint"]
    assert catalog(dsn) == before
    assert value(dsn, "select to_regclass('public.profiles') is not null")
    assert value(dsn, "select relrowsecurity from pg_class where oid = 'public.module_access'::regclass")


def test_what_others_make_at_the_same_moment_is_not_the_runs() -> None:
    def part(item: str, state: str) -> dict[str, Any]:
        kind = item.split()[0]
        return {
            "rank": {"constraint": 6, "index": 7, "policy": 9, "trigger": 9}[kind],
            "item": item,
            "part_of": "table module_access",
            "state": state,
            "make": [state],
            "remove": f"drop {item}",
            "identity": item,
        }

    theirs = [
        part("policy strangers", "create policy strangers on public.module_access as permissive for select"),
        part("index by_note", "CREATE INDEX by_note ON public.module_access USING btree (note)"),
        part("trigger audit", "CREATE TRIGGER audit"),
        part("constraint short", "CHECK (length(note) < 9)"),
    ]
    ours = part("policy module_access_owner_reads", "create policy module_access_owner_reads")
    recorded = differences([], [*theirs, ours])
    assert [change["item"] for change in recorded] == ["policy module_access_owner_reads"]
    assert differences(theirs, []) == []


def test_odd_names_are_taken_back_as_they_were(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(
        dsn,
        MODULES,
        GUIDE,
        'alter table public.module_access add column "sel;ect ""x"" 100%" text default \'50%; "q"\'',
        'create unique index "In;dex %s" on public.module_access (user_id, module_id)',
        "alter table public.module_access add constraint \"che;ck %\" check (user_id <> ';%(x)s')",
    )
    before = without_sequences(dsn)
    run_id = migrated(tmp_path, dsn)
    answer = undo(tmp_path, dsn, run_id)
    assert (answer.code, answer.verdict) == (0, "applied"), answer.document
    after = without_sequences(dsn)
    for part in ("columns", "constraints", "indexes", "policies", "grants"):
        assert [row for row in after[part] if "access_tokens" not in str(row)] == [
            row for row in before[part] if "access_tokens" not in str(row)
        ], part


def test_what_comes_between_the_plan_and_the_undo_stops_it(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE, GUIDE_ROWS, "alter table public.module_access drop column token_id")
    run_id = migrated(tmp_path, dsn)
    with holding(dsn, "update public.module_access set token_id = 'precious' where id = 2") as somebody:
        process = start(tmp_path, dsn, "undo", run_id, "--yes")
        until(lambda: waiting(dsn) == 1)
        somebody.commit()
    answer = finish(process)
    assert (answer.code, answer.error["code"]) == (1, "changed"), answer.document
    assert value(dsn, "select token_id from public.module_access where id = 2") == "precious"


def test_who_finds_nothing_to_do_takes_nothing_back(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE)
    with holding(dsn, TURN):
        processes = [start(tmp_path, dsn, "migrate", "--yes") for _ in range(2)]
        until(lambda: waiting(dsn) == 2)
        execute(
            dsn,
            "alter table public.module_access add column note text",
            "create index mine on public.module_access (note)",
        )
    answers = [finish(process) for process in processes]
    assert sorted(answer.verdict for answer in answers) == ["applied", "nothing-to-do"]
    after = catalog(dsn)
    runs = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in _journal(tmp_path)}
    (loser,) = [run for run, entry in runs.items() if not entry["changes"]["schema"]]
    assert undo(tmp_path, dsn, loser).verdict == "nothing-to-do"
    assert catalog(dsn) == after
    (winner,) = set(runs) - {loser}
    assert undo(tmp_path, dsn, winner).verdict == "applied"
    assert value(dsn, "select to_regclass('public.mine') is not null")


def test_what_others_put_on_the_new_table_keeps_it(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(dsn, MODULES)
    run_id = migrated(tmp_path, dsn)
    execute(dsn, "alter table public.module_access add column note text")
    answer = undo(tmp_path, dsn, run_id)
    assert answer.verdict == "nothing-to-do"
    assert "what is on it was changed" in " ".join(answer.document["plan"]["not_undoable"])
    execute(dsn, "alter table public.module_access drop column note")
    assert undo(tmp_path, dsn, run_id).verdict == "applied"


def test_an_index_of_another_schema_is_not_taken_for_the_runs(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE)
    run_id = migrated(tmp_path, dsn)
    name = value(dsn, "select current_database()")
    execute(
        dsn,
        "create schema app; create table app.other (user_id text)",
        "create index idx_module_access_user_id on app.other (user_id)",
        f"alter role postgres in database {name} set search_path = app, public",
    )
    assert undo(tmp_path, dsn, run_id).verdict == "applied"
    assert value(dsn, "select to_regclass('app.idx_module_access_user_id') is not null")
    assert value(dsn, "select to_regclass('public.idx_module_access_user_id') is null")


def _journal(folder: Path) -> list[Path]:
    return sorted((folder / ".iahome-fix" / "runs").glob("*.json"))
