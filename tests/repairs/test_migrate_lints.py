"""What Supabase's own linter (splinter) looks for on a table: nothing of it is left after `migrate`.

The queries are ours; the lints they stand for are named by their number.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
import pytest

from iahome_fix.repairs import migrate
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.supabase import Regime
from iahome_fix.systems.postgres import PostgresDatabase

TABLE = "'public.module_access'::regclass"
LINTS = {
    "0001 a foreign key without an index": f"""
        select c.conname from pg_constraint c where c.conrelid = {TABLE} and c.contype = 'f'
           and not exists (select from pg_index i where i.indrelid = c.conrelid and i.indisvalid
                              and i.indpred is null and i.indkey[0] = c.conkey[1])""",
    "0003 a policy that asks for the login once per row": f"""
        select polname from pg_policy where polrelid = {TABLE}
           and replace(lower(concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))),
                       'select auth.', '') ~ 'auth\\.'""",
    "0004 no primary key": f"""
        select 'x' where not exists (select from pg_constraint where conrelid = {TABLE} and contype = 'p')""",
    "0006 two policies for one role and action": f"""
        select r.role, p.polcmd from pg_policy p
         cross join unnest(p.polroles) as r (role) where p.polrelid = {TABLE} and p.polpermissive
         group by 1, 2 having count(*) > 1""",
    "0007, 0013 row level security is off": f"""
        select relname from pg_class where oid = {TABLE} and not relrowsecurity""",
    "0008 row level security without a policy": f"""
        select 'x' where not exists (select from pg_policy where polrelid = {TABLE})""",
    "0009 two indexes alike": f"""
        select min(i.indexrelid::regclass::text) from pg_index i where i.indrelid = {TABLE}
         group by i.indkey::text, pg_get_expr(i.indpred, i.indrelid) having count(*) > 1""",
    "0024 a policy that lets anybody write": f"""
        select polname from pg_policy where polrelid = {TABLE} and polcmd <> 'r'
           and coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
               in ('true', '(1 = 1)')""",
}


@pytest.mark.parametrize("regime", ["since", "before", "revoked"])
@pytest.mark.parametrize("guide", [False, True], ids=["from nothing", "from the guide's table"])
def test_the_linter_finds_nothing(any_server_database: MakeDatabase, regime: Regime, *, guide: bool) -> None:
    dsn = any_server_database(regime)
    with psycopg.connect(dsn, autocommit=True) as connection:
        if guide:
            connection.execute(
                b"create table public.module_access (id serial primary key, user_id varchar(255) not null,"
                b" module_id integer references public.modules (id) on delete cascade,"
                b" access_type varchar(50), token_id varchar(255), expires_at timestamp,"
                b" is_active boolean default true, metadata jsonb);"
                b"create index idx_module_access_user_id on public.module_access (user_id)"
            )
            assert found(connection, LINTS["0007, 0013 row level security is off"])
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
    with psycopg.connect(dsn) as connection:
        assert {name: rows for name, query in LINTS.items() if (rows := found(connection, query))} == {}


def found(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()
