"""A shop whose tables are in their target shape, and tokens and accesses to put into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.repair_support import ALICE, BOB, Answer, command
from tests.repairs.shapes import MODULES
from tests.sessions import execute

PEOPLE = (
    "insert into auth.users (id, email) values"
    f" ('{ALICE}', 'alice@example.test'), ('{BOB}', 'bob@example.test')"
)
SKIPPED = ("no_owner", "no_module", "unknown_module", "expired", "duplicate", "withdrawn")

WIDE_OWNERS = (
    'drop policy "own tokens" on public.access_tokens',
    "alter table public.access_tokens alter created_by type text",
)
"""Makes access_tokens.created_by take texts of any length."""


def shop(make: MakeDatabase, folder: Path) -> str:
    """A database with two customers, three modules and the migrated tables."""
    dsn = make()
    execute(dsn, MODULES, PEOPLE)
    # A module was deleted at a time when nothing guarded the tokens.
    execute(dsn, "alter table public.access_tokens drop constraint access_tokens_module_id_fkey")
    assert command(folder, dsn, "migrate", "--yes").verdict == "applied"
    return dsn


def token(
    dsn: str,
    token_id: str,
    owner: str | None = ALICE,
    module: int | str | None = 6,
    *,
    ends: str | None = None,
    age: str = "1 hour",
    active: bool = True,
) -> None:
    """One token; `ends` and `age` are intervals from now and before now."""
    execute(
        dsn,
        "insert into public.access_tokens"
        " (id, name, module_id, module_name, created_by, is_active, expires_at, created_at)"
        " values (%s, 't', %s, 'm', %s, %s, timezone('utc', now()) + %s::interval,"
        " timezone('utc', now()) - %s::interval)",
        values=(token_id, module, owner, active, ends, age),
    )


def access(
    dsn: str,
    owner: str = ALICE,
    module: int = 6,
    *,
    ends: str | None = None,
    active: bool | None = True,
    metadata: str = "{}",
) -> int:
    """One row of module_access; its id."""
    rows = execute(
        dsn,
        "insert into public.module_access (user_id, module_id, expires_at, is_active, metadata)"
        " values (%s, %s, timezone('utc', now()) + %s::interval, %s, %s) returning id",
        values=(owner, module, ends, active, metadata),
    )
    return int(rows[0][0])


def backfill(folder: Path, dsn: str, *words: str) -> Answer:
    """`backfill --yes`; whatever it says, its counts add up."""
    answer = command(folder, dsn, "backfill", "--yes", *words)
    plan = answer.document["plan"]
    if plan is not None:
        assert tuple(plan["skipped"]) == SKIPPED
        assert plan["tokens"] == plan["to_create"] + plan["covered"] + sum(plan["skipped"].values())
        assert (
            plan["tokens"] == execute(dsn, "select count(*) from public.access_tokens where is_active")[0][0]
        )
    return answer


def counts(answer: Answer) -> dict[str, int]:
    """The groups that are not empty."""
    plan: dict[str, Any] = answer.document["plan"]
    groups = {"to_create": plan["to_create"], "covered": plan["covered"], **plan["skipped"]}
    return {name: number for name, number in groups.items() if number}


def rows(dsn: str, columns: str, condition: str = "true") -> list[tuple[Any, ...]]:
    """Rows of module_access in the order of their making."""
    return execute(dsn, f"select {columns} from public.module_access where {condition} order by id")
