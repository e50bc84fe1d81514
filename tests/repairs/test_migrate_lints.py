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
from tests.repairs.repair_support import ALICE, BOB, acting, execute

TABLE = "'public.module_access'::regclass"
LINTS = {
    "0001 a foreign key without an index": f"""
        select c.conname from pg_constraint c where c.conrelid = {TABLE} and c.contype = 'f'
           and not exists (select from pg_index i where i.indrelid = c.conrelid and i.indisvalid
                              and i.indpred is null and i.indkey[0] = c.conkey[1])""",
    "0003 a policy that asks for the login once per row": f"""
        select polname from pg_policy where polrelid = {TABLE}
           and regexp_replace(
                 lower(concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))),
                 'select (auth\\.|current_setting\\()', '', 'g') ~ 'auth\\.|current_setting\\('""",
    "0004 no primary key": f"""
        select 'x' where not exists (select from pg_constraint where conrelid = {TABLE} and contype = 'p')""",
    "0006 two policies for one role and action": f"""
        select r.rolname, c.command from pg_policy p
          join pg_roles r on r.oid = any (p.polroles) or p.polroles = '{{0}}'::oid[]
         cross join unnest(case p.polcmd when '*' then array['r', 'a', 'w', 'd']
                                         else array[p.polcmd::text] end) as c (command)
         where p.polrelid = {TABLE} and p.polpermissive and r.rolname in ('anon', 'authenticated')
         group by 1, 2 having count(*) > 1""",
    "0007, 0013 row level security is off": f"""
        select relname from pg_class where oid = {TABLE} and not relrowsecurity""",
    "0008 row level security without a policy": f"""
        select 'x' where not exists (select from pg_policy where polrelid = {TABLE})""",
    "0009 two indexes alike": f"""
        select min(i.indexrelid::regclass::text) from pg_index i where i.indrelid = {TABLE}
         group by i.indkey::text, i.indisunique, pg_get_expr(i.indpred, i.indrelid) having count(*) > 1""",
    "0024 a policy that lets anybody write": f"""
        select polname from pg_policy where polrelid = {TABLE} and polcmd <> 'r'
           and coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
               in ('true', '(1 = 1)')""",
}


GUIDE = (
    "create table public.module_access (id serial {key}, user_id varchar(255) not null,"
    " module_id integer references public.modules (id) on delete cascade,"
    " access_type varchar(50), token_id varchar(255), expires_at timestamp,"
    " is_active boolean default true, metadata jsonb);"
    "create index idx_module_access_user_id on public.module_access (user_id);"
)
SERVICE = (
    "alter table public.module_access enable row level security;"
    "create policy \"the server\" on public.module_access for all using (auth.role() = 'service_role');"
)
SUB = "(current_setting('request.jwt.claims', true)::json ->> 'sub')"
SHAPES = {
    "nothing": "select 1",
    "the guide's table": GUIDE.format(key="primary key"),
    "policies that say the same": GUIDE.format(key="primary key")
    + SERVICE
    + "create policy narrow on public.module_access for select to authenticated"
    " using (user_id = auth.uid()::text);"
    "create policy wide on public.module_access using (user_id = auth.uid()::text);",
    "policies beside each other": GUIDE.format(key="primary key")
    + SERVICE
    + 'create policy "Users can view own" on public.module_access for select'
    " using (auth.uid()::text = user_id);"
    f"create policy by_claim on public.module_access for select to authenticated using (user_id = {SUB});"
    "create policy by_email on public.module_access for select to authenticated"
    " using ((select auth.email()) = user_id);"
    "create table public.old_tokens (id varchar(255) primary key);"
    "alter table public.module_access add foreign key (token_id) references public.old_tokens (id);"
    "create index twice on public.module_access (user_id);"
    "create index thrice on public.module_access (user_id)",
    "a policy without the login, and a key to be": GUIDE.format(key="")
    + SERVICE
    + "create unique index own_key on public.module_access (id);"
    f"create policy by_claim on public.module_access for select using (user_id = {SUB})",
}


@pytest.mark.parametrize("regime", ["since", "before", "revoked"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_linter_finds_nothing(make_database: MakeDatabase, regime: Regime, shape: str) -> None:
    dsn = make_database(regime)
    execute(dsn, SHAPES[shape])
    with psycopg.connect(dsn) as connection:
        if shape != "nothing":
            assert found(connection, LINTS["0001 a foreign key without an index"])
        if "policies" in shape:
            for lint in (name for name in LINTS if name[:4] in ("0003", "0006")):
                assert found(connection, LINTS[lint]), lint
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
        assert migrate.plan(database).verdict == "nothing-to-do"
    with psycopg.connect(dsn) as connection:
        assert {name: rows for name, query in LINTS.items() if (rows := found(connection, query))} == {}


def test_policies_made_one_let_each_customer_see_what_they_saw(make_database: MakeDatabase) -> None:
    dsn = make_database("before")
    execute(
        dsn,
        SHAPES["policies beside each other"],
        "insert into public.modules (id, title) values (6, 'Cogstudio')",
        f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6), ('{BOB}', 6),"
        " ('alice@example.test', 6)",
        "grant select on public.module_access to authenticated",
    )

    def seen() -> list[list[str]]:
        lists = []
        for sub in (ALICE, BOB):
            with acting(dsn, "authenticated", sub) as connection:
                rows = connection.execute(b"select user_id from public.module_access order by 1").fetchall()
                lists.append([row[0] for row in rows])
        return lists

    before = seen()
    assert before == [[ALICE], [BOB]]
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
    assert seen() == before


def found(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


ODD = {
    "134 is due through 132 alone": (
        "create policy a on public.module_access for all to authenticated using (auth.uid()::text = user_id)",
        (
            "create policy b on public.module_access for select to authenticated"
            " using ((select auth.uid())::text = user_id)"
        ),
    ),
    "a check without a condition to read": (
        (
            "create policy a on public.module_access for update to authenticated"
            " with check (user_id = auth.uid()::text)"
        ),
        (
            "create policy b on public.module_access for update to authenticated"
            " using (user_id = auth.uid()::text)"
        ),
    ),
    "the words in a string": (
        (
            "create policy a on public.module_access for select to authenticated"
            " using (user_id = 'auth.uid()' or user_id = auth.uid()::text)"
        ),
    ),
    "read as a table": (
        (
            "create policy a on public.module_access for select to authenticated using"
            " (exists (select from auth.jwt() with ordinality as j (v, n) where v ->> 'sub' = user_id))"
        ),
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_policies_are_no_obstacle(make_database: MakeDatabase, name: str) -> None:
    dsn = make_database("before")
    execute(dsn, GUIDE.format(key="primary key"), *ODD[name])
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
        assert migrate.plan(database).verdict == "nothing-to-do"
    if name == "the words in a string":
        with psycopg.connect(dsn) as connection:
            (text,) = found(connection, "select qual from pg_policies where policyname = 'a'")[0]
        assert "'auth.uid()'" in text


def test_a_policy_for_everybody_stays_so_where_a_further_role_may_select(
    make_database: MakeDatabase, role: str
) -> None:
    dsn = make_database("before")
    report = "(auth.jwt() ->> 'app') = 'report'"
    execute(
        dsn,
        GUIDE.format(key="primary key"),
        "create policy own on public.module_access for select using (user_id = auth.uid()::text)",
        f"create policy staff on public.module_access for select using ({report})",
        f"grant select on public.module_access to {role}",
    )
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
    with psycopg.connect(dsn) as connection:
        roles = found(connection, "select roles::text from pg_policies where tablename = 'module_access'")
    assert ("{public}",) in roles
    execute(dsn, f"revoke all on public.module_access from {role}")
