"""`undo`: what a run wrote is taken back, what somebody changed since is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.house import House
from tests.cli.channel_support import start
from tests.cli.test_commands import count, env_file, run
from tests.cli.test_repair import repair, rows
from tests.commands import call
from tests.repairs.repair_support import TURN, holding, until, waiting


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
        "lengthened": 0,
        "to_restore": 1,
        "in_the_way": 0,
        "changed_since": 0,
        "later_runs": [],
    }
    assert len(rows(dsn)) == 11

    code, done = run(tmp_path, "undo", run_id, *options)
    assert (code, done["verdict"]) == (0, "applied")
    assert done["applied"] == {"deleted": 9, "restored": 1, "emails": 0, "stripe": [], "schema": 0}
    assert rows(dsn) == before
    assert run(tmp_path, "undo", run_id, *options)[1]["verdict"] == "nothing-to-do"
    listed = {entry["run_id"]: entry for entry in run(tmp_path, "undo", *options[:2])[1]["runs"]}
    assert listed[run_id]["undone_by"] == done["run_id"]


def test_rows_whose_mark_a_trigger_took_are_not_called_nothing(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    options = ("--env-file", str(env_file(tmp_path, dsn)), "--yes")
    assert run(tmp_path, "migrate", *options)[0] == 0
    execute(
        dsn,
        "create function public.tidy() returns trigger language plpgsql as"
        " $f$ begin new.metadata := '{}'; return new; end $f$;"
        "create trigger tidy before insert or update on public.module_access"
        " for each row execute function public.tidy()",
    )
    _code, document = run(tmp_path, "backfill", *options)
    made = rows(dsn)
    assert made
    code, refused = run(tmp_path, "undo", document["run_id"], *options)
    assert (code, refused["verdict"], refused["error"]["code"]) == (1, "refused", "unmarked")
    assert all(str(row["id"]) in refused["error"]["hint"] for row in made)
    assert f"{len(made)} rows that the run wrote do not say so" in refused["plan"]["not_undoable"][0]
    assert rows(dsn) == made


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
    execute(dsn, "update public.module_access set expires_at = '2099-01-01' where module_id = 3")

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


def test_an_endpoint_that_is_gone_is_said_and_the_rest_is_taken_back(house: House) -> None:
    endpoint = next(iter(house.stripe.endpoints.values()))
    _code, done = repair(house, "--yes")
    del house.stripe.endpoints[endpoint.id]

    code, undone = run(house.folder, "undo", done["run_id"], "--env-file", house.env_file.name, "--yes")
    assert (code, undone["verdict"], undone["applied"]["stripe"]) == (0, "applied", [])
    (back,) = undone["plan"]["stripe"]
    assert "this Stripe account has no such endpoint" in back["obstacle"]


def test_a_whole_repair_is_taken_back_the_endpoint_too(house: House) -> None:
    endpoint = next(iter(house.stripe.endpoints.values()))
    before = (endpoint.url, list(endpoint.enabled_events))
    _code, done = repair(house, "--yes")
    assert endpoint.url.endswith("/api/webhooks/stripe")

    options = ("--env-file", house.env_file.name, "--yes")
    code, undone = run(house.folder, "undo", done["run_id"], *options)
    assert (code, undone["verdict"]) == (0, "applied")
    assert (endpoint.url, list(endpoint.enabled_events)) == before
    assert "table module_access" in [p["item"] for p in undone["plan"]["schema"] if not p["obstacle"]]
    with psycopg.connect(house.dsn) as connection:
        there = connection.execute(b"select to_regclass('public.module_access') is not null").fetchone()
    assert there == (False,)

    code, again = run(house.folder, "undo", done["run_id"], *options)
    assert (code, again["verdict"], again["plan"]["undone_by"]) == (0, "nothing-to-do", undone["run_id"])
    assert [entry["obstacle"] for entry in again["plan"]["stripe"]] == ["it is as it was before the run"]


PROFILES = "select id::text, to_jsonb(p)::text from public.profiles p order by id"
SHOUTED = (
    "update public.profiles set email = '  ' || upper(left(email, 3)) || substr(email, 4) || ' '"
    " where id in (select id from public.profiles order by id limit 3)"
)


def told(dsn: str, query: str) -> dict[str, str]:
    with psycopg.connect(dsn) as connection:
        return dict(connection.execute(query.encode()).fetchall())


def test_addresses_get_their_old_form_back_and_none_is_in_the_journal(house: House) -> None:
    execute(house.dsn, SHOUTED)
    before = told(house.dsn, PROFILES)
    _code, done = repair(house, "--yes")
    assert "email-case" in done["applied"]
    execute(
        house.dsn,
        "update public.profiles set role = 'admin'"
        " where id = (select min(id::text)::uuid from public.profiles)",
    )
    changed = told(house.dsn, PROFILES)
    journal = house.folder / ".iahome-fix" / "runs" / f"{done['run_id']}.json"
    assert "@" not in journal.read_text(encoding="utf-8")

    options = ("--env-file", house.env_file.name)
    shown = run(house.folder, "undo", done["run_id"], *options, "--dry-run")[1]
    assert shown["plan"]["emails"] == {"changed": 3, "to_restore": 2, "changed_since": 1, "not_on_record": 0}
    assert any("address" in reason for reason in shown["plan"]["not_undoable"])
    code, undone = run(house.folder, "undo", done["run_id"], *options, "--yes")
    assert (code, undone["applied"]["emails"]) == (0, 2)
    after = told(house.dsn, PROFILES)
    first = min(before)
    assert after == {**before, first: changed[first]}
    text = (journal.parent / f"{undone['run_id']}.json").read_text(encoding="utf-8")
    assert "@" not in text
    assert json.loads(text)["changes"]["emails_restored"] == 2


def test_what_a_killed_repair_did_before_is_on_record(house: House) -> None:
    """Killed while it waits to write rows; the endpoint was corrected by then."""
    options = ("--env-file", house.env_file.name)
    assert run(house.folder, "migrate", *options, "--yes")[0] == 0
    endpoint = next(iter(house.stripe.endpoints.values()))
    before = (endpoint.url, list(endpoint.enabled_events))
    with holding(house.dsn, TURN):
        process = start(house.folder, "repair", *options, "--yes")
        until(lambda: waiting(house.dsn) == 1)
        process.kill()
        process.communicate()
    assert (endpoint.url, list(endpoint.enabled_events)) != before
    [killed] = [
        entry for entry in run(house.folder, "undo", *options)[1]["runs"] if entry["command"] == "repair"
    ]
    assert killed["state"] == "started"

    code, undone = run(house.folder, "undo", killed["run_id"], *options, "--yes")
    assert (code, undone["applied"]["stripe"]) == (0, [endpoint.id])
    assert (endpoint.url, list(endpoint.enabled_events)) == before
    assert any("after its last note" in reason for reason in undone["plan"]["not_undoable"])
    assert rows(house.dsn) == []


def test_the_screen_of_eighty_columns_says_what_why_and_where(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn, options, _before, run_id = filled(make_database, tmp_path)
    execute(dsn, "update public.module_access set expires_at = null where module_id = 13 and token_id <> ''")
    (tmp_path / ".iahome-fix" / "runs" / f"{run_id}.json").unlink()
    done = call(tmp_path, "undo", run_id, *options[:2], "--dry-run")
    assert done.code == 0, done.err
    text = " ".join(done.out.split())
    assert run_id in done.out
    assert "rows that it made are deleted" in text
    assert "1 row that it deactivated is active again" in text
    assert "2 rows stay: they were changed since, or it is not known whether they were" in text
    assert "not in the journal here" in text
    assert "database" in done.err
    assert max(map(len, done.out.splitlines())) <= 80


def test_rows_that_refer_to_an_access_are_spoken_of(house: House) -> None:
    _code, done = repair(house, "--yes")
    execute(
        house.dsn,
        "create table public.notes (access_id integer"
        " references public.module_access (id) on delete cascade)",
    )
    options = ("--env-file", house.env_file.name, "--dry-run")
    plan = run(house.folder, "undo", done["run_id"], *options)[1]["plan"]
    assert "rows of notes refer to accesses" in plan["warning"]
