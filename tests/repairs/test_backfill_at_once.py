"""`backfill` among others: two at once, killed, tables in use, and a table that does not take its rows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from iahome_fix.systems.embedded.dsn import dsn_with
from tests.repairs.backfill_support import access, backfill, counts, rows, shop, token
from tests.repairs.repair_support import ALICE, BOB, TURN, command, finish, holding, start, until, waiting
from tests.sessions import execute

MANY = (
    "insert into public.access_tokens (id, name, module_name, module_id, created_by)"
    " select 'n' || n, 'n', 'm', 6, 'owner ' || n from generate_series(1, 2000) n"
)


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    """Two thousand tokens, and one row that has to make room."""
    made = shop(make_database, tmp_path)
    execute(made, MANY)
    token(made, "renewed", ALICE, 6)
    access(made, ALICE, 6, ends="-1 day")
    return made


def test_of_two_at_once_one_writes_and_the_other_finds_nothing_to_do(dsn: str, tmp_path: Path) -> None:
    with holding(dsn, TURN):
        processes = [start(tmp_path, dsn, "backfill", "--yes") for _ in range(2)]
        until(lambda: waiting(dsn) == 2)
    answers = sorted((finish(process) for process in processes), key=lambda answer: answer.verdict)

    assert [(a.code, a.verdict, a.document["error"]) for a in answers] == [
        (0, "applied", None),
        (0, "nothing-to-do", None),
    ]
    assert [a.document["applied"]["created"] for a in answers] == [2001, 0]
    run_ids = rows(dsn, "metadata ->> 'run_id'", "is_active")
    assert set(run_ids) == {(answers[0].document["run_id"],)}
    assert len(run_ids) == 2001


@pytest.mark.parametrize(
    "held",
    [
        TURN,
        "select from public.modules where id = 6 for update",
        "lock table public.module_access in exclusive mode",
    ],
    ids=["before it begins", "among the inserts", "at the first write"],
)
def test_killed_while_it_works_it_leaves_nothing_and_finishes_next_time(
    held: str, dsn: str, tmp_path: Path
) -> None:
    before = rows(dsn, "to_jsonb(module_access)::text")
    with holding(dsn, held):
        process = start(tmp_path, dsn, "backfill", "--yes")
        until(lambda: waiting(dsn) == 1)
        process.kill()
        process.communicate()
    until(lambda: not waiting(dsn))

    assert rows(dsn, "to_jsonb(module_access)::text") == before
    assert backfill(tmp_path, dsn).document["applied"] == {"created": 2001}
    assert counts(backfill(tmp_path, dsn)) == {"covered": 2001}


def test_killed_at_any_moment_all_rows_are_there_or_none(dsn: str, tmp_path: Path) -> None:
    began = time.monotonic()
    assert finish(start(tmp_path, dsn, "backfill", "--dry-run")).code == 0
    lasts = time.monotonic() - began
    for share in (0.8, 0.95, 1.05, 1.15):
        process = start(tmp_path, dsn, "backfill", "--yes")
        time.sleep(lasts * share)
        process.kill()
        process.communicate()
        assert len(rows(dsn, "id", "access_type = 'token'")) in (0, 2001), share
    assert command(tmp_path, dsn, "backfill", "--yes").code == 0
    assert counts(backfill(tmp_path, dsn)) == {"covered": 2001}


def test_a_table_in_use_is_awaited(dsn: str, tmp_path: Path) -> None:
    with holding(dsn, "lock table public.module_access in exclusive mode") as other:
        process = start(tmp_path, dsn, "backfill", "--yes")
        until(lambda: waiting(dsn) == 1)
        time.sleep(4.5)
        other.rollback()
        answer = finish(process)
    assert (answer.code, answer.document["applied"]) == (0, {"created": 2001})
    assert "trying again" in answer.errors


def test_more_than_the_plan_showed_is_not_written(dsn: str, tmp_path: Path) -> None:
    before = rows(dsn, "to_jsonb(module_access)::text")
    with holding(dsn, TURN):
        process = start(tmp_path, dsn, "backfill", "--yes")
        until(lambda: waiting(dsn) == 1)
        token(dsn, "one more", BOB, 13)
    answer = finish(process)

    assert (answer.code, answer.verdict, answer.error["code"]) == (1, "refused", "changed")
    assert rows(dsn, "to_jsonb(module_access)::text") == before


TRIGGER = (
    "create function public.picky() returns trigger language plpgsql as $$ begin {0} end $$",
    "create trigger picky before insert on public.module_access for each row execute function public.picky()",
)
REFUSING = "if new.user_id = 'owner 1500' then raise exception 'owner 1500 is banned'; end if; return new;"
SWALLOWING = "if new.user_id = 'owner 1500' then return null; end if; return new;"


@pytest.mark.parametrize(
    ("made", "code", "words"),
    [
        (tuple(text.format(REFUSING) for text in TRIGGER), "refused-in-function", "owner 1500 is banned"),
        (tuple(text.format(SWALLOWING) for text in TRIGGER), "not-kept", "1 accesses were written"),
        (
            (
                """alter table public.module_access
                     add constraint no_tokens check (access_type <> 'token') not valid""",
            ),
            "sql-refused",
            "no_tokens",
        ),
        (
            ("create unique index one_token on public.module_access (left(token_id, 2))",),
            "sql-refused",
            "one_token",
        ),
    ],
    ids=["a trigger refuses", "a trigger swallows", "a constraint", "another unique index"],
)
def test_a_table_that_does_not_take_all_rows_keeps_none_of_them(
    made: tuple[str, ...], code: str, words: str, dsn: str, tmp_path: Path
) -> None:
    execute(dsn, *made)
    before = rows(dsn, "to_jsonb(module_access)::text")

    answer = backfill(tmp_path, dsn)
    assert (answer.code, answer.verdict, answer.error["code"]) == (1, "refused", code)
    assert words in answer.error["message"]
    assert rows(dsn, "to_jsonb(module_access)::text") == before
    assert counts(command(tmp_path, dsn, "backfill", "--dry-run")) == {"to_create": 2001}


def test_a_user_from_whom_rows_are_hidden_is_not_told_that_all_is_well(
    role: str, dsn: str, databases: DatabaseFactory, tmp_path: Path
) -> None:
    """Row level security hides rows without an error: no tokens would look like nothing to do."""
    execute(
        databases.superuser(dsn),
        f"grant select on all tables in schema public to {role}",
        f"alter table public.module_access owner to {role}",
    )

    answer = command(tmp_path, dsn_with(dsn, user=role), "backfill", "--yes")
    assert (answer.code, answer.verdict, answer.error["code"]) == (3, "unknown", "version-unknown")
    assert "row level security hides rows of user_applications" in answer.error["message"]
