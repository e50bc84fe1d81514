"""A sale is made as the handler makes it and taken back: what it meets is told, and nothing of it stays."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from iahome_fix import sql
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.acting import MARK
from iahome_fix.systems.database import Login
from iahome_fix.systems.database_errors import DatabaseUnreachable, MayNotCall
from iahome_fix.systems.rehearsal import NotRehearsed, SaleToTry, Tried
from tests.checks.app_support import EVERYBODY
from tests.repairs.repair_support import value
from tests.sessions import execute

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import DatabaseFactory
    from iahome_fix.systems.database import Database
    from tests.conftest import MakeMigrated, OpenChannel

SERVER = Login("service_role")
ALICE = "alice@example.test"
SALE = SaleToTry(
    owner=EVERYBODY[ALICE],
    email=ALICE,
    module="15",
    payment="cs_rehearsal",
    ends="2999-01-01T00:00:00.000Z",
    noted=True,
)
STEPS = ["customer", "module", "look", "insert", "kept", "extend", "deactivate", "payment"]


@pytest.fixture
def shop(make_migrated: MakeMigrated) -> str:
    dsn = make_migrated()
    execute(dsn, f"insert into auth.users (id, email) values ('{SALE.owner}', '{ALICE}')")
    return dsn


def tried(database: Database, sale: SaleToTry = SALE, *through: str) -> Tried:
    return database.rehearse(sale, login=SERVER, seconds=3, through=through)


def test_each_step_of_the_handler_is_made_and_none_stays(any_channel: OpenChannel, shop: str) -> None:
    database = any_channel(shop)
    answer = tried(database)
    assert [(one.step, one.rows, one.error) for one in answer.steps] == [
        (step, int(step != "look"), None) for step in STEPS
    ]
    kept = dict(answer.steps[4].row or {})
    assert kept.pop("id") > 0
    assert (kept.pop("had"), kept.pop("has")) == (0, 1)
    assert kept == {"user_id": SALE.owner, "module_id": 15, "is_active": True, "over": False}
    assert value(shop, "select count(*) from public.module_access") == 0
    assert value(shop, "select count(*) from public.payments") == 0


def test_a_renewal_changes_the_row_that_is_there(any_channel: OpenChannel, shop: str) -> None:
    before = execute(
        shop,
        f"insert into public.module_access (user_id, module_id) values ('{SALE.owner}', 15) returning *",
    )
    answer = tried(any_channel(shop), replace(SALE, noted=False))
    assert [(one.step, one.rows) for one in answer.steps] == [
        (step, 1) for step in ("customer", "module", "look", "extend", "deactivate", "insert", "kept")
    ]
    assert execute(shop, "select * from public.module_access") == before


QUEUE = """
create schema net;
create unlogged table net.http_request_queue (id bigserial primary key, url text, body jsonb);
create function net.http_post(url text, body jsonb) returns bigint language sql as
  $f$ insert into net.http_request_queue (url, body) values ($1, $2) returning id $f$;
grant usage on schema net to service_role;
grant all on all tables in schema net to service_role;
grant all on all sequences in schema net to service_role;
create table public.audit_log (at timestamptz default now());
create function public.noted() returns trigger language plpgsql as $f$ begin
  perform net.http_post(url := 'https://hooks.example.test/x', body := to_jsonb(new));
  insert into public.audit_log default values;
  perform pg_notify('sold', new.id::text);
  perform pg_advisory_xact_lock(42);
  return new; end $f$;
create trigger noted after insert or update on public.module_access
  for each row execute function public.noted();
grant all on public.audit_log to service_role
"""


def test_nothing_of_it_stays(any_channel: OpenChannel, shop: str) -> None:
    execute(shop, QUEUE)
    database = any_channel(shop)
    with psycopg.connect(shop, autocommit=True) as listener:
        listener.execute("listen sold")
        for _again in range(2):
            assert [one.error for one in tried(database).steps] == [None] * len(STEPS)
        assert list(listener.notifies(timeout=0.3)) == []
    for table in ("public.module_access", "public.payments", "public.audit_log", "net.http_request_queue"):
        assert value(shop, f"select count(*) from {table}") == 0
    left = (
        "select count(*) from pg_locks l where l.pid <> pg_backend_pid()"
        " and l.database = (select oid from pg_database where datname = current_database())"
        " and (l.locktype = 'advisory' or l.relation = 'public.module_access'::regclass)"
    )
    assert value(shop, left) == 0


def test_no_statement_of_it_is_taken_for_the_webhooks(any_channel: OpenChannel, shop: str) -> None:
    # A server that counts or logs them has the text of each with the marker in it.
    execute(
        shop,
        "create function public.texts() returns trigger language plpgsql as $f$ begin"
        " raise exception '%', current_query(); end $f$;"
        "create trigger texts before insert on public.module_access for each row"
        " execute function public.texts()",
    )
    (refused,) = (one for one in tried(any_channel(shop)).steps if one.step == "insert")
    assert refused.error is not None
    assert MARK in refused.error.message + (refused.error.named.context or "")
    text = sql.load("rehearsal/sale", MODULE_ACCESS)
    assert text.startswith(f"-- {MARK}.")
    assert "execute statement || mark" in text


def test_a_deferred_constraint_is_met(any_channel: OpenChannel, shop: str) -> None:
    execute(
        shop,
        "create table public.members (id text primary key);"
        "alter table public.module_access add constraint only_members foreign key (user_id)"
        " references public.members (id) deferrable initially deferred",
    )
    (refused,) = (one for one in tried(any_channel(shop)).steps if one.step == "insert")
    assert refused.error is not None
    assert (refused.error.sqlstate, refused.error.named.constraint) == ("23503", "only_members")


def test_a_sale_of_the_same_customer_waits_three_seconds_at_most(any_channel: OpenChannel, shop: str) -> None:
    execute(
        shop,
        "create function public.slow() returns trigger language plpgsql as $f$ begin"
        " if current_user = 'service_role' then perform pg_sleep(60); end if; return new; end $f$;"
        "create trigger slow after insert on public.module_access for each row"
        " execute function public.slow()",
    )
    database = any_channel(shop)
    said: list[str] = []

    def rehearse() -> None:
        try:
            tried(database)
        except DatabaseUnreachable as error:
            said.append(error.reason)

    beside = threading.Thread(target=rehearse)
    beside.start()
    holds = (
        "select count(*) from pg_locks where relation = 'public.module_access'::regclass"
        " and mode = 'RowExclusiveLock'"
    )
    while value(shop, holds) == 0:
        assert beside.is_alive()
        time.sleep(0.02)
    began = time.monotonic()
    execute(
        shop,
        f"insert into public.module_access (user_id, module_id) values ('{SALE.owner}', 15)",
    )
    waited = time.monotonic() - began
    beside.join()
    assert said == ["slow"]
    assert waited < 3.5, waited
    assert value(shop, "select count(*) from public.module_access") == 1


def test_a_row_in_use_is_not_awaited_for_long(any_channel: OpenChannel, shop: str) -> None:
    database = any_channel(shop)
    with psycopg.connect(shop) as other:
        other.execute(b"insert into public.module_access (user_id, module_id) values (%s, 15)", (SALE.owner,))
        began = time.monotonic()
        answer = tried(database)
        assert time.monotonic() - began < 3
    (refused,) = (one for one in answer.steps if one.step == "insert")
    assert refused.error is not None
    assert refused.error.sqlstate == "55P03"


OUTLASTS = {
    "setval": (
        (
            "create sequence public.counted;"
            "create function public.f() returns trigger language plpgsql as $f$ begin"
            " perform setval('public.counted', 1); return new; end $f$"
        ),
        "setval",
    ),
    "a session's lock": (
        (
            "create function public.f() returns trigger language plpgsql as $f$ begin"
            " perform pg_advisory_lock(1); return new; end $f$"
        ),
        "pg_advisory_lock",
    ),
    "a foreign table": (
        (
            "create foreign data wrapper elsewhere; create server far foreign data wrapper elsewhere;"
            "create foreign table public.crm (id text) server far;"
            "create function public.f() returns trigger language plpgsql as $f$ begin"
            " insert into public.crm values (new.user_id); return new; end $f$"
        ),
        "foreign table",
    ),
    "a function in C of nobody's": (
        (
            "create function public.reach(text) returns text language c as '$libdir/plpgsql',"
            " 'plpgsql_call_handler'; grant execute on function public.reach(text) to public;"
            "create function public.f() returns trigger language plpgsql as $f$ begin"
            " perform public.reach(new.user_id); return new; end $f$"
        ),
        "c",
    ),
    "in text that is run": (
        (
            "create function public.f() returns trigger language plpgsql as $f$ begin"
            " execute 'select setval(''public.modules_id_seq'', 1)'; return new; end $f$"
        ),
        "setval",
    ),
    "behind another table": (
        (
            "create table public.audit_log (at timestamptz);"
            "create function public.g() returns trigger language plpgsql as $g$ begin"
            " perform pg_logical_emit_message(false, 'a', 'b'); return new; end $g$;"
            "create trigger g after insert on public.audit_log for each row execute function public.g();"
            "create function public.f() returns trigger language plpgsql as $f$ begin"
            " insert into public.audit_log values (now()); return new; end $f$"
        ),
        "pg_logical_emit_message",
    ),
}


@pytest.mark.parametrize("name", OUTLASTS)
def test_it_does_not_start_where_something_would_outlast_it(
    any_channel: OpenChannel, shop: str, databases: DatabaseFactory, name: str
) -> None:
    made, what = OUTLASTS[name]
    execute(databases.superuser(shop), made)
    execute(
        shop,
        "create trigger f before insert on public.module_access for each row execute function public.f()",
    )
    database = any_channel(shop)
    with pytest.raises(NotRehearsed, match=what) as stopped:
        tried(database)
    assert {one.what for one in stopped.value.reached} == {what}
    assert "the trigger " in stopped.value.message
    assert value(shop, "select last_value from public.module_access_id_seq") == 1

    if name == "setval":
        execute(shop, "grant all on sequence public.counted to service_role")
        assert [one.error for one in tried(database, SALE, what).steps] == [None] * len(STEPS)


@pytest.mark.parametrize("call", ["public.price(new.access_type)", "execute 'select public.price($1)'"])
def test_what_may_not_be_executed_is_asked_for_and_not_called(
    any_channel: OpenChannel, shop: str, call: str
) -> None:
    how = f"new.access_type := {call};" if call.startswith("public") else f"{call} using new.access_type;"
    execute(
        shop,
        "create function public.price(text) returns text language plpgsql as"
        " $f$ begin raise exception 'it ran'; end $f$;"
        "revoke execute on function public.price(text) from public, service_role;"
        "create function public.f() returns trigger language plpgsql as $f$ begin"
        f" {how} return new; end $f$;"
        "create trigger f before insert on public.module_access for each row execute function public.f()",
    )
    with pytest.raises(MayNotCall, match=r"service_role may not execute public.price\(text\)"):
        tried(any_channel(shop))
