"""`backfill` with values that are odd, long or hostile: written as they are, or counted as skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.backfill_support import WIDE_OWNERS, backfill, counts, rows, shop, token
from tests.repairs.repair_support import ALICE, command
from tests.sessions import execute

ODD = (
    'it\'s "quoted" $1 %s %(name)s {brace} \\ back',
    "été 漢字 🎉 e\u0301 \u202eright to left",
    "a\tb\nc\x1b[31md",
    "'; drop table public.module_access; --",
    "vtrnfbx0 is not made of blanks: 0xbfnrtv",
    "x" * 255,
    "é" * 255,
)


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    return shop(make_database, tmp_path)


def test_odd_owners_and_token_ids_are_written_as_they_are(dsn: str, tmp_path: Path) -> None:
    execute(dsn, *WIDE_OWNERS)
    for text in ODD:
        token(dsn, text, text)

    answer = backfill(tmp_path, dsn)
    assert (answer.code, counts(answer)) == (0, {"to_create": len(ODD)})
    assert sorted(rows(dsn, "user_id, token_id, metadata ->> 'token_id'")) == sorted((t, t, t) for t in ODD)
    assert backfill(tmp_path, dsn).verdict == "nothing-to-do"


def test_blanks_around_an_owner_do_not_make_another_customer(dsn: str, tmp_path: Path) -> None:
    token(dsn, "a", f"  {ALICE}\n", ends="9 days")
    token(dsn, "b", f"\t\v\f{ALICE} \r\n", ends="3 days")

    answer = backfill(tmp_path, dsn)
    assert counts(answer) == {"to_create": 1, "duplicate": 1}
    assert answer.document["plan"]["warnings"]["unknown_user"] == 0
    assert rows(dsn, "user_id, token_id") == [(ALICE, "a")]


def test_an_owner_longer_than_the_column_is_skipped_and_listed(dsn: str, tmp_path: Path) -> None:
    execute(dsn, *WIDE_OWNERS)
    token(dsn, "too long", "y" * 256)
    token(dsn, "endless", "é" * 5000)
    token(dsn, "fits", " " * 9 + "y" * 255 + " " * 9)

    assert counts(backfill(tmp_path, dsn)) == {"to_create": 1, "no_owner": 2}
    listed = command(tmp_path, dsn, "backfill", "--list", "--dry-run").document["listed"]
    assert [entry["token_id"] for entry in listed] == ["endless", "too long"]


def test_a_token_id_longer_than_the_column_is_cut_there_and_whole_beside_it(dsn: str, tmp_path: Path) -> None:
    """Two that are alike in the part that fits are still two tokens."""
    token(dsn, "t" * 300 + "1", ALICE, 6)
    token(dsn, "t" * 300 + "2", ALICE, 13, ends="-1 day")

    assert counts(backfill(tmp_path, dsn, "--include-expired")) == {"to_create": 2}
    found = rows(dsn, "token_id, metadata ->> 'token_id'")
    assert {row[0] for row in found} == {"t" * 255}
    assert {row[1][-2:] for row in found} == {"t1", "t2"}
    assert backfill(tmp_path, dsn, "--include-expired").verdict == "nothing-to-do"


def test_times_at_the_end_of_time_are_compared_as_such(dsn: str, tmp_path: Path) -> None:
    token(dsn, "infinite", ALICE, 6)
    token(dsn, "year 9999", ALICE, 6)
    token(dsn, "ended always", ALICE, 13)
    execute(
        dsn,
        "update public.access_tokens set expires_at = 'infinity' where id = 'infinite'",
        "update public.access_tokens set expires_at = '9999-12-31' where id = 'year 9999'",
        "update public.access_tokens set expires_at = '-infinity' where id = 'ended always'",
    )

    assert counts(backfill(tmp_path, dsn)) == {"to_create": 1, "duplicate": 1, "expired": 1}
    assert rows(dsn, "token_id, expires_at::text") == [("infinite", "infinity")]
