"""What a person took away, case by case: every kind of row beside a token, all in one database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.postgres import PostgresDatabase
from tests.repairs.backfill_support import WIDE_OWNERS, access, counts, rows, shop, token
from tests.repairs.backfill_support import backfill as run_backfill
from tests.repairs.repair_support import ALICE, BOB, command, value
from tests.sessions import execute


@dataclass(frozen=True)
class Case:
    """A customer with one token and one row; hours from now, None for no end.

    `ours`: deactivated by this tool and `left` so, or `changed` since.
    """

    token_made: int
    token_ends: int | None
    made: int
    ends: int | None
    active: bool | None
    cites: str
    ours: str

    @property
    def expected(self) -> str:
        """The rule once more, in the plainest way."""
        over = self.ends is not None and self.ends < 0
        if self.active and not over:
            return "covered"
        speaks = self.cites == "token" or self.token_made <= self.made
        return "withdrawn" if speaks and self._taken(over=over) else "to_create"

    def _taken(self, *, over: bool) -> bool:
        if self.active is None:
            return False
        if not over:
            return not self.active and self.ours != "left"
        assert self.ends is not None
        lasted = self.ends - self.made
        if lasted < 0:  # it was changed half an hour ago: not written so
            return self.ours != "left" or bool(self.active)
        if self.cites == "token":
            return lasted != 72 and (self.token_ends is None or self.ends < self.token_ends)
        return lasted < 72


EVERY = tuple(
    Case(*parts)
    for parts in product(
        (-300, -40),
        (None, 720),
        (-200, -50),
        (None, 50, -1, -128, -60, -250),
        (True, False, None),
        ("nothing", "token", "session"),
        ("no", "left", "changed"),
    )
)


def _metadata(case: Case) -> dict[str, Any]:
    cited = {"session_id": "cs_of_another_day"} if case.cites == "session" else {}
    if case.ours == "no":
        return cited
    return {**cited, "deactivated_by": "iahome-fix", "deactivated_because": "duplicate"}


PUT = """
with put as (
    insert into public.module_access
        (user_id, module_id, token_id, is_active, metadata, expires_at, created_at, updated_at)
    values (%(owner)s, 6, %(cited)s, %(active)s, %(metadata)s,
            timezone('utc', now()) + %(ends)s * interval '1 hour',
            timezone('utc', now()) + %(made)s * interval '1 hour',
            timezone('utc', now()) - interval '30 minutes')
 returning *
), noted as (
    insert into public.access_tokens
        (id, name, module_name, module_id, created_by, is_active, expires_at, created_at)
    values (%(token)s, 't', 'm', 6, %(owner)s, true,
            timezone('utc', now()) + %(token_ends)s * interval '1 hour',
            timezone('utc', now()) + %(token_made)s * interval '1 hour')
)
select id, to_jsonb(put) from put
"""
NOTE = """
update public.module_access
   set metadata = metadata || jsonb_build_object('deactivated_at', %s::jsonb, 'deactivated_before', %s::jsonb)
 where id = %s
"""


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    made = shop(make_database, tmp_path)
    execute(made, *WIDE_OWNERS)
    return made


def put(dsn: str, cases: tuple[Case, ...]) -> None:
    with psycopg.connect(dsn) as connection:
        for number, case in enumerate(cases):
            values = {
                "owner": f"customer {number}",
                "token": f"t{number}",
                "cited": f"t{number}" if case.cites == "token" else None,
                "metadata": Jsonb(_metadata(case)),
                **{
                    name: getattr(case, name)
                    for name in ("active", "ends", "made", "token_ends", "token_made")
                },
            }
            row_id, image = connection.execute(PUT.encode(), values).fetchall()[0]
            if case.ours == "no":
                continue
            at = image["updated_at"] if case.ours == "left" else "2020-01-01T00:00:00"
            if case.ours == "changed" and case.ends is not None:
                # Extended since; the moment of the last change may have stayed the same.
                at, image = image["updated_at"], {**image, "expires_at": "2020-01-01T00:00:00"}
            noted = (Jsonb(at), Jsonb({**image, "is_active": True}), row_id)
            connection.execute(NOTE.encode(), noted)


def test_nobody_gets_what_a_person_took_away_and_everybody_else_gets_what_is_due(dsn: str) -> None:
    put(dsn, EVERY)
    before = dict(execute(dsn, "select id, to_jsonb(m) from public.module_access m where not is_active"))
    with closing(PostgresDatabase(dsn, label="test", timeout=60)) as db:
        plan = backfill.plan(db, MODULE_ACCESS)
        taken = {t.token_id for t in backfill.listed(db, MODULE_ACCESS, reason="withdrawn")}
        assert backfill.apply(db, plan, "20260101-000000-000000") == plan.to_create
        again = backfill.plan(db, MODULE_ACCESS)
    made = dict(
        execute(dsn, "select token_id, 'to_create' from public.module_access where metadata ? 'run_id'")
    )
    found = {
        case: "withdrawn" if f"t{n}" in taken else made.get(f"t{n}", "covered")
        for n, case in enumerate(EVERY)
    }
    assert {case: verdict for case, verdict in found.items() if verdict != case.expected} == {}
    assert len(set(found.values())) == 3
    assert len(plan.withdrawn) == plan.skipped["withdrawn"] == len(taken)
    assert (again.to_create, again.withdrawn) == (0, plan.withdrawn)
    # No row that was away before is another one now.
    assert (
        dict(execute(dsn, "select id, to_jsonb(m) from public.module_access m where not is_active")).items()
        >= before.items()
    )


TAKE_AWAY = "update public.module_access set is_active = false, expires_at = timezone('utc', now())"
WITHDRAWALS: dict[str, Callable[[str], None]] = {
    "its end moved to the moment": lambda dsn: _run(dsn, TAKE_AWAY),
    "only switched off": lambda dsn: _run(dsn, "update public.module_access set is_active = false"),
    "only its end moved": lambda dsn: _run(
        dsn, "update public.module_access set expires_at = timezone('utc', now())"
    ),
    "with the time of the change": lambda dsn: _run(dsn, TAKE_AWAY + ", updated_at = timezone('utc', now())"),
}


def _run(dsn: str, statement: str) -> None:
    execute(dsn, statement)


@pytest.mark.parametrize("how", WITHDRAWALS)
def test_what_a_backfill_gave_and_a_person_took_away_is_given_back_on_purpose_only(
    how: str, dsn: str, tmp_path: Path
) -> None:
    token(dsn, "a", ALICE, 6, ends="90 days", age="9 days")
    assert run_backfill(tmp_path, dsn).document["applied"] == {"created": 1}
    # As if it had been given a while ago.
    execute(
        dsn,
        "update public.module_access set created_at = created_at - interval '5 days',"
        " updated_at = created_at - interval '5 days'",
    )
    WITHDRAWALS[how](dsn)
    [(taken, before)] = rows(dsn, "id, to_jsonb(module_access)")

    answer = run_backfill(tmp_path, dsn)
    assert (answer.verdict, counts(answer)) == ("nothing-to-do", {"withdrawn": 1})
    [listed] = answer.document["withdrawn"]
    assert (listed["id"], listed["module_id"], listed["email"], listed["restored"]) == (
        str(taken), "6", "a…e@e…e.test", False,
    )  # fmt: skip
    assert rows(dsn, "to_jsonb(module_access)") == [(before,)]

    planned = command(tmp_path, dsn, "backfill", "--restore", str(taken), "--dry-run")
    assert (planned.verdict, counts(planned)) == ("planned", {"to_create": 1})
    assert [one["restored"] for one in planned.document["withdrawn"]] == [True]
    assert command(tmp_path, dsn, "backfill", "--restore", str(taken)).error["code"] == "needs-yes"
    assert rows(dsn, "to_jsonb(module_access)") == [(before,)]

    given = run_backfill(tmp_path, dsn, "--restore", str(taken))
    assert given.document["applied"] == {"created": 1}
    assert value(dsn, "select count(*) from public.module_access where is_active and expires_at > now()") == 1
    assert counts(run_backfill(tmp_path, dsn)) == {"covered": 1}
    undone = command(tmp_path, dsn, "undo", given.document["run_id"], "--yes")
    assert undone.code == 0
    assert counts(run_backfill(tmp_path, dsn)) == {"withdrawn": 1}


def test_an_id_that_is_not_in_the_list_is_refused(dsn: str, tmp_path: Path) -> None:
    token(dsn, "a", ALICE, 6)
    token(dsn, "b", BOB, 6)
    taken = access(dsn, ALICE, 6, active=False)
    held = access(dsn, BOB, 6)

    for strange in (str(held), "0", "'; drop table x", "a@b.test"):
        answer = command(tmp_path, dsn, "backfill", "--yes", "--restore", str(taken), "--restore", strange)
        assert (answer.code, answer.error["code"]) == (1, "not-withdrawn")
        assert "--dry-run" in answer.error["hint"]
        assert "a@b.test" not in answer.error["message"]
    assert value(dsn, "select count(*) from public.module_access where is_active") == 1


def test_a_row_that_this_tool_deactivated_once_and_a_person_later(dsn: str, tmp_path: Path) -> None:
    """Over, so it made room for the next; then extended by a person, and withdrawn by a person."""
    once = access(dsn, ALICE, 6, ends="-1 hour")
    token(dsn, "a", ALICE, 6, ends="3 days")
    first = run_backfill(tmp_path, dsn)
    assert rows(dsn, "metadata ->> 'deactivated_because'", f"id = {once}") == [("expired",)]
    execute(dsn, "delete from public.module_access where metadata ? 'run_id'")
    assert counts(command(tmp_path, dsn, "backfill", "--dry-run")) == {"to_create": 1}

    execute(
        dsn,
        "update public.module_access set is_active = true, expires_at = now() + interval '9 days'"
        f" where id = {once}",
        f"update public.module_access set is_active = false where id = {once}",
    )
    assert first.document["applied"] == {"created": 1}
    answer = run_backfill(tmp_path, dsn)
    assert (counts(answer), [one["id"] for one in answer.document["withdrawn"]]) == (
        {"withdrawn": 1},
        [str(once)],
    )


@pytest.mark.parametrize(
    ("made", "ends", "changed", "verdict"),
    [
        ("10 days", "7 days", "9 days", {"withdrawn": 1}),  # switched off two days before its end
        ("10 days", "7 days", "6 days", {"to_create": 1}),  # by the app, when it had expired
        ("10 days", "7 days", "10 days", {"to_create": 1}),  # whoever did it noted no time
        ("10 days", "2000 days", "9 days", {"withdrawn": 1}),  # given an end of long ago
        ("10 days", "2000 days", "10 days", {"to_create": 1}),  # imported as it was
    ],
)
def test_what_was_taken_away_does_not_come_back_with_its_end(
    dsn: str, tmp_path: Path, made: str, ends: str, changed: str, verdict: dict[str, int]
) -> None:
    token(dsn, "a", ALICE, 6, ends=None, age="20 days")
    taken = access(dsn, ALICE, 6, active=False)
    execute(
        dsn,
        f"update public.module_access set created_at = now() - interval '{made}',"
        f" expires_at = now() - interval '{ends}', updated_at = now() - interval '{changed}'"
        f" where id = {taken}",
    )
    assert counts(command(tmp_path, dsn, "backfill", "--dry-run")) == verdict


def test_a_token_that_was_made_after_the_withdrawal_gives_what_it_says(dsn: str, tmp_path: Path) -> None:
    taken = access(dsn, ALICE, 6, active=False)
    execute(
        dsn, f"update public.module_access set created_at = created_at - interval '2 days' where id = {taken}"
    )
    token(dsn, "before", ALICE, 6, ends=None, age="3 days")
    token(dsn, "after", ALICE, 6, ends="2 days", age="1 hour")

    answer = run_backfill(tmp_path, dsn)
    assert counts(answer) == {"to_create": 1, "withdrawn": 1}
    assert rows(dsn, "token_id", "is_active") == [("after",)]


def test_the_plan_says_who_when_and_how(dsn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from iahome_fix.cli.entry import run
    from tests.repairs.repair_support import env_file

    token(dsn, "a", ALICE, 6, ends="90 days", age="9 days")
    taken = access(dsn, ALICE, 6, active=False)
    execute(dsn, "update public.module_access set created_at = '2026-01-02', updated_at = '2026-01-03 04:05'")
    token(dsn, "b", ALICE, 6, ends="90 days", age="9000 days")
    path = env_file(tmp_path, dsn)

    assert run(["backfill", "--dry-run", "--env-file", str(path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"id {taken} a…e@e…e.test module 6 2026-01-03 04:05 deactivated before its end" in said
    assert f"iahome-fix backfill --restore {taken} --env-file" in said
    assert run(["backfill", "--dry-run", "--show-emails", "--env-file", str(path)]) == 0
    assert "alice@example.test" in capsys.readouterr().out
