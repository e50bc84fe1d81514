"""Generated shops: policies, rights, bans and dormant rules on `module_access`, set up by SQL on one
database, and what every kind of visitor sees of it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

TABLE = "'public.module_access'::regclass"
OWNERS = tuple(f"{letter * 8}-0000-4000-8000-00000000000{n}" for n, letter in enumerate("abc", 1))
BANNED = OWNERS[2]
STRANGER = "dddddddd-0000-4000-8000-000000000004"
VISITORS = ("anon", "stranger", *OWNERS, "custom")
MODULES = (6, 13, 15)

CONDITIONS = (
    "user_id = auth.uid()::text",
    "user_id = (select auth.uid())::text",
    "(select auth.uid())::text = user_id",
    "user_id = (auth.jwt() ->> 'sub')",
    "user_id = (current_setting('request.jwt.claims', true)::json ->> 'sub')",
    "public.is_mine(user_id::text)",
    (
        "user_id = auth.uid()::text and"
        " not exists (select from public.bans b where b.user_id = module_access.user_id)"
    ),
    "user_id = auth.uid()::text and is_active",
    "true",
    "is_active",
    "false",
    "user_id is not null",
    "user_id = auth.uid()::text or access_type = 'purchase'",
    "(auth.jwt() -> 'app_metadata' ->> 'role') = 'member'",
    "auth.uid() is not null",
    "exists (select from public.bans b where b.user_id = auth.uid()::text)",
)
NARROWING = (
    "(auth.jwt() ->> 'is_anonymous') is distinct from 'true'",
    "not exists (select from public.bans b where b.user_id = auth.uid()::text)",
    "is_active",
    "user_id = auth.uid()::text",
    "true",
)
COMMANDS = ("select", "select", "select", "all", "insert", "update", "delete")
ROLES = ("public", "authenticated", "anon", "authenticated, anon", "{custom}", "service_role", "{group}")
RIGHTS = (
    "all",
    "select",
    "select, insert, update, delete",
    "update (is_active)",
    "select (id, user_id, module_id)",
    "insert",
)

EXTRAS = (
    "create index mine on public.module_access (user_id)",
    "create index twin on public.module_access (user_id)",
    "create index idx_module_access_unique_user_module on public.module_access (token_id)",
    "alter table public.module_access add constraint long_enough check (length(user_id) > 3)",
    "alter table public.module_access add constraint once unique (user_id, module_id, token_id)",
    "create trigger noted after insert on public.module_access for each row execute function public.noted()",
    "alter table public.module_access alter column is_active set default false",
    "alter table public.module_access alter column access_type drop default",
)

BASE = """
drop table if exists public.module_access, public.bans, public.audit cascade;
delete from public.access_tokens;
create table public.bans (user_id text primary key);
insert into public.bans values ('{banned}');
grant select on public.bans to anon, authenticated, {custom};
create table public.audit (at timestamptz default now(), what text);
create or replace function public.is_mine(owner text) returns boolean language sql stable
  as $f$ select owner = nullif(current_setting('request.jwt.claims', true)::json ->> 'sub', '') $f$;
create or replace function public.noted() returns trigger language plpgsql security definer
  set search_path = '' as $f$ begin insert into public.audit (what) values (tg_op); return new; end $f$;
create table public.module_access (
  id serial primary key, user_id varchar(255) not null,
  module_id integer references public.modules (id) on delete cascade,
  access_type varchar(50) default 'purchase',
  token_id varchar(255), expires_at timestamp, is_active boolean default true,
  created_at timestamp default current_timestamp, updated_at timestamp default current_timestamp,
  metadata jsonb default '{{}}'::jsonb);
insert into public.module_access (user_id, module_id, is_active, access_type)
  select o.id, m.id, m.id <> 15, case m.id when 6 then 'purchase' else 'token' end
    from unnest(array{owners}) as o (id) cross join unnest(array[6, 13, 15]) as m (id);
insert into public.access_tokens (id, name, module_name, module_id, created_by, expires_at)
  values ('token_new', 't', 'm', 19, '{alice}', now() + interval '1 day');
revoke all on public.module_access from anon, authenticated, service_role, public, {custom};
"""


@dataclass(frozen=True)
class Shop:
    """One generated set: the statements that make it after BASE."""

    number: int
    statements: tuple[str, ...]


def shops(count: int, seed: int, custom: str, group: str) -> Iterator[Shop]:
    """The same sets for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - for tests
    for number in range(count):
        made = []
        for place in range(draw.choice((0, 0, 1, 1, 1, 2, 2, 3))):
            narrows = draw.random() < 0.25
            command = draw.choice(COMMANDS)
            condition = draw.choice(NARROWING if narrows else CONDITIONS)
            clause = f"with check ({condition})" if command == "insert" else f"using ({condition})"
            made.append(
                f'create policy "own {place}" on public.module_access as'
                f" {'restrictive' if narrows else 'permissive'} for {command}"
                f" to {draw.choice(ROLES).format(custom=custom, group=group)} {clause}"
            )
        if draw.random() < 0.6:
            made.append("alter table public.module_access enable row level security")
        made += [
            f"grant {draw.choice(RIGHTS)} on public.module_access to {role}"
            for role in ("anon", "authenticated", "public", custom, "service_role")
            if draw.random() < (0.7 if role in ("authenticated", "service_role") else 0.3)
        ]
        made += [extra for extra in EXTRAS if draw.random() < 0.2]
        yield Shop(number, tuple(made))


def set_up(connection: psycopg.Connection[Any], shop: Shop, custom: str) -> None:
    """The database as this shop has it, whatever it was before."""
    base = BASE.format(banned=BANNED, owners=list(OWNERS), alice=OWNERS[0], custom=custom)
    connection.execute(";".join((base, *shop.statements)).encode())


def seen(connection: psycopg.Connection[Any], custom: str, upto: int) -> dict[str, frozenset[int] | None]:
    """The ids, up to one, that each kind of visitor reads; None where the read is refused."""
    found: dict[str, frozenset[int] | None] = {}
    for visitor in VISITORS:
        role = {"anon": "anon", "custom": custom}.get(visitor, "authenticated")
        claims: dict[str, Any] = {"role": role}
        if role == "authenticated":
            sub = STRANGER if visitor == "stranger" else visitor
            claims |= {"sub": sub, "is_anonymous": False, "app_metadata": {"role": "member"}}
        with connection.transaction(force_rollback=True):
            connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
            connection.execute(f"set local role {role}".encode())
            try:
                with connection.transaction():
                    rows = connection.execute(
                        "select id from public.module_access where id <= %s", (upto,)
                    ).fetchall()
                found[visitor] = frozenset(row[0] for row in rows)
            except psycopg.errors.InsufficientPrivilege:
                found[visitor] = None
    return found


def of_others(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """All that is on the table, each with its identity and as the catalog stores it."""
    parts = {
        "policies": f"select oid, pg_policy::text from pg_policy where polrelid = {TABLE}",
        "triggers": f"select oid, pg_trigger::text from pg_trigger where tgrelid = {TABLE}"
        " and not tgisinternal",
        "functions": "select p.oid, pg_get_functiondef(p.oid), p.proacl::text from pg_proc p"
        " where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'",
        "constraints": f"select oid, pg_get_constraintdef(oid), convalidated from pg_constraint"
        f" where conrelid = {TABLE}",
        "indexes": "select indexrelid, pg_get_indexdef(indexrelid), indisvalid from pg_index"
        f" where indrelid = {TABLE}",
        "defaults": f"select adnum, pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = {TABLE}",
    }
    return {name: connection.execute(query.encode()).fetchall() for name, query in parts.items()}


def rights(connection: psycopg.Connection[Any], custom: str) -> list[tuple[Any, ...]]:
    """What the custom role, and the server, are granted themselves."""
    query = f"""select x.grantee::regrole::text, x.privilege_type from pg_class c
                 cross join aclexplode(c.relacl) x where c.oid = {TABLE} and x.grantee = '{custom}'::regrole
                 union all
                select x.grantee::regrole::text, a.attname || x.privilege_type from pg_attribute a
                 cross join aclexplode(a.attacl) x
                 where a.attrelid = {TABLE} and x.grantee = '{custom}'::regrole order by 1, 2"""
    return connection.execute(query.encode()).fetchall()
