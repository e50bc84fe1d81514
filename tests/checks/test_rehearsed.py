"""What a rehearsal says of worlds in which reading cannot tell: named right, and nobody accused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.chain import CHAIN
from iahome_fix.facts.context import Rehearsing
from iahome_fix.model import Link, Report, Status
from tests.checks.app_support import ago
from tests.sessions import execute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.sandbox.databases import DatabaseFactory
    from tests.checks.app_support import App

ASKED = tuple(check for check in CHAIN if check.link not in (Link.ENV, Link.SUPABASE, Link.SITE))
FIRES = (
    "create function public.{name}() returns trigger language plpgsql as $f$ {body} $f$;"
    "create trigger {name} {when} on public.module_access for each row execute function public.{name}()"
)


def trigger(body: str, when: str = "before insert", name: str = "noted") -> str:
    """A trigger of somebody's, whose function has this body."""
    return FIRES.format(name=name, body=body, when=when)


@dataclass(frozen=True)
class Kind:
    """A world: what stands in the way, and what is said of it.

    Attributes:
        inject: the statements, run as the owner of the tables.
        cause: the check that has to be named, alone; None where nobody is accused.
        says: phrases in its detail, or that of the checks named here.
        hint: a phrase in the hint of the cause.
        buys: the module that carol paid for meanwhile, and did not get; None for nobody.
        rows: how many accesses there are, before and after.
    """

    inject: str
    cause: str | None = None
    says: tuple[str, ...] = ()
    hint: str = ""
    buys: int | None = 15
    rows: int = 0
    of_others: Mapping[str, str] = field(default_factory=dict)


GRANT = "schema.grant-accepted"
AUDIT = "create table public.audit_log (id serial primary key, access integer, at timestamptz default now());"
KINDS = {
    "no schema net": Kind(
        trigger(
            "begin perform net.http_post(url := 'https://hooks.example.test/x', body := to_jsonb(new));"
            " return new; end",
            "after insert",
            "notify_grant",
        ),
        GRANT,
        ("3F000", 'schema "net" does not exist', "notify_grant()", "the trigger notify_grant calls"),
        "the schema net comes with the extension pg_net",
    ),
    "no right to the audit table": Kind(
        AUDIT
        + "revoke all on public.audit_log from service_role;"
        + trigger(
            "begin insert into public.audit_log (access) values (new.id); return new; end", "after insert"
        ),
        GRANT,
        ("42501", "permission denied for table audit_log", "the trigger noted calls"),
        "grant insert on public.audit_log to service_role",
    ),
    "no right to its sequence": Kind(
        AUDIT
        + "grant insert on public.audit_log to service_role;"
        + "revoke all on sequence public.audit_log_id_seq from service_role;"
        + trigger("begin insert into public.audit_log (access) values (new.id); return new; end"),
        GRANT,
        ("permission denied for sequence audit_log_id_seq",),
        "grant usage on sequence public.audit_log_id_seq to service_role",
    ),
    "another search_path": Kind(
        "create schema app; create table app.entries (at timestamptz);"
        "grant usage on schema app to service_role; grant all on app.entries to service_role;"
        + trigger("begin insert into entries values (now()); return new; end"),
        GRANT,
        ("42P01", 'relation "entries" does not exist', "the trigger noted calls"),
        "search_path",
    ),
    "a generated column that cannot be worked out": Kind(
        "alter table public.module_access add column number integer"
        " generated always as (case when metadata ->> 'session_id' is null then 0"
        " else (metadata ->> 'session_id')::integer end) stored",
        GRANT,
        ("22P02", "invalid input syntax for type integer"),
    ),
    "left out by a condition that nobody can work out": Kind(
        trigger(
            "begin if (select count(*) from public.profiles) > 0 then return null; end if; return new; end"
        ),
        GRANT,
        ("left out without an error", "noted"),
        'disable trigger "noted"',
    ),
    "deactivated again": Kind(
        trigger(
            "begin update public.module_access set is_active = false where id = new.id; return new; end",
            "after insert",
        ),
        GRANT,
        ("another is_active",),
    ),
    "gone again": Kind(
        trigger("begin delete from public.module_access where id = new.id; return new; end", "after insert"),
        GRANT,
        ("gone again in the same transaction",),
    ),
    "given to somebody else": Kind(
        trigger("begin new.user_id := md5(new.user_id); return new; end"), GRANT, ("another user_id",)
    ),
    "a stamp that takes the owner away": Kind(
        trigger("begin new.user_id := auth.uid()::text; return new; end", name="stamp"),
        GRANT,
        ("23502", 'null value in column "user_id"', "the row was handed to the triggers stamp"),
        'disable trigger "stamp"',
    ),
    "all for one account": Kind(
        "insert into public.module_access (user_id, module_id, metadata) select 'house', m.id, '{}'"
        " from public.modules m;" + trigger("begin new.user_id := 'house'; return new; end", name="stamp"),
        GRANT,
        ("23505", "the row was handed to the triggers stamp"),
        'disable trigger "stamp"',
        buys=None,
        rows=4,
    ),
    "one access for another": Kind(
        "insert into public.module_access (user_id, module_id, metadata) select p.id::text, 13, '{}'"
        " from public.profiles p;"
        + trigger(
            "begin delete from public.module_access where user_id = new.user_id and id <> new.id;"
            " return null; end",
            "after insert",
        ),
        "schema.customers-refused",
        ("another access of the same customer's is gone for it (triggers: noted)",),
        'disable trigger "noted"',
        rows=3,
    ),
    "deferred to the end": Kind(
        "create function public.late() returns trigger language plpgsql as"
        " $f$ begin if (select true) then raise exception 'too late'; end if; return null; end $f$;"
        "create constraint trigger late after insert on public.module_access deferrable initially deferred"
        " for each row execute function public.late()",
        GRANT,
        ("P0001", "too late", "the trigger late calls"),
        buys=None,
    ),
    "a full quota of one module": Kind(
        trigger(
            "declare sold integer; begin select count(*) into sold from public.module_access;"
            " if new.module_id = 15 and sold >= 0 then raise exception 'quota of 15 is full'; end if;"
            " return new; end"
        ),
        "schema.customers-refused",
        ("module 15", "P0001", "quota of 15 is full", "the trigger noted calls"),
    ),
    "a fault for one module": Kind(
        trigger("begin if new.module_id = 13 then perform public.no_such(new.id); end if; return new; end"),
        GRANT,
        ("of module 13 a sale is refused (42883)", "of others not"),
        buys=None,
    ),
    "no change": Kind(
        trigger(
            "begin if (select true) then raise exception 'for ever'; end if; return new; end", "before update"
        ),
        "schema.updates-accepted",
        ("P0001", "for ever", "the trigger noted calls"),
        buys=None,
    ),
    "a change that is taken back": Kind(
        trigger("begin if (select true) then return old; end if; return new; end", "before update"),
        "schema.updates-accepted",
        ("left with its old expires_at, is_active", "triggers: noted"),
        buys=None,
    ),
    "a function with a search_path of its own": Kind(
        AUDIT
        + trigger("begin insert into audit_log (access) values (new.id); return new; end")
        + ";alter function public.noted() security definer set search_path = ''",
        GRANT,
        ("42P01", "the trigger noted calls"),
        "name it with its schema",
    ),
    "an index with a function that nobody may call": Kind(
        "create function public.norm(text) returns text language sql immutable as 'select lower($1)';"
        "create unique index norm_key on public.module_access (public.norm(token_id));"
        "revoke execute on function public.norm(text) from public, service_role",
        "permissions.service-role",
        ("service_role may not execute public.norm(text)", "the index norm_key"),
        "grant execute on function public.norm(text) to service_role",
    ),
}
HEALTHY = {
    "nothing": Kind("select 1"),
    "sold out, and nobody waits": Kind(KINDS["a full quota of one module"].inject, buys=None),
    "one customer is shut out": Kind(
        "create table public.bans (user_id text);"
        "insert into public.bans select id::text from public.profiles where email = 'alice@example.test';"
        "grant select on public.bans to service_role;"
        + trigger(
            "begin if exists (select from public.bans b where b.user_id = new.user_id) then"
            " raise exception 'banned'; end if; return new; end"
        ),
        buys=None,
    ),
    "payments are not noted": Kind(
        "alter table public.payments add column vat integer not null",
        buys=None,
        of_others={"schema.payments": 'null value in column "vat"'},
    ),
}


def rehearsed(app: App, kind: Kind, rehearsing: Rehearsing | None) -> Report:
    if kind.buys is not None:
        app.buys("carol@example.test", kind.buys, pay=False)
    app.sql(kind.inject)
    return app.run(ASKED, rehearsing=rehearsing)


@pytest.mark.parametrize("name", KINDS)
def test_what_refuses_a_sale_is_named(own: App, name: str) -> None:
    kind = KINDS[name]
    report = rehearsed(own, kind, Rehearsing())
    shown = [f"{r.status} {r.check.id} {r.finding.detail}" for r in report.results if r.status != "ok"]
    assert report.causes == (kind.cause,), "\n".join(shown)
    found = report.result(str(kind.cause)).finding
    for phrase in kind.says:
        assert phrase in found.detail
    assert kind.hint in (found.hint or ""), found.hint
    assert own.sql("select count(*) from public.module_access") == [(kind.rows,)]


@pytest.mark.parametrize("name", HEALTHY)
def test_nobody_is_accused_who_lets_sales_pass(own: App, name: str) -> None:
    kind = HEALTHY[name]
    if kind.buys is not None:
        kind = Kind(kind.inject, buys=None)
    report = rehearsed(own, kind, Rehearsing())
    assert report.causes == (), [r.finding.detail for r in report.results]
    assert report.result(GRANT).status in (Status.OK, Status.WARN)
    for check, phrase in HEALTHY[name].of_others.items():
        assert phrase in report.result(check).finding.detail


@pytest.mark.parametrize("name", ["no schema net", "no right to the audit table"])
def test_what_a_trigger_lacks_on_its_one_way_is_read(own: App, name: str) -> None:
    kind = KINDS[name]
    report = rehearsed(own, kind, None)
    assert report.causes == (GRANT,)
    found = report.result(GRANT).finding
    assert "the trigger n" in found.detail
    assert kind.says[0] in found.detail
    assert kind.says[1].partition(" for")[0] in found.detail
    assert {"no schema net": "create extension pg_net", "no right to the audit table": kind.hint}[
        name
    ] in str(found.hint)


UNTOLD = (
    "another search_path",
    "left out by a condition that nobody can work out",
    "deactivated again",
    "deferred to the end",
    "a full quota of one module",
)


@pytest.mark.parametrize("name", UNTOLD)
def test_without_a_rehearsal_no_such_trigger_is_called_harmless(own: App, name: str) -> None:
    report = rehearsed(own, KINDS[name], None)
    found = report.result(GRANT)
    assert found.status in (Status.WARN, Status.FAIL), found.finding
    assert "doctor --rehearse" in (found.finding.hint or "")
    assert report.result(GRANT).finding.evidence.get("rehearsed") is None


def test_a_stamp_is_harmless_without_a_rehearsal(own: App) -> None:
    own.sql(
        trigger(
            "begin if tg_op = 'UPDATE' then new.updated_at := timezone('utc', now()); end if;"
            " new.access_type := coalesce(new.access_type, 'purchase'); return new; end",
            "before insert or update",
        )
    )
    assert own.run(ASKED).result(GRANT).status is Status.OK


def test_what_would_outlast_it_is_not_rehearsed_unless_it_is_named(own: App) -> None:
    own.sql(
        "create sequence public.counted; grant all on sequence public.counted to service_role;"
        + trigger("begin perform setval('public.counted', 7); return new; end")
    )
    found = own.run(ASKED, rehearsing=Rehearsing()).result(GRANT)
    assert found.status is Status.UNKNOWN
    assert "the trigger noted on module_access reaches" in found.finding.detail
    assert "--rehearse --rehearse-through setval" in (found.finding.hint or "")
    assert own.run(ASKED, rehearsing=Rehearsing(asked=False)).result(GRANT).status is Status.WARN
    assert own.sql("select last_value from public.counted") == [(1,)]

    through = Rehearsing(through=frozenset({"setval"}))
    assert own.run(ASKED, rehearsing=through).result(GRANT).status is Status.OK
    assert own.sql("select last_value from public.counted") == [(7,)]


def test_where_a_sale_hangs_is_said(own: App) -> None:
    own.sql(trigger("begin perform pg_sleep(20); return new; end"))
    found = own.run(ASKED, rehearsing=Rehearsing()).result(GRANT)
    assert found.status is Status.UNKNOWN
    assert "takes longer than the 3 s" in found.finding.detail
    assert found.finding.detail.endswith("it was in the function noted() then")


def test_a_sequence_that_is_behind_is_read_and_not_moved(own: App) -> None:
    own.grant("alice@example.test", 15, "cs_1")
    own.sql("update public.module_access set id = 5; select setval('public.module_access_id_seq', 2)")
    report = own.run(ASKED, rehearsing=Rehearsing())
    assert report.causes == ("schema.sequence",)
    assert "schema.sequence" in report.result(GRANT).finding.detail
    assert own.sql("select last_value from public.module_access_id_seq") == [(2,)]


def test_at_most_twenty_sales_are_tried(own: App) -> None:
    own.sql(
        "insert into public.modules (id, title, price)"
        " select 30 + n, 'm' || n, 9 from generate_series(1, 50) n"
    )
    own.sql(
        "insert into auth.users (id, email) select gen_random_uuid(), 'u' || n || '@example.test'"
        " from generate_series(1, 60) n"
    )
    for module in range(100, 130):
        own.sql(f"insert into public.modules (id, title, price) values ({module}, 'n{module}', 9)")
        own.buys("carol@example.test", module, pay=False)
    report = own.run(ASKED, rehearsing=Rehearsing())
    tried = report.result(GRANT).finding.evidence["rehearsed"]
    assert 8 <= tried["sales"] == tried["accepted"] <= 20
    last = own.sql("select last_value from public.module_access_id_seq")[0][0]
    assert last <= 20


def test_a_policy_that_binds_the_server_is_named(
    own: App, databases: DatabaseFactory, other_server: str | None
) -> None:
    if other_server is not None:
        pytest.skip("the role belongs to the whole server, which other workers use, too")
    own.sql(
        "create policy server on public.module_access to service_role using (true)"
        " with check (module_id <> 15 or user_id = '')"
    )
    own.sql("create policy server on public.profiles to service_role using (true)")
    own.sql("create policy server on public.modules to service_role using (true)")
    own.sql("create policy server on public.payments to service_role using (true)")
    _as_superuser(databases, own, "alter role service_role nobypassrls")
    try:
        report = own.run(ASKED, rehearsing=Rehearsing())
    finally:
        _as_superuser(databases, own, "alter role service_role bypassrls")
    assert report.causes == ("permissions.webhook-role",)
    found = report.result("permissions.webhook-role").finding
    assert 'row-level security policy for table "module_access"' in found.detail
    assert "42501" in found.detail
    assert "bypassrls" in (found.hint or "")


def _as_superuser(databases: DatabaseFactory, app: App, statement: str) -> None:
    assert app.dsn
    execute(databases.superuser(app.dsn), statement)


def test_the_handler_is_not_blamed_for_what_a_trigger_may_do(own: App) -> None:
    own.buys("alice@example.test", 6, created=ago(hours=3), pay=False, id="cs_live_before")
    own.grant("alice@example.test", 6, "cs_live_before")
    own.buys("carol@example.test", 15, pay=False)
    own.sql(KINDS["left out by a condition that nobody can work out"].inject)
    report = own.run([check for check in CHAIN if check.id in ("site.webhook-handler", GRANT)])
    found = report.result("site.webhook-handler")
    assert found.status is Status.UNKNOWN, found.finding
    assert "noted" in found.finding.detail
    assert "doctor --rehearse" in (found.finding.hint or "")
