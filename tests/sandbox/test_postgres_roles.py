"""The prepared database against what Supabase's own databases look like."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.sandbox.supabase import Regime, prepare_supabase
from iahome_fix.systems.embedded.databases import Databases
from iahome_fix.systems.embedded.dsn import dsn_with

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase

API_ROLES = ("anon", "authenticated", "service_role")
SOMEBODY = "11111111-aaaa-4000-8000-00000000abcd"


def rows(dsn: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def value(dsn: str, statement: str, *values: Any) -> Any:
    return rows(dsn, statement, *values)[0][0]


def as_visitor(dsn: str, role: str, claims: dict[str, str], statement: str) -> Any:
    with psycopg.connect(dsn) as connection:
        connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
        connection.execute(f"set local role {role}".encode())
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


def test_every_role_has_supabases_attributes(make_database: MakeDatabase) -> None:
    found = rows(
        make_database(template="empty"),
        "select rolname, rolsuper, rolcanlogin, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb"
        " from pg_roles where rolname ~ '^(anon$|auth|postgres$|service_role$|supabase_)' order by rolname",
    )
    assert found == [
        # name, superuser, login, bypassrls, inherit, createrole, createdb
        ("anon", False, False, False, True, False, False),
        ("authenticated", False, False, False, True, False, False),
        ("authenticator", False, True, False, False, False, False),
        ("postgres", False, True, True, True, True, True),
        ("service_role", False, False, True, True, False, False),
        ("supabase_admin", True, True, True, True, True, True),
        ("supabase_auth_admin", False, True, False, False, False, False),
        ("supabase_read_only_user", False, True, True, True, False, False),
    ]


def test_the_api_login_may_become_the_three_roles_and_no_other(make_database: MakeDatabase) -> None:
    login = dsn_with(make_database(template="empty"), user="authenticator")
    for role in API_ROLES:
        assert as_visitor(login, role, {}, "select current_user") == role
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_visitor(login, "postgres", {}, "select 1")


def test_roles_carry_their_time_limits(make_database: MakeDatabase) -> None:
    dsn = make_database(template="empty")
    settings = dict(rows(dsn, "select rolname, rolconfig from pg_roles where rolconfig is not null"))
    assert settings["anon"] == ["statement_timeout=3s"]
    assert settings["authenticated"] == ["statement_timeout=8s"]
    assert "service_role" not in settings
    login = dsn_with(dsn, user="authenticator")
    assert value(login, "show statement_timeout") == "8s"
    assert value(login, "show lock_timeout") == "8s"
    assert value(dsn, "show search_path") == '"$user", public, extensions'


@pytest.mark.parametrize(
    ("regime", "on_tables", "on_sequences", "functions"),
    [
        ("before", {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"}, {"SELECT", "UPDATE", "USAGE"}, True),
        ("since", {"TRUNCATE"}, {"UPDATE"}, True),
        ("revoked", set(), set(), False),
    ],
)
def test_what_a_new_table_gives_to_the_api_roles(
    make_database: MakeDatabase,
    regime: Regime,
    on_tables: set[str],
    on_sequences: set[str],
    functions: bool,
) -> None:
    dsn = make_database(regime=regime, template="empty")
    rows(dsn, "create table public.fresh (id serial primary key)")
    rows(dsn, "create function public.fresh_one() returns integer language sql as 'select 1'")
    for role in API_ROLES:
        held = {
            p
            for p in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
            if value(dsn, "select has_table_privilege(%s, 'public.fresh', %s)", role, p)
        }
        used = {
            p
            for p in ("SELECT", "UPDATE", "USAGE")
            if value(dsn, "select has_sequence_privilege(%s, 'public.fresh_id_seq', %s)", role, p)
        }
        callable_by = value(dsn, "select has_function_privilege(%s, 'public.fresh_one()', 'EXECUTE')", role)
        assert (held, used, callable_by) == (on_tables, on_sequences, functions), role


def test_since_the_change_a_serial_insert_needs_the_table_grant_only(make_database: MakeDatabase) -> None:
    insert = "insert into public.fresh default values returning id"
    since, revoked = make_database("since", "empty"), make_database("revoked", "empty")
    for dsn in (since, revoked):
        rows(dsn, "create table public.fresh (id serial primary key)")
        rows(dsn, "grant select, insert on public.fresh to service_role")
    assert as_visitor(since, "service_role", {}, insert) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="fresh_id_seq"):
        as_visitor(revoked, "service_role", {}, insert)


def test_the_auth_functions_read_the_claims(make_database: MakeDatabase) -> None:
    dsn = make_database(template="empty")
    claims = {"sub": SOMEBODY, "role": "authenticated", "email": "somebody@example.test"}
    asked = "select array[auth.uid()::text, auth.role(), auth.email(), auth.jwt() ->> 'sub']"
    assert as_visitor(dsn, "authenticated", claims, asked) == [
        SOMEBODY,
        "authenticated",
        "somebody@example.test",
        SOMEBODY,
    ]


def test_without_claims_the_auth_functions_are_null_even_after_somebody_else(
    make_database: MakeDatabase,
) -> None:
    with psycopg.connect(make_database(template="empty"), autocommit=True) as connection:
        with connection.transaction():
            connection.execute("select set_config('request.jwt.claims', '{\"sub\": null}', true)")
        left = connection.execute("select current_setting('request.jwt.claims', true)").fetchone()
        assert left == ("",)  # the trap: not null
        found = connection.execute("select auth.uid(), auth.role(), auth.email(), auth.jwt()").fetchone()
    assert found == (None, None, None, None)


def test_the_owner_uses_auth_users_but_adds_nothing_to_auth(make_database: MakeDatabase) -> None:
    dsn = make_database(template="empty")
    rows(dsn, "insert into auth.users (id, email) values (%s, 'somebody@example.test')", SOMEBODY)
    rows(dsn, "create table public.mine (id uuid references auth.users (id))")
    assert value(dsn, "select count(*) from auth.users") == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(dsn, "create table auth.mine (id integer)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_visitor(dsn, "authenticated", {"sub": SOMEBODY}, "select count(*) from auth.users")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("create table public.other (id integer)", True),
        ("alter table public.here add extra text", True),
        ("drop table public.here", True),
        ("comment on table public.here is 'x'", True),
        ("alter table public.here enable row level security", True),
        ("create table auth.other (id integer)", False),
        ("grant select on public.here to anon", False),
        ("create index on public.here (id)", False),
        ("create policy p on public.here using (true)", False),
        ("create temporary table other (id integer)", False),
    ],
)
def test_which_changes_tell_the_data_api(
    make_database: MakeDatabase, databases: DatabaseFactory, statement: str, told: bool
) -> None:
    dsn = make_database(template="empty")
    rows(dsn, "create table public.here (id integer)")
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute("listen pgrst")
        rows(databases.superuser(dsn) if "auth." in statement else dsn, statement)
        rows(dsn, "notify pgrst, 'end of test'")
        heard = []
        for note in listener.notifies(timeout=10):
            heard.append(note.payload)
            if note.payload == "end of test":
                break
    assert heard == (["reload schema"] if told else []) + ["end of test"]


def test_the_owner_cannot_make_event_triggers(make_database: MakeDatabase) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(
            make_database(template="empty"),
            "create event trigger mine on sql_drop execute function extensions.pgrst_drop_watch()",
        )


def test_preparing_twice_and_by_several_at_once(databases: DatabaseFactory) -> None:
    server = databases.superuser("dbname=postgres")
    there = [dsn_with(server, database=f"together_{secrets.token_hex(4)}") for _number in range(4)]
    with closing(Databases(lambda: server)) as made:
        for dsn in there:
            made.create(str(conninfo_to_dict(dsn)["dbname"]))
        try:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda dsn: prepare_supabase(dsn, "since"), there))
            prepare_supabase(there[0], "revoked")
            defaults = (
                "select defaclacl::text from pg_default_acl"
                " where defaclrole = 'postgres'::regrole and defaclobjtype = 'S'"
            )
            assert value(there[1], defaults).count("=w/postgres") == 3
            assert rows(there[0], defaults) == []
        finally:
            for dsn in there:
                made.drop(str(conninfo_to_dict(dsn)["dbname"]))


def test_a_copy_is_complete_and_belongs_to_the_owner(make_database: MakeDatabase) -> None:
    dsn = make_database(template="awkward")
    owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    assert value(dsn, owner) == "postgres"
    assert value(dsn, "select count(*) from public.profiles") == 12
