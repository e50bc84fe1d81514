"""What Supabase's own linter (splinter) looks for on a table: nothing that `migrate` made is found by it,
and what
others made is named, with the statement that a person may run, and left as it is.

The queries are ours; the lints they stand for are named by their number.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from iahome_fix.repairs.migrate import migrate
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.supabase import Regime
from iahome_fix.systems.postgres import PostgresDatabase
from tests.repairs.repair_support import ALICE, BOB, acting, command
from tests.sessions import execute

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
SHAPES = {"nothing": "select 1", "the guide's table": GUIDE.format(key="primary key")}
OTHERS = (
    GUIDE.format(key="primary key")
    + SERVICE
    + 'create policy "Users can view own" on public.module_access for select'
    " using (auth.uid()::text = user_id);"
    "create policy wide on public.module_access using (user_id = auth.uid()::text);"
    f"create policy by_claim on public.module_access for select to authenticated using (user_id = {SUB});"
    "create policy words on public.module_access for update to authenticated"
    " using (user_id = 'auth.uid()') with check (user_id = auth.uid()::text);"
    "create policy as_table on public.module_access for select to authenticated using"
    " (exists (select from auth.jwt() with ordinality as j (v, n) where v ->> 'sub' = user_id));"
    "create table public.old_tokens (id varchar(255) primary key);"
    "alter table public.module_access add foreign key (token_id) references public.old_tokens (id);"
    "create index twice on public.module_access (user_id);"
    "create index thrice on public.module_access (user_id);"
    "alter table public.module_access add constraint each_once unique (user_id, module_id);"
    "grant select on public.module_access to authenticated"
)


@pytest.mark.parametrize("regime", ["since", "before", "revoked"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_linter_finds_nothing(make_database: MakeDatabase, regime: Regime, shape: str) -> None:
    dsn = make_database(regime)
    execute(dsn, SHAPES[shape])
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
        assert migrate.plan(database).verdict == "nothing-to-do"
    with psycopg.connect(dsn) as connection:
        assert {name: rows for name, query in LINTS.items() if (rows := found(connection, query))} == {}


def test_what_others_made_is_named_and_left_as_it_is(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database("before")
    execute(dsn, OTHERS)
    before = of_others(dsn)
    assert len(before["policies"]) == 6
    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert answer.verdict == "applied"
    assert of_others(dsn) == before
    left = " ".join(answer.document["left"])
    for named in (
        "Users can view own: asks for the login",
        "wide: asks for the login",
        "several let",
        "twice",
    ):
        assert named in left
    with psycopg.connect(dsn) as connection:
        for lint in ("0003", "0006", "0009"):
            assert any(found(connection, query) for name, query in LINTS.items() if name.startswith(lint))
    # What doctor tells a person to run helps, and shows each customer what they saw.
    told = {one["id"]: one for one in command(tmp_path, dsn, "doctor").document["checks"]}
    (policies, indexes, renewals) = (
        told[name] for name in ("permissions.policies", "schema.indexes", "schema.one-active-access")
    )
    assert (policies["status"], indexes["status"], renewals["status"]) == ("warn", "warn", "fail")
    assert (policies["kind"], policies["fix"], indexes["fix"], renewals["fix"]) == (
        "hygiene",
        None,
        None,
        None,
    )
    seen = rows_of(dsn)
    for each in (policies, indexes, renewals):
        statements = each["hint"].partition("SQL editor: ")[2].split("; ")
        execute(dsn, *(statement for statement in statements if not statement.startswith("select")))
    assert rows_of(dsn) == seen
    with psycopg.connect(dsn) as connection:
        for lint in ("0003", "0009"):
            rows = [found(connection, query) for name, query in LINTS.items() if name.startswith(lint)]
            assert rows in ([[]], [[("as_table",), ("words",)]], [[("words",), ("as_table",)]])
    again = {one["id"]: one for one in command(tmp_path, dsn, "doctor").document["checks"]}
    assert again["schema.one-active-access"]["status"] == "ok"


def of_others(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    """What this tool did not make, each with its identity in the catalog, and as it is stored there."""
    parts = {
        "policies": f"select oid, pg_policy::text from pg_policy where polrelid = {TABLE}"
        " and polname <> 'module_access_owner_reads' order by 1",
        "constraints": f"select oid, pg_get_constraintdef(oid) from pg_constraint where conrelid = {TABLE}"
        " and contype in ('p', 'u', 'f', 'c') order by 1",
        "indexes": f"select indexrelid, pg_get_indexdef(indexrelid) from pg_index where indrelid = {TABLE}"
        " and indexrelid::regclass::text !~ '^idx_module_access_' order by 1",
    }
    return {name: execute(dsn, query) for name, query in parts.items()}


def rows_of(dsn: str) -> list[list[str]]:
    """Whose rows each customer sees."""
    lists = []
    for sub in (ALICE, BOB):
        with acting(dsn, "authenticated", sub) as connection:
            rows = connection.execute(b"select user_id from public.module_access order by 1").fetchall()
            lists.append([row[0] for row in rows])
    return lists


def found(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("(select auth.uid())::text = user_id", False),
        ("(select auth.jwt() ->> 'sub') = user_id", False),
        ("(select (auth.jwt() ->> 'is_anonymous')::boolean) is false", False),
        ("(select coalesce(auth.jwt() -> 'app_metadata' ->> 'plan', '')) = 'pro'", False),
        ("(select nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub') = user_id", False),
        ("auth.jwt() ->> 'sub' = user_id", True),
        ("(select auth.jwt() ->> 'aal') = 'aal2' or auth.uid()::text = user_id", True),
    ],
)
def test_a_sub_select_that_begins_with_the_call_is_asked_once(
    make_database: MakeDatabase, condition: str, named: bool
) -> None:
    dsn = make_database("since")
    execute(dsn, GUIDE.format(key="primary key"))
    execute(dsn, f"create policy p on public.module_access for select to authenticated using ({condition})")
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        left = " ".join(migrate.plan(database).left)
    assert ("p: asks for the login once per row" in left) is named, left
