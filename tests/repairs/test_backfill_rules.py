"""The rules for rows, each with rows of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.backfill_support import access, backfill, counts, rows, shop, token
from tests.repairs.repair_support import ALICE, BOB, acting, command, value
from tests.sessions import execute

STRANGER = "dddddddd-0000-4000-8000-000000000004"
NOBODY_TOUCHED = "select to_jsonb(m)::text from public.module_access m where id = {0}"


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    return shop(make_database, tmp_path)


def test_a_token_gives_one_row_that_says_where_it_is_from(dsn: str, tmp_path: Path) -> None:
    token(dsn, "token_1_a", ALICE, 6, ends="3 days")

    answer = backfill(tmp_path, dsn)
    assert (answer.code, answer.verdict, answer.document["applied"]) == (0, "applied", {"created": 1})
    written = "user_id, module_id, access_type, token_id, is_active, metadata - 'fingerprint'"
    assert rows(dsn, written) == [
        (
            ALICE,
            6,
            "token",
            "token_1_a",
            True,
            {
                "token_id": "token_1_a",
                "created_from_token": True,
                "run_id": answer.document["run_id"],
            },
        )
    ]
    assert value(
        dsn,
        "select a.expires_at = t.expires_at and abs(extract(epoch from a.created_at)"
        " - extract(epoch from now())) < 60 from public.module_access a, public.access_tokens t",
    )
    with acting(dsn, "authenticated", ALICE) as connection:
        assert connection.execute("select module_id from public.module_access").fetchall() == [(6,)]

    again = backfill(tmp_path, dsn)
    assert (again.verdict, again.document["run_id"]) == ("nothing-to-do", None)
    assert counts(again) == {"covered": 1}


def test_a_dry_run_and_a_run_without_consent_write_nothing(dsn: str, tmp_path: Path) -> None:
    token(dsn, "token_1_a")

    dry = command(tmp_path, dsn, "backfill", "--dry-run", "--yes")
    assert (dry.code, dry.verdict, counts(dry)) == (0, "planned", {"to_create": 1})
    unasked = command(tmp_path, dsn, "backfill")
    assert (unasked.code, unasked.error["code"]) == (2, "needs-yes")
    assert counts(unasked) == {"to_create": 1}
    assert rows(dsn, "id") == []


def test_no_end_wins_then_the_latest_end_then_the_newest(dsn: str, tmp_path: Path) -> None:
    token(dsn, "endless", ALICE, 6, ends=None, age="9 hours")
    token(dsn, "long", ALICE, 6, ends="90 days", age="1 hour")
    token(dsn, "later", ALICE, 13, ends="20 days", age="9 hours")
    token(dsn, "sooner", ALICE, 13, ends="2 days", age="1 hour")
    token(dsn, "over", ALICE, 13, ends="-2 days", age="1 hour")
    token(dsn, "old", BOB, 6, age="9 hours")
    token(dsn, "new", BOB, 6, age="1 hour")
    token(dsn, "middle", BOB, 6, age="5 hours")

    answer = backfill(tmp_path, dsn)
    assert counts(answer) == {"to_create": 3, "expired": 1, "duplicate": 4}
    assert sorted(rows(dsn, "token_id")) == [("endless",), ("later",), ("new",)]
    assert counts(backfill(tmp_path, dsn)) == {"covered": 3, "expired": 1, "duplicate": 4}


def test_a_row_that_is_over_makes_room_and_only_where_a_new_one_is_due(dsn: str, tmp_path: Path) -> None:
    ended = access(dsn, ALICE, 6, ends="-1 hour", metadata='{"session_id": "cs_1"}')
    listed = access(dsn, ALICE, 13, ends="-1 hour", metadata="[1]")
    other = access(dsn, BOB, 6, ends="-1 hour")
    token(dsn, "renewed", ALICE, 6, ends="3 days")
    token(dsn, "endless", ALICE, 13)
    untouched = execute(dsn, NOBODY_TOUCHED.format(other))
    was = dict(rows(dsn, "id, to_jsonb(module_access)"))

    answer = backfill(tmp_path, dsn)
    assert answer.document["applied"] == {"created": 2}
    assert execute(dsn, NOBODY_TOUCHED.format(other)) == untouched
    for number, held in ((ended, {"session_id": "cs_1"}), (listed, [1])):
        [(active, at, metadata)] = rows(dsn, "is_active, to_jsonb(updated_at), metadata", f"id = {number}")
        assert active is False
        assert was[number]["metadata"] == held
        assert metadata == {
            **(held if isinstance(held, dict) else {}),
            "deactivated_by": "iahome-fix",
            "deactivated_because": "expired",
            "deactivated_run_id": answer.document["run_id"],
            "deactivated_at": at,
            "deactivated_before": was[number],
        }
    created = rows(dsn, "token_id", "is_active and access_type = 'token'")
    assert sorted(created) == [("endless",), ("renewed",)]


def test_what_a_person_took_away_stays_away(dsn: str, tmp_path: Path) -> None:
    withdrawn = [
        access(dsn, ALICE, 6, ends="3 days", active=False),
        access(dsn, ALICE, 13, active=False, metadata='{"session_id": "cs_1"}'),
    ]
    before = [execute(dsn, NOBODY_TOUCHED.format(number)) for number in withdrawn]
    token(dsn, "a", ALICE, 6)
    token(dsn, "b", ALICE, 13, ends="9 days")

    answer = backfill(tmp_path, dsn)
    assert (answer.verdict, counts(answer)) == ("nothing-to-do", {"withdrawn": 2})
    assert [execute(dsn, NOBODY_TOUCHED.format(number)) for number in withdrawn] == before


@pytest.mark.parametrize(
    "row",
    [
        {"ends": "-1 hour", "active": False},
        {"ends": None, "active": False, "metadata": '{"deactivated_by": "iahome-fix"}'},
        {"ends": "3 days", "active": None},
    ],
    ids=["its own end came", "this tool made room", "neither active nor inactive"],
)
def test_what_nobody_took_away_is_given_again(row: dict[str, Any], dsn: str, tmp_path: Path) -> None:
    """A row without is_active was written while the default was missing: nobody decided anything."""
    access(dsn, ALICE, 6, **row)
    token(dsn, "a", ALICE, 6, ends="9 days")

    assert counts(backfill(tmp_path, dsn)) == {"to_create": 1}
    assert rows(dsn, "token_id", "is_active") == [("a",)]
    assert counts(backfill(tmp_path, dsn)) == {"covered": 1}


def test_an_access_that_was_bought_covers_the_token(dsn: str, tmp_path: Path) -> None:
    access(dsn, ALICE, 6, ends="3 days", metadata='{"session_id": "cs_1"}')
    access(dsn, BOB, 6)
    token(dsn, "a", ALICE, 6, ends="9 days")
    token(dsn, "b", BOB, 6, ends="9 days")

    answer = backfill(tmp_path, dsn)
    assert (answer.verdict, counts(answer)) == ("nothing-to-do", {"covered": 2})


def test_an_owner_who_is_in_no_profile_is_served_and_warned_about(dsn: str, tmp_path: Path) -> None:
    token(dsn, "a", STRANGER, 6)
    token(dsn, "b", "alice@example.test", 6)
    token(dsn, "c", ALICE, 6)

    answer = backfill(tmp_path, dsn)
    assert counts(answer) == {"to_create": 3}
    assert answer.document["plan"]["warnings"]["unknown_user"] == 2
    assert {row[0] for row in rows(dsn, "user_id")} == {STRANGER, "alice@example.test", ALICE}


def test_an_inactive_token_is_not_looked_at(dsn: str, tmp_path: Path) -> None:
    token(dsn, "revoked", ALICE, 6, active=False)
    execute(
        dsn,
        "insert into public.access_tokens (id, name, module_name, is_active) values ('n', 'n', 'm', null)",
    )

    answer = backfill(tmp_path, dsn, "--include-expired")
    assert (answer.verdict, answer.document["plan"]["tokens"]) == ("nothing-to-do", 0)
    assert rows(dsn, "id") == []


def test_each_skipped_token_is_listed_with_its_reason(dsn: str, tmp_path: Path) -> None:
    token(dsn, "nobody", None, 6)
    token(dsn, "blank", " \t\r\n", 6)
    token(dsn, "no module", ALICE, None)
    token(dsn, "module gone", ALICE, 99)
    token(dsn, "over", ALICE, 6, ends="-1 second")
    token(dsn, "good", BOB, 6, ends="2 days")
    token(dsn, "second", BOB, 6, ends="1 day")

    answer = command(tmp_path, dsn, "backfill", "--list", "--dry-run")
    assert {entry["token_id"]: entry["reason"] for entry in answer.document["listed"]} == {
        "nobody": "no_owner",
        "blank": "no_owner",
        "no module": "no_module",
        "module gone": "unknown_module",
        "over": "expired",
        "second": "duplicate",
    }
    assert sum(answer.document["plan"]["skipped"].values()) == len(answer.document["listed"])
    # Nobody is left out of a long list.
    execute(
        dsn,
        "insert into public.access_tokens (id, name, module_name, module_id)"
        " select 'n' || n, 'n', 'm', 6 from generate_series(1, 1500) n",
    )
    long = command(tmp_path, dsn, "backfill", "--list", "--dry-run").document
    assert len(long["listed"]) == sum(long["plan"]["skipped"].values()) == 1506


def test_expired_tokens_are_noted_as_over_and_open_nothing(dsn: str, tmp_path: Path) -> None:
    token(dsn, "last", ALICE, 6, ends="-1 day")
    token(dsn, "first", ALICE, 6, ends="-9 days")
    token(dsn, "valid", BOB, 6, ends="1 day")
    token(dsn, "before", BOB, 6, ends="-1 day")
    bought = access(dsn, ALICE, 6, ends="-2 days", metadata='{"session_id": "cs_1"}')
    untouched = execute(dsn, NOBODY_TOUCHED.format(bought))

    answer = backfill(tmp_path, dsn, "--include-expired")
    assert counts(answer) == {"to_create": 2, "duplicate": 2}
    noted = rows(dsn, "token_id, is_active", "access_type = 'token'")
    assert sorted(noted) == [("last", False), ("valid", True)]
    assert execute(dsn, NOBODY_TOUCHED.format(bought)) == untouched
    again = backfill(tmp_path, dsn, "--include-expired")
    assert (again.verdict, counts(again)) == ("nothing-to-do", {"covered": 2, "duplicate": 2})
    assert counts(backfill(tmp_path, dsn)) == {"covered": 1, "expired": 3}

    # The customer comes back: what was noted does not stand in the way of the renewal.
    token(dsn, "renewal", ALICE, 6, ends="30 days")
    assert counts(backfill(tmp_path, dsn)) == {"to_create": 1, "covered": 1, "expired": 3}
    assert rows(dsn, "token_id", f"is_active and user_id = '{ALICE}'") == [("renewal",)]
