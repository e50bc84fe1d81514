"""A check that tries to write fails, and nothing of what it tried is there."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, cast

import psycopg
import pytest

from iahome_fix.checks.registry import check
from iahome_fix.checks.runner import run_checks
from iahome_fix.facts.context import Context
from iahome_fix.facts.seen import Run
from iahome_fix.model import Finding, Status, ok
from iahome_fix.settings import load_settings
from iahome_fix.systems.database import Login
from tests.faults.world import CAROL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import CopyDatabase

INSERT = f"insert into public.module_access (user_id, module_id) values ('{CAROL}', 3) returning id"
WRITER = f"""
create function public.writer() returns setof integer language plpgsql as $$
begin
  return query insert into public.module_access (user_id, module_id) values ('{CAROL}', 3) returning id;
end $$
"""


def reading(statement: str) -> Callable[[Context], Finding]:
    """A check that reads this."""

    def run(ctx: Context) -> Finding:
        ctx.database.read(statement)
        return ok("it was let through")

    return run


def attempting(statement: str) -> Callable[[Context], Finding]:
    """A check that has the server check this."""

    def run(ctx: Context) -> Finding:
        ctx.database.attempt(statement, login=Login("service_role"))
        return ok("it was let through")

    return run


def by_asking_for_a_transaction(ctx: Context) -> Finding:
    with ctx.database.write() as transaction:
        transaction.run(INSERT)
    return ok("it was let through")


ATTEMPTS: dict[str, Callable[[Context], Finding]] = {
    "insert": reading(INSERT),
    "insert in a query": reading(f"with made as ({INSERT}) select count(*) from made"),
    "ddl": reading("create table public.made_by_a_check (id integer)"),
    "function": reading("select * from public.writer()"),
    "commit first": reading(f"commit; {INSERT}"),
    "commit behind a comment": reading(f"select ';' /* ; */ as sign -- ;\n; commit; {INSERT}"),
    "writable first": reading(f"set transaction read write; {INSERT}"),
    "sequence": reading("select setval('public.module_access_id_seq', 1, false)"),
    "attempt that runs": attempting(f"analyze {INSERT}"),
    "attempt and more": attempting(f"select 1; commit; {INSERT}"),
    "transaction": by_asking_for_a_transaction,
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_check_that_writes_fails(attempt: str, copy_database: CopyDatabase, tmp_path: Path) -> None:
    dsn = copy_database().dsn
    with psycopg.connect(dsn) as connection:
        connection.execute(WRITER.encode())
    before = state(dsn)
    finding = run(ATTEMPTS[attempt], dsn, tmp_path)

    assert finding.status is Status.UNKNOWN
    assert finding.detail != ""
    assert state(dsn) == before


def test_a_semicolon_that_ends_no_statement_is_no_second_one(
    copy_database: CopyDatabase, tmp_path: Path
) -> None:
    harmless = "select ';' as \"a;b\", $x$;$x$ as c -- ; not the end\n /* ; nor this */ ;\n"
    assert run(reading(harmless), copy_database().dsn, tmp_path).status is Status.OK


def run(attempt: Callable[[Context], Finding], dsn: str, folder: Path) -> Finding:
    """What a check that does this is said to have found."""
    settings = load_settings(folder=folder, environ={"SUPABASE_DB_URL": dsn})
    with closing(Context(settings, timeout=10)) as ctx:
        one = check("data.extra", "extra")(cast("Run", attempt))
        return run_checks([one], ctx).result("data.extra").finding


def state(dsn: str) -> list[tuple[object, ...]]:
    """All that the attempts are after."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select (select count(*) from public.module_access), to_regclass('public.made_by_a_check'),"
            " (select last_value from public.module_access_id_seq)"
        ).fetchall()
