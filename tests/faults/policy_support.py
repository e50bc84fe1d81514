"""Sets of policies and what has to be said of them: each is tried in a database of its own."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

from iahome_fix.checks.permissions.owner_reads import owner_reads
from iahome_fix.facts.context import Context
from iahome_fix.settings import load_settings
from tests.faults.world import ALICE, BOB

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.model import Finding
    from tests.faults.conftest import CopyDatabase

DROP = "drop policy module_access_owner_reads on public.module_access;"
OWN = "user_id = (select auth.uid())::text"
SNAPSHOT = """
select (select json_agg(p order by p.tablename, p.policyname) from pg_policies p)::text
    || (select json_agg(concat(c.relname, c.relacl, c.relrowsecurity) order by c.oid) from pg_class c
         where c.relnamespace = 'public'::regnamespace)::text
    || (select json_agg(concat(p.proname, p.proacl, p.prosrc) order by p.oid) from pg_proc p
         where p.pronamespace >= 16384)::text
    || (select json_agg(to_jsonb(m) order by m.id) from public.module_access m)::text
"""


@dataclass(frozen=True)
class Entry:
    """One set of policies and what has to be said of it.

    Attributes:
        sql: what is done to the healthy database, as the owner of the tables (`admin`: as superuser).
        status: of permissions.owner-reads.
        says: phrases of its detail; `hint`: of its hint; `never`: what neither may hold.
        reads: how many own rows Alice and Bob read with a plain login; None: the server refuses.
    """

    sql: str
    status: str
    says: tuple[str, ...] = ()
    hint: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    reads: tuple[int | None, int | None] | None = (1, 2)
    admin: str = ""
    fix: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)


def policy(using: str, rest: str = "for select to authenticated") -> str:
    return f"{DROP} create policy p on public.module_access {rest} using ({using});"


def look(dsn: str, folder: Path) -> Finding:
    path = folder / "iahome.env"
    path.write_text(f"SUPABASE_DB_URL='{dsn}'\n", encoding="utf-8")
    settings = load_settings([path], environ={})
    with closing(Context(settings, timeout=10)) as ctx:
        return owner_reads.run(ctx.for_checks())


def reads(dsn: str, who: str) -> int | None:
    """How many rows of the list a plain login of a customer reads; None where the server refuses."""
    claims = {"sub": who, "role": "authenticated", "aud": "authenticated", "is_anonymous": False}
    claims["email"] = "alice@example.test" if who == ALICE else "bob@example.test"
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "select set_config('request.jwt.claims', %s, true), set_config('role', 'authenticated', true)",
            [json.dumps(claims)],
        )
        try:
            row = connection.execute(
                "select count(*) from public.module_access where user_id = %s", [who]
            ).fetchone()
        except psycopg.Error:
            return None
        return int(row[0]) if row else None


def hold(entry: Entry, copy_database: CopyDatabase, folder: Path) -> None:
    """Make the policies, hold what is said of them against the entry, and see that nothing changed."""
    copied = copy_database()
    for dsn, text in ((copied.superuser_dsn, entry.admin), (copied.dsn, entry.sql)):
        if text:
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(text.encode())
    if entry.reads is not None:
        assert (reads(copied.dsn, ALICE), reads(copied.dsn, BOB)) == entry.reads
    with psycopg.connect(copied.dsn) as connection:
        before = connection.execute(SNAPSHOT.encode()).fetchone()

    found = look(copied.dsn, folder)

    said = f"{found.status.value}: {found.detail} / {found.hint}"
    assert found.status.value == entry.status, said
    for phrase in entry.says:
        assert phrase in found.detail, said
    for phrase in entry.hint:
        assert phrase in (found.hint or ""), said
    for phrase in entry.never:
        assert phrase not in said
    assert (found.fix is not None) is entry.fix, said
    assert "@example.test" not in said
    with psycopg.connect(copied.dsn) as connection:
        assert connection.execute(SNAPSHOT.encode()).fetchone() == before
