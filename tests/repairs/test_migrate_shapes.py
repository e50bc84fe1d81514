"""`migrate` from every shape in every regime of default privileges: what each role can do afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.supabase import Regime
from tests.repairs.repair_support import ALICE, BOB, REGIMES, acting, command, outcome, value
from tests.repairs.shapes import BY_HAND, MODULES, SHAPES
from tests.sessions import execute

# As the handler and the token route write; the second leaves is_active to its default.
GRANT = (
    "insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, metadata)"
    " values ('{0}', {1}, 'purchase', now() + interval '72 hours', true, '{{}}') returning id"
)
TOKEN_GRANT = (
    "insert into public.module_access (user_id, module_id, access_type, token_id, expires_at, metadata)"
    " values ('{0}', {1}, 'purchase', 'token_1_a', now() + interval '72 hours', '{{}}') returning id"
)
LIST = (
    "select id, user_id, module_id, access_type, expires_at, is_active, created_at, metadata"
    " from public.module_access where is_active = true"
)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_role_can_do_what_the_app_needs_and_no_more(
    shape: str, regime: Regime, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database(regime)
    execute(dsn, MODULES, SHAPES[shape])

    first = command(tmp_path, dsn, "migrate", "--yes")
    assert (first.code, first.document["error"]) == (0, None)
    assert first.verdict == ("nothing-to-do" if shape == "healthy" else "applied")
    assert first.document["applied"] == [step["id"] for step in first.document["plan"]]
    assert all(step["undoable"] for step in first.document["plan"])
    again = command(tmp_path, dsn, "migrate", "--yes")
    assert (again.code, again.verdict) == (0, "nothing-to-do")
    assert again.document["plan"] == again.document["applied"] == []
    if shape in BY_HAND:
        refused = command(tmp_path, dsn, "migrate", "--change-types", "--dry-run")
        named = str(again.document["left"]) + str(refused.document["error"])
        assert all(statement in named for statement in BY_HAND[shape])
        execute(dsn, *BY_HAND[shape])
    changed = command(tmp_path, dsn, "migrate", "--yes", "--change-types")
    assert (changed.code, changed.document["error"]) == (0, None)
    assert command(tmp_path, dsn, "migrate", "--yes", "--change-types").verdict == "nothing-to-do"

    for statement in (GRANT.format(ALICE, 6), TOKEN_GRANT.format(ALICE, 13), GRANT.format(BOB, 6)):
        _commit_as_service_role(dsn, statement)
    _service_role_reads_and_writes(dsn)
    _customers_see_their_own_and_write_nothing(dsn)
    _the_public_reaches_nothing(dsn)


def _commit_as_service_role(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("set local role service_role")
        connection.execute(statement.encode())


def _service_role_reads_and_writes(dsn: str) -> None:
    assert outcome(dsn, "service_role", LIST) == 3
    assert outcome(dsn, "service_role", "update public.module_access set is_active = false") == 3
    assert outcome(dsn, "service_role", "delete from public.module_access") == 3
    # One active access per customer and module; any number that are over.
    assert outcome(dsn, "service_role", GRANT.format(ALICE, 6)) == "23505"
    assert outcome(dsn, "service_role", GRANT.format(ALICE, 6).replace("true", "false")) == 1
    # An access goes with its module, and names one that exists.
    assert outcome(dsn, "service_role", GRANT.format(ALICE, 99)) == "23503"
    execute(dsn, "insert into public.modules (id, title) values (77, 'Gone soon')")
    _commit_as_service_role(dsn, GRANT.format(BOB, 77))
    execute(dsn, "delete from public.modules where id = 77")
    assert value(dsn, "select count(*) from public.module_access") == 3


def _customers_see_their_own_and_write_nothing(dsn: str) -> None:
    with acting(dsn, "authenticated", ALICE) as connection:
        assert sorted(row[2] for row in connection.execute(LIST.encode())) == [6, 13]
    assert outcome(dsn, "authenticated", LIST, BOB) == 1
    assert outcome(dsn, "authenticated", LIST, "dddddddd-0000-4000-8000-000000000004") == 0
    for statement in (
        GRANT.format(ALICE, 15),
        "update public.module_access set expires_at = null",
        "update public.module_access set user_id = user_id",
        "delete from public.module_access",
        "truncate public.module_access",
        """create trigger t before insert on public.module_access
             for each row execute function suppress_redundant_updates_trigger()""",
    ):
        assert outcome(dsn, "authenticated", statement, ALICE) == "42501", statement
    # Columns that a person granted to be read stay granted.
    assert _rights(dsn, "authenticated") - {("column", "SELECT")} == {("module_access", "SELECT")}


def _the_public_reaches_nothing(dsn: str) -> None:
    for statement in (
        LIST,
        "select user_id from public.module_access",
        GRANT.format(ALICE, 15),
        "update public.module_access set expires_at = null",
        "delete from public.module_access",
        "truncate public.module_access",
    ):
        assert outcome(dsn, "anon", statement) == "42501", statement
    assert _rights(dsn, "anon") == _rights(dsn, "public") == set()


def _rights(dsn: str, role: str) -> set[tuple[Any, ...]]:
    """Every privilege of a role on the table, its columns, and the sequence of its id."""
    return set(
        execute(
            dsn,
            f"""
            with relation as (
              select c.oid, 'module_access' as name, c.relacl as acl from pg_class c
               where c.oid = 'public.module_access'::regclass
              union all
              select c.oid, 'column', a.attacl from pg_class c join pg_attribute a on a.attrelid = c.oid
               where c.oid = 'public.module_access'::regclass
              union all
              select s.oid, 'sequence', s.relacl from pg_class s
               where s.relkind = 'S' and exists (
                 select from pg_depend d
                  where d.objid = s.oid and d.refobjid = 'public.module_access'::regclass
                     or d.refobjid = s.oid and d.objid in
                        (select e.oid from pg_attrdef e where e.adrelid = 'public.module_access'::regclass)))
            select r.name, x.privilege_type from relation r cross join aclexplode(r.acl) x
             where case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee) end = '{role}'
            """,
        )
    )
