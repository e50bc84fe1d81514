"""Addresses that got the form of their login get their old form back, and no address is kept for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs import emails
from iahome_fix.repairs.journal.run import Run
from iahome_fix.repairs.undo import undo
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.postgres import PostgresDatabase
from tests.repairs.backfill_support import shop
from tests.repairs.undo_support import bounded, snapshot
from tests.sessions import execute

KELVIN = "\u212a"  # its small letter is k, whose capital is another sign
letters = st.text("aBCdé Éßİſ.+1" + KELVIN, max_size=12)


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    return shop(make_database, tmp_path)


@pytest.fixture
def db(dsn: str) -> Iterator[PostgresDatabase]:
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        yield database


def profiles(dsn: str, addresses: list[str]) -> None:
    """These profiles and no others."""
    execute(dsn, "delete from auth.users")
    with psycopg.connect(dsn) as connection:
        for number, address in enumerate(addresses):
            connection.execute(
                "insert into auth.users (id, email) values (%s::uuid, %s)",
                (f"00000000-0000-4000-8000-{number:012}", f"{number}@login.example.test"),
            )
            connection.execute(
                "update public.profiles set email = %s where id = %s::uuid",
                (address, f"00000000-0000-4000-8000-{number:012}"),
            )


def on_record(record: object) -> Run:
    return Run("20260101-000000-abcdef", "repair", "", "", {}, {}, "applied", changes={"emails": record})


@bounded
@example(names=["Al ice ", "  BOB", "carol"], touched={1}, deed="role = 'admin'")
@example(names=["STRASSE", "ſ", "İ"], touched=set(), deed="role = 'admin'")
@given(
    names=st.lists(letters, min_size=2, max_size=6),
    touched=st.sets(st.integers(0, 5), max_size=2),
    deed=st.sampled_from(["role = 'admin'", "email = 'new' || email", "updated_at = null"]),
)
def test_the_old_form_comes_back(
    names: list[str], touched: set[int], deed: str, dsn: str, db: PostgresDatabase
) -> None:
    profiles(dsn, [f"{name}{number}@Example.test " for number, name in enumerate(names)])
    before = snapshot(dsn)["profiles"]
    record = json.loads(json.dumps(emails.apply(db, len(names), MODULE_ACCESS)))
    assert record["changed"] == len(names)
    assert "@" not in json.dumps(record)
    for number in touched:
        execute(dsn, f"update public.profiles set {deed} where id::text like '%00{number}'")
    between = snapshot(dsn)["profiles"]

    plan = undo.plan("20260101-000000-abcdef", on_record(record), db, None)
    done = undo.apply_database(db, plan)
    after = snapshot(dsn)["profiles"]
    told = {form["id"] for form in record["forms"]}
    left = {row for row in before if int(row[-3:]) in touched} | (set(before) - told)
    assert after == {row: between[row] if row in left else before[row] for row in before}
    assert done.emails == plan.emails.restorable == len(before) - len(left)
    assert plan.emails.as_json()["not_on_record"] == len(before) - len(told)
    # What has no capital of its own is left out; all else is on record.
    assert all(row in told for row, held in before.items() if not set(held) & {"İ", KELVIN})
    assert undo.plan("20260101-000000-abcdef", on_record(record), db, None).is_empty


def test_a_form_that_somebody_else_has_by_now_is_not_given_twice(dsn: str, db: PostgresDatabase) -> None:
    profiles(dsn, ["Alice@example.test", "bob@example.test"])
    record = emails.apply(db, 1, MODULE_ACCESS)
    execute(dsn, "update public.profiles set email = 'Alice@example.test' where email = 'bob@example.test'")
    between = snapshot(dsn)
    plan = undo.plan("20260101-000000-abcdef", on_record(record), db, None)
    assert (plan.is_empty, plan.emails.changed, plan.emails.restorable) == (True, 1, 0)
    assert any("somebody else has the old form" in reason for reason in plan.not_undoable)
    assert snapshot(dsn) == between


def test_more_than_the_plan_showed_is_not_changed(dsn: str, db: PostgresDatabase) -> None:
    profiles(dsn, ["Alice@example.test", "Bob@example.test"])
    before = snapshot(dsn)
    assert emails.apply(db, 1, MODULE_ACCESS)["changed"] == 0
    assert snapshot(dsn) == before
