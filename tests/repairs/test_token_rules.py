"""The rules in Python say of every token what the SQL says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from iahome_fix import sql
from iahome_fix.repairs.requirements import requirements
from iahome_fix.repairs.token_rules import Access, Token, classify, moment
from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.backfill_support import PEOPLE, WIDE_OWNERS
from tests.repairs.repair_support import ALICE, BOB, execute
from tests.repairs.shapes import MODULES

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
ACCESSES = st.lists(
    st.tuples(
        st.sampled_from([ALICE, BOB, "stranger", "z" * 255]),
        st.sampled_from([6, 13]),
        st.sampled_from(ENDS),
        st.sampled_from([True, False, None]),
        st.sampled_from([None, "t1", "t2"]),
        st.sampled_from([None, "{}", "[]", '{"deactivated_by": "iahome-fix"}', '{"deactivated_by": null}']),
    ),
    max_size=8,
)
BY_SQL = (
    "select token_id, verdict, coalesce(withdrawn, false) and verdict = 'covered' as withdrawn, is_over,"
    " module_key from classified"
)


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
@given(tokens=TOKENS, rows=ACCESSES, include_expired=st.booleans())
def test_python_and_sql_agree(
    tokens: list[tuple[Any, ...]], rows: list[tuple[Any, ...]], include_expired: bool, dsn: str
) -> None:
    with psycopg.connect(dsn, row_factory=dict_row, options="-c timezone=UTC") as connection:
        for number, token in enumerate(tokens):
            connection.execute(
                "insert into public.access_tokens (id, name, module_name, created_by, module_id, expires_at,"
                " created_at, is_active) values (%s, 't', 'm', %s, %s, %s, %s, %s)",
                (f"t{number}", *token),
            )
        for row in rows:
            connection.execute(
                "insert into public.module_access (user_id, module_id, expires_at, is_active, token_id,"
                " metadata) values (%s, %s, %s, %s, %s, %s)",
                row,
            )
        by_sql = connection.execute(
            (sql.load("backfill/classified") + BY_SQL).encode(), {"include_expired": include_expired}
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
                r["a"]["id"], r["a"]["user_id"], r["m"], r["a"]["token_id"], r["a"]["expires_at"],
                r["a"]["is_active"], r["by"],
            )
            for r in connection.execute(
                "select to_jsonb(a) as a, module_id::text as m, metadata ->> 'deactivated_by' as by"
                " from public.module_access a"
            )
        ]  # fmt: skip
        modules = {
            str(r["id"]): r["id"] for r in connection.execute("select id from public.modules").fetchall()
        }
        now = connection.execute("select now() at time zone 'utc' as now").fetchall()[0]["now"]
        connection.rollback()
    judged = classify(given_tokens, modules, accesses, now, include_expired=include_expired)
    assert {
        (j.token.token_id, j.verdict, j.withdrawn and j.verdict == "covered", j.is_over, j.module_key)
        for j in judged
    } == {(r["token_id"], r["verdict"], r["withdrawn"], r["is_over"], r["module_key"]) for r in by_sql}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("2026-01-02T03:04:05.678901", datetime(2026, 1, 2, 3, 4, 5, 678901)),
        ("2026-01-02T03:04:05.6+02:00", datetime(2026, 1, 2, 1, 4, 5, 600000)),
        ("2026-01-02", datetime(2026, 1, 2)),
        ("infinity", datetime.max),
        ("-infinity", datetime.min),
        ("12345-01-01T00:00:00", datetime.max),
        ("0044-03-15T00:00:00 BC", datetime.min),
    ],
)
def test_moments(text: str | None, expected: datetime | None) -> None:
    assert moment(text) == expected
