"""`undo` takes rights back one by one: what was passed on since stays, with who has it, and all else goes."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from tests.repairs.repair_support import ALICE, command, outcome, value
from tests.repairs.shapes import GUIDE, GUIDE_ROWS, MODULES
from tests.repairs.test_undo_schema import migrated, undo
from tests.sessions import execute

RIGHTS = """
select coalesce(string_agg(x.grantor::regrole || ' ' || x.privilege_type
                           || case when x.is_grantable then '*' else '' end,
                           ', ' order by x.grantor::regrole::text, x.privilege_type), 'none')
  from pg_class c cross join aclexplode(c.relacl) x
 where c.oid = 'public.module_access'::regclass and x.grantee = '{role}'::regrole
"""


@pytest.fixture
def shop(role: str, make_database: MakeDatabase) -> str:
    """The guide's table, of which the server may only read, and pass that on, and customers nothing."""
    dsn = make_database("revoked")
    execute(
        dsn,
        MODULES,
        GUIDE,
        GUIDE_ROWS,
        "revoke all on public.module_access from anon, authenticated, service_role",
        "grant select on public.module_access to service_role with grant option",
        f"grant usage on schema public to {role}",
    )
    return dsn


def as_role(databases: DatabaseFactory, dsn: str, role: str, statement: str) -> None:
    with psycopg.connect(databases.superuser(dsn)) as connection:
        connection.execute(f"set local role {role}".encode())
        connection.execute(statement.encode())


def rights(dsn: str, role: str) -> str:
    return str(value(dsn, RIGHTS.format(role=role)))


def secured(dsn: str) -> bool:
    return bool(
        value(dsn, "select relrowsecurity from pg_class where oid = 'public.module_access'::regclass")
    )


def test_a_right_of_before_that_was_passed_on_keeps_nothing_from_going_back(
    role: str, shop: str, databases: DatabaseFactory, tmp_path: Path
) -> None:
    run_id = migrated(tmp_path, shop)
    assert "INSERT" in rights(shop, "service_role")
    as_role(databases, shop, "service_role", f"grant select on public.module_access to {role}")
    answer = undo(tmp_path, shop, run_id)
    assert (answer.verdict, answer.document["plan"]["not_undoable"]) == ("applied", [])
    assert rights(shop, "service_role") == "postgres SELECT*"
    assert rights(shop, "authenticated") == "none"
    assert rights(shop, role) == "service_role SELECT"
    assert not secured(shop)
    execute(shop, "drop table public.module_access", f"revoke usage on schema public from {role}")


def test_what_was_passed_on_since_stays_with_who_has_it(
    role: str, shop: str, databases: DatabaseFactory, tmp_path: Path
) -> None:
    run_id = migrated(tmp_path, shop)
    execute(shop, "grant select on public.module_access to authenticated with grant option")
    as_role(databases, shop, "authenticated", f"grant select on public.module_access to {role}")
    planned = undo(tmp_path, shop, run_id, "--dry-run").document["plan"]
    stays = f"rights of authenticated (select): stays, since it was passed on to {role}, who would lose it"
    assert planned["not_undoable"] == [stays]
    answer = undo(tmp_path, shop, run_id)
    assert answer.verdict == "applied", answer.document["error"]
    assert rights(shop, "service_role") == "postgres SELECT*"
    assert (rights(shop, "authenticated"), rights(shop, role)) == ("postgres SELECT*", "authenticated SELECT")
    assert not secured(shop)
    execute(shop, "drop table public.module_access", f"revoke usage on schema public from {role}")


def test_what_another_gave_as_well_stays_too(
    role: str, shop: str, databases: DatabaseFactory, tmp_path: Path
) -> None:
    run_id = migrated(tmp_path, shop)
    as_role(databases, shop, "service_role", "grant select on public.module_access to authenticated")
    answer = undo(tmp_path, shop, run_id)
    assert answer.verdict == "applied", answer.document["error"]
    assert answer.document["plan"]["not_undoable"] == [
        "rights of authenticated (select): stays, since service_role gave it, too"
    ]
    assert rights(shop, "service_role") == "postgres SELECT*"
    execute(shop, f"revoke usage on schema public from {role}")


def test_with_a_right_to_the_whole_table_its_columns_keep_theirs(
    role: str, shop: str, databases: DatabaseFactory, tmp_path: Path
) -> None:
    columns = "grant insert (user_id), update (user_id) on public.module_access to service_role"
    execute(shop, f"{columns} with grant option", "grant delete on public.module_access to anon")
    before = value(
        shop,
        "select array_agg(attacl::text order by attnum)::text from pg_attribute"
        " where attrelid = 'public.module_access'::regclass",
    )
    run_id = migrated(tmp_path, shop)
    as_role(databases, shop, "service_role", f"grant update (user_id) on public.module_access to {role}")
    answer = undo(tmp_path, shop, run_id)
    assert answer.verdict == "applied", answer.document["error"]
    assert answer.document["plan"]["not_undoable"] == [
        f"rights of service_role (update): stays, since it was passed on to {role}, who would lose it"
    ]
    assert rights(shop, "service_role") == "postgres SELECT*, postgres UPDATE"
    assert rights(shop, "anon") == "postgres DELETE"
    as_role(databases, shop, "service_role", f"revoke update (user_id) on public.module_access from {role}")
    now = value(
        shop,
        "select array_agg(attacl::text order by attnum)::text from pg_attribute"
        " where attrelid = 'public.module_access'::regclass",
    )
    assert now == before
    assert outcome(shop, "service_role", "select from public.module_access", ALICE) != "42501"
    assert command(tmp_path, shop, "migrate", "--yes").verdict == "applied"
    execute(shop, f"revoke usage on schema public from {role}")


def test_what_others_built_on_a_column_of_the_run_is_left_to_them(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE, "alter table public.module_access drop column metadata")
    run_id = migrated(tmp_path, dsn)
    execute(dsn, "create view public.mine as select metadata from public.module_access")
    answer = undo(tmp_path, dsn, run_id)
    assert (answer.verdict, answer.error["code"]) == ("refused", "depended-on")
    assert "metadata" in answer.error["message"]
    assert secured(dsn)
    execute(dsn, "drop view public.mine")
    assert undo(tmp_path, dsn, run_id).verdict == "applied"
