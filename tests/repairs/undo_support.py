"""A generated shop, what somebody does to it between a run and its undo, and what is left after both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from iahome_fix.errors import UsageError
from iahome_fix.repairs.journal.run import Run
from iahome_fix.repairs.undo import undo
from iahome_fix.repairs.undo.undo import UndoPlan
from iahome_fix.systems.database import Database
from tests.repairs.repair_support import ALICE, BOB
from tests.sessions import execute

TABLES = ("module_access", "access_tokens", "profiles")
Snapshot = dict[str, dict[str, str]]
"""Of each table each row, all its columns as JSON text, by its id."""

bounded = settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Token:
    """`ends`: hours from now (None: never)."""

    owner: str
    module: int
    ends: float | None


@dataclass(frozen=True)
class Row:
    """An access that was there before; `metadata`: JSON text, or None for none."""

    owner: str
    module: int
    ends: float | None
    active: bool
    metadata: str | None


@dataclass(frozen=True)
class Deed:
    """What somebody does to one row, or to all of them."""

    what: str
    which: int | None


HELD = (
    None,
    "{}",
    '{"session_id": "cs_1", "amount": 9.90}',
    '["a list"]',
    '{"note": "é \\" \\\\ \\u0001", "big": 123456789012345678901234567890.10}',
    '{"deactivated_by": "somebody", "deactivated_because": "asked", "deactivated_at": "then"}',
)
DEEDS = {
    "lasts longer": "expires_at = coalesce(expires_at, '2030-01-01') + interval '30 days'",
    "is switched off": "is_active = false, token_id = 'off'",
    "has a note": "metadata = case jsonb_typeof(metadata) when 'object' then metadata else '{}' end"
    ' || \'{"note": "mine"}\'',
    "has no metadata": "metadata = null",
    "has another token": "token_id = 'x' || id",
    "moves to somebody else": "user_id = 'moved ' || id",
    "is of another kind": "access_type = 'gift'",
    "is dated back": "created_at = created_at - interval '1 day'",
    "is touched": "updated_at = updated_at + interval '1 second'",
    "is touched on its run": 'metadata = metadata || \'{"fingerprint": "mine"}\'',
}

hours = st.sampled_from([None, -48.0, -1.0, 1.0, 48.0])
tokens = st.lists(
    st.builds(
        Token,
        owner=st.sampled_from([ALICE, BOB, "vtrnfb", 'o"ne | \\ é']),
        module=st.sampled_from([6, 13]),
        ends=hours,
    ),
    min_size=4,
    max_size=10,
)
existing = st.lists(
    st.builds(
        Row,
        owner=st.sampled_from([ALICE, BOB, "vtrnfb"]),
        module=st.sampled_from([6, 13]),
        ends=st.sampled_from([None, -48.0, -1.0, -1.0, 1.0]),
        active=st.sampled_from([True, True, False]),
        metadata=st.sampled_from(HELD),
    ),
    min_size=3,
    max_size=7,
).map(lambda rows: [r for n, r in enumerate(rows) if not r.active or _is_first(rows, n)])
deeds = st.lists(
    st.builds(Deed, what=st.sampled_from(sorted(DEEDS)), which=st.integers(0, 19) | st.none()),
    min_size=1,
    max_size=4,
)


def _is_first(rows: list[Row], place: int) -> bool:
    own = rows[place]
    return not any(r.active and (r.owner, r.module) == (own.owner, own.module) for r in rows[:place])


def put(dsn: str, given_tokens: Sequence[Token], rows: Sequence[Row]) -> None:
    """Fill an empty shop."""
    with psycopg.connect(dsn) as connection:
        connection.execute("truncate public.module_access, public.access_tokens")
        for number, token in enumerate(given_tokens):
            connection.execute(
                "insert into public.access_tokens (id, name, module_name, module_id, created_by, expires_at)"
                " values (%s, 't', 'm', %s, %s, timezone('utc', now()) + %s * interval '1 hour')",
                (f'token "{number}" é\\\n', token.module, token.owner, token.ends),
            )
        for row in rows:
            connection.execute(
                "insert into public.module_access"
                " (user_id, module_id, is_active, metadata, expires_at, created_at, updated_at)"
                " values (%s, %s, %s, %s, timezone('utc', now()) + %s * interval '1 hour',"
                " '2026-01-02 03:04:05.5', '2026-02-03 04:05:06.789012')",
                (row.owner, row.module, row.active, row.metadata, row.ends),
            )


def snapshot(dsn: str) -> Snapshot:
    """All of what must not be lost."""
    return {
        table: dict(execute(dsn, f"select id::text, to_jsonb(t)::text from public.{table} t order by id"))
        for table in TABLES
    }


def somebody(dsn: str, done: Sequence[Deed]) -> set[str]:
    """Do it; the ids of the rows that are other than before."""
    before = snapshot(dsn)["module_access"]
    for deed in done:
        ids = sorted(before, key=int)
        one = "true" if deed.which is None else f"id = {ids[deed.which % len(ids)]}" if ids else "false"
        execute(dsn, f"update public.module_access set {DEEDS[deed.what]} where {one}")
    after = snapshot(dsn)["module_access"]
    return {row for row in after if after[row] != before[row]}


def on_record(run_id: str, versions: list[str]) -> Run:
    """What the journal has of a run."""
    return Run(run_id, "backfill", "", "", {}, {}, "applied", changes={"rows": {"versions": versions}})


def take_back(db: Database, run_id: str, run: Run | None) -> UndoPlan:
    """Undo a run; a second undo finds nothing."""
    agreed = undo.plan(run_id, run, db, None)
    done = undo.apply_database(db, agreed)
    assert (done.deleted, done.restored) == (agreed.rows.deletable, agreed.rows.restorable)
    assert (len(done.deleted_ids), len(done.restored_ids)) == (done.deleted, done.restored)
    left = agreed.rows
    if left.created + left.ended > left.to_do:
        again = undo.plan(run_id, run, db, None)
        assert again.is_empty
        assert undo.apply_database(db, again) == undo.Undone()
    return agreed


def expected(before: Snapshot, between: Snapshot, touched: set[str], run_id: str) -> dict[str, str]:
    """What module_access holds after the undo: as somebody left it, else as it was, else nothing."""
    was, now = before["module_access"], between["module_access"]
    left = {row: now[row] for row in now if row in touched or now[row] == was.get(row)}
    for row in sorted(set(was) & set(now) - set(left), key=int):
        held: Mapping[str, Any] = json.loads(was[row])
        in_the_way = any(_is_active_of(json.loads(other), held) for other in left.values())
        left[row] = now[row] if in_the_way else was[row]
    return left


def _is_active_of(other: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    return other["is_active"] is True and all(other[k] == held[k] for k in ("user_id", "module_id"))


def check(
    dsn: str, db: Database, done: Sequence[Deed], apply: Callable[[], tuple[str, list[str]]], *, journal: bool
) -> None:
    """Apply, let somebody do something, undo: what has to be left is left."""
    before = snapshot(dsn)
    run_id, versions = apply()
    applied = snapshot(dsn)
    touched = somebody(dsn, done)
    between = snapshot(dsn)
    made = [
        row
        for row in applied["module_access"]
        if applied["module_access"][row] != before["module_access"].get(row)
    ]
    try:
        take_back(db, run_id, on_record(run_id, versions) if journal else None)
    except UsageError:
        assert not journal
        assert not made or touched
    after = snapshot(dsn)
    assert after["module_access"] == expected(before, between, touched, run_id)
    assert {**after, "module_access": {}} == {**before, "module_access": {}}
