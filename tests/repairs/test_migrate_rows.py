"""What `migrate` does to rows: nothing, but for surplus active ones and for columns that were not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.supabase import Regime
from tests.repairs.repair_support import ALICE, BOB, REGIMES, command, value
from tests.repairs.shapes import BARE, BY_HAND, GUIDE, GUIDE_ROWS, MODULES, NARROW, UUID_OWNER
from tests.sessions import execute

PROFILES = f"""
insert into auth.users (id, email) values ('{ALICE}', 'alice@example.test'), ('{BOB}', 'bob@example.test')
"""
ROWS = "select to_jsonb(m)::text, m.metadata::text from public.module_access m order by m.id"


@pytest.mark.parametrize("regime", REGIMES)
def test_rows_of_the_guides_table_stay_byte_for_byte(
    regime: Regime, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database(regime)
    execute(dsn, MODULES, GUIDE, GUIDE_ROWS)
    before = execute(dsn, ROWS)
    assert len(before) == 5

    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    assert execute(dsn, ROWS) == before
    assert value(dsn, "select nextval(pg_get_serial_sequence('public.module_access', 'id'))") == 6


def test_rows_keep_their_text_when_the_owner_becomes_text(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, PROFILES, UUID_OWNER)
    execute(
        dsn,
        "insert into public.module_access (user_id, module_id, access_type, expires_at, metadata, created_at)"
        f" values ('{ALICE}', 6, 'purchase', '2099-01-01 12:00+02', '{{\"a\": 1}}', '2025-08-04 08:00+00'),"
        f" ('{BOB}', 13, null, null, null, null)",
    )
    columns = "id, user_id, module_id, access_type, expires_at, metadata, created_at, updated_at"
    rows = (
        f"select {', '.join(f'{name.strip()}::text' for name in columns.split(','))}"
        " from public.module_access order by module_id"
    )
    before = execute(dsn, rows)

    execute(dsn, *BY_HAND["uuid-owner"])
    answer = command(tmp_path, dsn, "migrate", "--yes", "--change-types")
    assert answer.verdict == "applied"
    assert execute(dsn, rows) == before
    assert value(dsn, "select pg_typeof(user_id)::text from public.module_access limit 1") == (
        "character varying"
    )
    assert execute(dsn, "select distinct is_active, token_id from public.module_access") == [(True, None)]
    assert [step["id"] for step in answer.document["plan"] if not step["undoable"]] == ["060_owner_type"]


def test_a_row_that_is_over_is_not_called_active_when_the_column_is_added(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """The handler asks for is_active alone: an old row called active would refuse the customer's renewal."""
    dsn = make_database()
    execute(dsn, MODULES, GUIDE, "alter table public.module_access drop column is_active")
    execute(
        dsn,
        "alter role postgres in database " + value(dsn, "select quote_ident(current_database())") + ""
        " set timezone to 'Pacific/Auckland'",
        "insert into public.module_access (user_id, module_id, expires_at) values"
        f" ('{ALICE}', 6, timezone('utc', now()) - interval '1 minute'),"
        f" ('{ALICE}', 13, timezone('utc', now()) + interval '1 minute'), ('{ALICE}', 15, null)",
    )

    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    assert execute(dsn, "select module_id, is_active from public.module_access order by 1") == [
        (6, False),
        (13, True),
        (15, True),
    ]


@pytest.mark.parametrize("dropped", ["", "alter table public.module_access drop column is_active"])
def test_of_active_duplicates_the_one_that_lasts_longest_stays(
    dropped: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(
        dsn,
        MODULES,
        GUIDE,
        "insert into public.module_access (id, user_id, module_id, expires_at, created_at, metadata) values"
        # without an end before any end
        f" (1, '{ALICE}', 6, '2099-01-01', '2025-08-01', '{{\"n\": 1}}'),"
        f" (2, '{ALICE}', 6, null, '2025-07-01', '{{\"n\": 2}}'),"
        # the later end, not the newer row
        f" (3, '{ALICE}', 13, '2099-01-02', '2025-07-01', null),"
        f" (4, '{ALICE}', 13, '2099-01-01', '2025-08-01', '[]'),"
        # the same end: the newest; and the same age: the highest id
        f" (5, '{BOB}', 6, '2099-01-01', '2025-07-01', '{{}}'),"
        f" (6, '{BOB}', 6, '2099-01-01', '2025-08-01', '{{}}'),"
        f" (7, '{BOB}', 13, null, '2025-08-01', '{{}}'),"
        f" (8, '{BOB}', 13, null, '2025-08-01', '{{}}')",
        dropped or "select 1",
    )
    if not dropped:
        execute(
            dsn,
            # neither of these is a double of anything
            "insert into public.module_access (id, user_id, module_id, is_active) values"
            f" (9, '{ALICE}', 6, false), (10, '{ALICE}', 6, null), (11, '{BOB}', null, true),"
            f" (12, '{BOB}', null, true)",
        )
    execute(dsn, "select setval('public.module_access_id_seq', 20)")
    untouched = "select to_jsonb(m)::text from public.module_access m where id in (2, 3, 6, 8, 9, 10, 11, 12)"
    before = execute(dsn, untouched)

    planned = command(tmp_path, dsn, "migrate", "--dry-run")
    assert (planned.verdict, execute(dsn, untouched)) == ("planned", before)
    assert "080_duplicates" in [step["id"] for step in planned.document["plan"]]
    applied = command(tmp_path, dsn, "migrate", "--yes")
    assert applied.verdict == "applied"

    rows = execute(dsn, "select id, is_active, metadata from public.module_access order by id")
    assert [row[0] for row in rows if row[1]] == [2, 3, 6, 8, *([] if dropped else [11, 12])]
    if not dropped:
        assert execute(dsn, untouched) == before
    for number, held in ((1, {"n": 1}), (4, []), (5, {}), (7, {})):
        metadata = rows[number - 1][2]
        before_it = metadata.pop("deactivated_before")
        assert metadata.pop("deactivated_at")
        assert (before_it["id"], before_it["is_active"]) == (number, True)
        assert before_it["metadata"] == held
        assert metadata == {
            **(held if isinstance(held, dict) else {}),
            "deactivated_by": "iahome-fix",
            "deactivated_because": "duplicate",
            "deactivated_run_id": applied.document["run_id"],
        }


def test_a_sequence_behind_its_ids_is_moved_forward_beyond_nine(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE)
    command(tmp_path, dsn, "migrate", "--yes")
    execute(
        dsn,
        "insert into public.module_access (id, user_id, module_id, is_active)"
        f" select n, '{ALICE}', 6, false from generate_series(1, 10) n",
        "select setval('public.module_access_id_seq', 9)",
    )

    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert answer.document["applied"] == ["110_sequence", "900_reload"]
    assert value(dsn, "select nextval('public.module_access_id_seq')") == 11
    execute(dsn, "select setval('public.module_access_id_seq', 500)")
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "nothing-to-do"
    assert value(dsn, "select nextval('public.module_access_id_seq')") == 501


def test_a_restore_without_key_default_and_sequence_goes_on_after_its_highest_id(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, BARE)
    execute(
        dsn,
        "insert into public.module_access (id, user_id, module_id, is_active) values"
        f" (41, '{ALICE}', 6, true), (7, '{BOB}', 6, true)",
    )
    before = execute(dsn, ROWS)

    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    assert execute(dsn, ROWS) == before
    added = (
        f"insert into public.module_access (user_id, module_id) values ('{BOB}', 13) returning id, is_active"
    )
    assert execute(dsn, added) == [(42, True)]


def test_rows_without_an_owner_stay_and_keep_the_column_open(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, NARROW, "alter table public.module_access drop column user_id")
    execute(
        dsn,
        "insert into public.module_access (module_id, note)"
        " values (6, 'sold by hand'), (6, 'whose is this?')",
    )

    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "nothing-to-do"
    found = "select note, user_id, is_active, metadata from public.module_access order by note"
    assert execute(dsn, found) == [("sold by hand", None, True, {}), ("whose is this?", None, True, {})]

    execute(dsn, f"update public.module_access set user_id = note || '{ALICE}'")
    assert command(tmp_path, dsn, "migrate", "--yes").document["applied"] == ["040_defaults", "900_reload"]
    assert value(
        dsn,
        "select attnotnull from pg_attribute"
        " where attrelid = 'public.module_access'::regclass and attname = 'user_id'",
    )


def test_a_row_of_a_child_table_is_not_taken_for_a_double(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(
        dsn,
        MODULES,
        GUIDE,
        "create table public.kid () inherits (public.module_access)",
        "insert into public.module_access (id, user_id, module_id)"
        f" values (1, '{ALICE}', 6), (2, '{ALICE}', 6)",
        f"insert into public.kid (id, user_id, module_id) values (1, '{BOB}', 6)",
    )
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    active = "select user_id from public.module_access where is_active order by user_id"
    assert [row[0] for row in execute(dsn, active)] == [ALICE, BOB]


def test_a_database_in_read_only_mode_is_left_alone(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    name = value(dsn, "select current_database()")
    execute(dsn, MODULES, f"alter database {name} set default_transaction_read_only = on")
    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert (answer.code, answer.verdict) == (1, "refused")
    assert "takes no writes" in answer.error["message"]
