"""The SQL says of every token what a model in Python says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from iahome_fix import sql
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.moments import moment
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.schema.requirements import requirements
from tests.repairs.backfill_support import PEOPLE, WIDE_OWNERS
from tests.repairs.repair_support import ALICE, BOB
from tests.repairs.shapes import MODULES
from tests.repairs.token_model import Token, classify
from tests.repairs.withdrawn_model import Access
from tests.sessions import execute

OWNERS = (ALICE, BOB, f" {ALICE}\n", f"\u00a0{BOB}", "stranger", None, "", "\t ", "z" * 255, "z" * 256)
ENDS = (
    None,
    "2020-01-01 00:00:00",
    "2020-01-01 00:00:00.5",
    "2090-01-01 00:00:00",
    "2090-01-01 00:00:00.000001",
    "infinity",
    "-infinity",
    "12345-01-01",
    "0044-03-15 BC",
)
TOKENS = st.lists(
    st.tuples(
        st.sampled_from(OWNERS),
        st.sampled_from([6, 13, 99, None]),
        st.sampled_from(ENDS),
        st.sampled_from([None, "2026-01-01", "2026-01-01 00:00:00.25", "2026-02-01"]),
        st.sampled_from([True, True, True, False, None]),
    ),
    max_size=14,
)
NOTED = '"deactivated_by": "iahome-fix", "deactivated_at": "2026-01-05T00:00:00.25"'
METADATA = (
    None,
    "{}",
    "[]",
    '{"session_id": "cs_1"}',
    '{"payment_id": "in_1"}',
    '{"token_id": "t2", "created_from_token": true}',
    '{"reconciled": true, "session_id": "cs_2"}',
    '{"deactivated_by": "iahome-fix"}',
    '{"deactivated_by": null}',
    '{"deactivated_by": "iahome-fix", "deactivated_because": "expired"}',
    f"{{{NOTED}}}",
    f'{{{NOTED}, "deactivated_before": {{"expires_at": null}}}}',
    f'{{{NOTED}, "deactivated_before": {{"expires_at": "2026-01-04T00:00:00"}}}}',
)
ACCESSES = st.lists(
    st.tuples(
        st.sampled_from([ALICE, BOB, "stranger", "z" * 255]),
        st.sampled_from([6, 13]),
        # Around the terms that the app writes, counted from the times of their making below.
        st.sampled_from(
            [*ENDS, "2026-01-01 00:00:30", "2026-01-02 12:00", "2026-01-04", "2026-01-09 01:00:00.5"]
        ),
        st.sampled_from([True, False, False, None]),
        st.sampled_from([None, "t1", "t2"]),
        st.sampled_from(
            [None, "2025-12-31 23:58", "2026-01-01", "2026-01-03", "infinity", "9999-12-31 23:59"]
        ),
        st.sampled_from([None, "2026-01-01", "2026-01-05 00:00:00.25", "2026-01-09 01:00:00.75"]),
        st.sampled_from(METADATA),
        # As this tool writes it: with the fingerprint of what it wrote, or of something else.
        st.sampled_from([None, True, False]),
    ),
    max_size=8,
)
BY_SQL = (
    "select token_id, verdict, is_over, module_key, taken_row, why,"
    " to_char(taken_at, 'YYYY-MM-DD HH24:MI:SS') as at from classified"
)
MARK = """
update public.module_access a
   set metadata = a.metadata || jsonb_build_object('fingerprint', (
           select md5_of from (select {formula} as md5_of from (
               select a.user_id, a.module_id, a.access_type, a.token_id, a.expires_at, {active} as is_active,
                      a.metadata as metadata) w) m),
           -- What an access was that was lengthened in its row is no part of it.
           'lengthened_before', '{{}}'::jsonb)
 where a.id = {row}
"""


@pytest.fixture(params=["timestamp", "timestamptz"])
def dsn(make_database: MakeDatabase, request: pytest.FixtureRequest) -> str:
    made = make_database()
    execute(
        made,
        MODULES,
        PEOPLE,
        "\n".join(r.repair for r in requirements() if r.repair),
        "alter table public.access_tokens drop constraint access_tokens_module_id_fkey",
        "drop index public.idx_module_access_unique_user_module",
        f"alter table public.access_tokens alter expires_at type {request.param}",
        *WIDE_OWNERS,
    )
    return made


@settings(
    max_examples=120,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tokens=TOKENS, rows=ACCESSES, include_expired=st.booleans(), give_back=st.booleans())
def test_python_and_sql_agree(
    tokens: list[tuple[Any, ...]],
    rows: list[tuple[Any, ...]],
    include_expired: bool,
    give_back: bool,
    dsn: str,
) -> None:
    with psycopg.connect(dsn, row_factory=dict_row, options="-c timezone=UTC") as connection:
        for number, token in enumerate(tokens):
            connection.execute(
                "insert into public.access_tokens (id, name, module_name, created_by, module_id, expires_at,"
                " created_at, is_active) values (%s, 't', 'm', %s, %s, %s, %s, %s)",
                (f"t{number}", *token),
            )
        for number, (*row, marked) in enumerate(rows, start=1):
            connection.execute(
                "insert into public.module_access (id, user_id, module_id, expires_at, is_active, token_id,"
                " created_at, updated_at, metadata) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (number, *row),
            )
            if marked is not None and (row[-1] or "").startswith("{"):
                formula = sql.load("undo/fingerprint").replace("/* held */", "w.metadata")
                held = MARK.format(formula=formula, active="a.is_active", row=number)
                connection.execute(
                    held.encode()
                    if marked
                    else held.replace("a.expires_at,", "null::timestamp as expires_at,").encode()
                )
        restore = ["2", "3"] if give_back else []
        by_sql = connection.execute(
            (sql.load("backfill/classified", MODULE_ACCESS) + BY_SQL).encode(),
            {"include_expired": include_expired, "restore": restore},
        ).fetchall()
        # As PostgREST gives them: through the server's own JSON.
        given_tokens = [
            Token(r["t"]["id"], r["t"]["created_by"], r["m"], r["t"]["expires_at"], r["t"]["created_at"])
            for r in connection.execute(
                "select to_jsonb(t) as t, module_id::text as m from public.access_tokens t where is_active"
            )
        ]
        accesses = [
            Access(
                r["a"]["id"], r["a"]["user_id"], r["m"], r["a"]["token_id"], r["a"]["access_type"],
                r["a"]["expires_at"], r["a"]["is_active"], r["a"]["created_at"], r["a"]["updated_at"],
                r["a"]["metadata"],
            )
            for r in connection.execute(
                "select to_jsonb(a) as a, module_id::text as m from public.module_access a"
            )
        ]  # fmt: skip
        ends = {
            r["id"]: r["ends"]
            for r in connection.execute(
                "select left(t.id, 255) as id, to_jsonb(t) ->> 'expires_at' as ends"
                " from public.access_tokens t"
            )
        }
        modules = {
            str(r["id"]): r["id"] for r in connection.execute("select id from public.modules").fetchall()
        }
        now = connection.execute("select now() at time zone 'utc' as now").fetchall()[0]["now"]
        connection.rollback()
    judged = classify(
        given_tokens,
        modules,
        accesses,
        now,
        include_expired=include_expired,
        token_ends=ends,
        restore=restore,
    )
    assert {
        (
            j.token.token_id,
            j.verdict,
            j.is_over,
            j.module_key,
            *((str(j.taken.row.row_id), j.taken.why, _second(j.taken.taken_at)) if j.taken else (None,) * 3),
        )
        for j in judged
    } == {tuple(r[name] for name in ORDER) for r in by_sql}


ORDER = ("token_id", "verdict", "is_over", "module_key", "taken_row", "why", "at")


def _second(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("2026-01-02T03:04:05.678901", datetime(2026, 1, 2, 3, 4, 5, 678901)),
        ("2026-01-02T03:04:05.6+02:00", datetime(2026, 1, 2, 1, 4, 5, 600000)),
        ("2026-01-02", datetime(2026, 1, 2)),
        ("infinity", datetime.max),
        ("-infinity", datetime.min),
        ("9999-12-31T23:59:59-05:00", datetime.max),
        ("0001-01-01T00:00:00+05:00", datetime.min),
        ("12345-01-01T00:00:00", datetime.max),
        ("0044-03-15T00:00:00 BC", datetime.min),
    ],
)
def test_moments(text: str | None, expected: datetime | None) -> None:
    assert moment(text) == expected
