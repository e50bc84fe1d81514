"""Whatever tokens and rows there are: the counts add up, nobody gets too much, a second run finds nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.backfill_support import SKIPPED, WIDE_OWNERS, backfill, shop
from tests.repairs.repair_support import ALICE, BOB, Answer
from tests.sessions import execute

KNOWN_MODULES = (6, 13)
OWNERS = (ALICE, BOB, f" {ALICE}\n", "stranger", "vtrnfb", None, "", "\t ", "z" * 256)


@dataclass(frozen=True)
class Token:
    """`ends`: hours from now (None: never), `age`: hours since it was made."""

    owner: str | None
    module: int | None
    ends: int | None
    age: int
    active: bool | None

    @property
    def customer(self) -> str | None:
        return (self.owner or "").strip() or None

    @property
    def lasts(self) -> float:
        return float("inf") if self.ends is None else self.ends


@dataclass(frozen=True)
class Row:
    """An access that was there before; `ours`: deactivated by this tool."""

    owner: str
    module: int
    ends: int | None
    active: bool | None
    ours: bool

    @property
    def over(self) -> bool:
        return self.ends is not None and self.ends < 0

    @property
    def holds(self) -> bool:
        """Is it an access?"""
        return not self.over and self.active is True

    @property
    def withdrawn(self) -> bool:
        """Was it an access that a person took away before its end?"""
        return not self.over and self.active is False and not self.ours


hours = st.sampled_from([None, -48, -1, 1, 24, 48])
tokens = st.lists(
    st.builds(
        Token,
        owner=st.sampled_from(OWNERS),
        module=st.sampled_from([6, 13, 99, None]),
        ends=hours,
        age=st.integers(1, 3),
        active=st.sampled_from([True, True, True, False, None]),
    ),
    max_size=14,
)
existing = st.lists(
    st.builds(
        Row,
        owner=st.sampled_from([ALICE, BOB, "vtrnfb"]),
        module=st.sampled_from(KNOWN_MODULES),
        ends=hours,
        active=st.sampled_from([True, False, None]),
        ours=st.booleans(),
    ),
    max_size=6,
).map(lambda rows: [row for n, row in enumerate(rows) if not row.active or _first_active(rows, n)])


def _first_active(rows: list[Row], place: int) -> bool:
    row = rows[place]
    return not any(r.active and (r.owner, r.module) == (row.owner, row.module) for r in rows[:place])


def expected(given_tokens: list[Token], rows: list[Row]) -> dict[str, int]:
    """The counts, worked out once more in the plainest way."""
    counted = dict.fromkeys(("to_create", "covered", *SKIPPED), 0)
    pairs: set[tuple[str, int]] = set()
    held = {(row.owner, row.module) for row in rows if row.holds}
    withdrawn = {(row.owner, row.module) for row in rows if row.withdrawn} - held
    for token in given_tokens:
        if not token.active:
            continue
        if token.customer is None or len(token.customer) > 255:
            reason = "no_owner"
        elif token.module is None:
            reason = "no_module"
        elif token.module not in KNOWN_MODULES:
            reason = "unknown_module"
        elif token.lasts < 0:
            reason = "expired"
        elif (token.customer, token.module) in withdrawn:
            reason = "withdrawn"
        elif (pair := (token.customer, token.module)) in pairs:
            reason = "duplicate"
        else:
            pairs.add(pair)
            reason = "covered" if pair in held else "to_create"
        counted[reason] += 1
    return counted


def _put(dsn: str, given_tokens: list[Token], rows: list[Row]) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("truncate public.module_access, public.access_tokens")
        for number, token in enumerate(given_tokens):
            connection.execute(
                "insert into public.access_tokens (id, name, module_name, module_id, created_by, is_active,"
                " expires_at, created_at) values (%s, 't', 'm', %s, %s, %s,"
                " timezone('utc', now()) + %s * interval '1 hour',"
                " timezone('utc', now()) - %s * interval '1 hour')",
                (f"t{number}", token.module, token.owner, token.active, token.ends, token.age),
            )
        for row in rows:
            connection.execute(
                "insert into public.module_access (user_id, module_id, is_active, metadata, expires_at)"
                " values (%s, %s, %s, %s, timezone('utc', now()) + %s * interval '1 hour')",
                (
                    row.owner,
                    row.module,
                    row.active,
                    '{"deactivated_by": "iahome-fix"}' if row.ours else "{}",
                    row.ends,
                ),
            )


def _counts(answer: Answer) -> dict[str, int]:
    plan: dict[str, Any] = answer.document["plan"]
    return {"to_create": plan["to_create"], "covered": plan["covered"], **plan["skipped"]}


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    made = shop(make_database, tmp_path)
    execute(made, *WIDE_OWNERS)
    return made


@settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(given_tokens=tokens, rows=existing)
def test_any_tokens_over_any_rows(
    given_tokens: list[Token], rows: list[Row], dsn: str, tmp_path: Path
) -> None:
    _put(dsn, given_tokens, rows)
    whole = "select id, to_jsonb(m) from public.module_access m order by id"
    before = dict(execute(dsn, whole))

    first = backfill(tmp_path, dsn)
    plan = expected(given_tokens, rows)
    assert (first.code, _counts(first)) == (0, plan)
    assert first.document["applied"] == {"created": plan["to_create"]}
    after = dict(execute(dsn, whole))

    # No row went, and none changed but active ones that are over.
    created = [row for number, row in after.items() if number not in before]
    assert len(created) == plan["to_create"]
    changed = [number for number, row in before.items() if after[number] != row]
    for number in changed:
        assert before[number]["is_active"] is True
        assert after[number]["is_active"] is False
        assert after[number]["metadata"]["deactivated_because"] == "expired"
    assert execute(
        dsn,
        f"select count(*) from public.module_access where id = any ('{{{','.join(map(str, changed))}}}')"
        " and expires_at > timezone('utc', now())",
    ) == [(0,)]

    # One active access per pair at the most, and what was made lasts as long as the best token of its pair.
    assert (
        execute(
            dsn,
            "select 1 from public.module_access where is_active"
            " group by user_id, module_id having count(*) > 1",
        )
        == []
    )
    ends = dict(execute(dsn, "select id, to_jsonb(t) ->> 'expires_at' from public.access_tokens t"))
    for row in created:
        own = [
            (number, token)
            for number, token in enumerate(given_tokens)
            if token.active and (token.customer, token.module) == (row["user_id"], row["module_id"])
        ]
        best = max(token.lasts for _, token in own)
        assert row["is_active"] is True
        assert best > 0
        assert row["expires_at"] in {ends[f"t{number}"] for number, token in own if token.lasts == best}
        assert row["token_id"] in {f"t{number}" for number, token in own if token.lasts == best}

    second = backfill(tmp_path, dsn)
    assert second.verdict == "nothing-to-do"
    assert _counts(second) == {**plan, "to_create": 0, "covered": plan["covered"] + plan["to_create"]}
    assert dict(execute(dsn, whole)) == after
