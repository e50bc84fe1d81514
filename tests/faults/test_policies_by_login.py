"""Policies that ask who signed in, as other shops have them: claims, factors, bans, memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.policy_support import DROP, OWN, Entry, hold, policy
from tests.faults.world import ALICE, BOB

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import CopyDatabase

RESTRICTIVE = "as restrictive for select to authenticated"
FACTORS = (
    "create table if not exists auth.mfa_factors (id uuid default gen_random_uuid(), user_id uuid,"
    " status text);"
    "grant all on auth.mfa_factors to postgres;"
)
ENROLLED = (
    "create schema private; grant usage on schema private to authenticated;"
    "create function private.may_with(level text) returns boolean language sql stable security definer"
    " set search_path = '' as $$ select array[level] <@ (select case when count(*) > 0 then array['aal2']"
    " else array['aal1', 'aal2'] end from auth.mfa_factors f"
    " where f.user_id = (select auth.uid()) and f.status = 'verified') $$;"
    "grant execute on function private.may_with(text) to authenticated;"
    f"create policy mfa on public.module_access {RESTRICTIVE}"
    " using (private.may_with((select auth.jwt()->>'aal')));"
)
MEMBERS = (
    "create table public.members (user_id text primary key, org text);"
    f"insert into public.members values ('{ALICE}', 'iahome'), ('{BOB}', 'iahome');"
    "grant select on public.members to authenticated;"
)
IN_MEMBERS = f"{OWN} and exists (select from public.members m where m.user_id = module_access.user_id)"
RBAC = (
    "create type public.app_role as enum ('buyer', 'admin');"
    "create table public.role_permissions (role public.app_role, permission text);"
    "insert into public.role_permissions values ('buyer', 'access.read');"
    "create function public.authorize(requested text) returns boolean language plpgsql stable"
    " security definer"
    " set search_path = '' as $$ declare bind int; user_role public.app_role; begin"
    " select (auth.jwt() ->> 'user_role')::public.app_role into user_role;"
    " select count(*) into bind from public.role_permissions p"
    " where p.permission = requested and p.role = user_role; return bind > 0; end $$;"
)
RIGHT = {
    "a second factor of those who enrolled, and one did": Entry(
        ENROLLED,
        "ok",
        admin=FACTORS + f"insert into auth.mfa_factors (user_id, status) values ('{ALICE}', 'verified')",
        reads=None,
    ),
    "a second factor that was begun and never verified": Entry(
        ENROLLED,
        "ok",
        admin=FACTORS + f"insert into auth.mfa_factors (user_id, status) values ('{ALICE}', 'unverified')",
        reads=None,
    ),
    "app_metadata that both logins have": Entry(
        policy(f"{OWN} and (select auth.jwt()->'app_metadata'->'roles') ? 'buyer'"),
        "ok",
        admin='update auth.users set raw_app_meta_data = \'{"roles": ["buyer"]}\'',
        reads=None,
    ),
    "sessions that were revoked": Entry(
        "create table public.revoked (session_id uuid); grant select on public.revoked to authenticated;"
        f"create policy alive on public.module_access {RESTRICTIVE} using (not exists (select from"
        " public.revoked r where r.session_id = (auth.jwt()->>'session_id')::uuid))",
        "ok",
    ),
    "a view that asks as its reader": Entry(
        MEMBERS + "alter table public.members enable row level security;"
        "create policy me on public.members for select to authenticated using (user_id = auth.uid()::text);"
        "create view public.my_orgs with (security_invoker = true) as select user_id from public.members;"
        "grant select on public.my_orgs to authenticated;"
        + policy(f"{OWN} and user_id in (select o.user_id from public.my_orgs o)"),
        "ok",
    ),
    "the accesses are a view that asks as its reader": Entry(
        "create schema kept; alter table public.module_access set schema kept;"
        "grant usage on schema kept to authenticated, service_role;"
        "create view public.module_access with (security_invoker = true) as select * from kept.module_access;"
        "grant select on public.module_access to authenticated; grant all on public.module_access to"
        " service_role;",
        "ok",
    ),
    "bans of the platform, through a definer": Entry(
        "create schema private; grant usage on schema private to authenticated;"
        "create function private.is_banned() returns boolean language sql stable security definer"
        " set search_path = '' as $$ select exists (select from auth.users u where u.id = auth.uid()"
        " and (to_jsonb(u) ->> 'banned_until')::timestamptz > now()) $$;"
        "grant execute on function private.is_banned() to authenticated;"
        f"create policy b on public.module_access {RESTRICTIVE} using (not (select private.is_banned()));",
        "ok",
    ),
    "modules of those who own them": Entry(
        "alter table public.modules enable row level security;"
        "create policy owned on public.modules as restrictive for select to authenticated"
        " using (exists (select from public.module_access a where a.module_id = modules.id"
        " and a.user_id = auth.uid()::text))",
        "ok",
    ),
    "a profile that nobody deleted": Entry(
        "alter table public.profiles add column deleted_at timestamptz;"
        "create policy alive on public.profiles as restrictive for select to authenticated"
        " using (deleted_at is null)",
        "ok",
    ),
    "a body of the standard's form that asks for the claims": Entry(
        "create function public.caller() returns text language sql stable begin atomic"
        " select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'; end;"
        + policy("user_id = (select public.caller())"),
        "ok",
    ),
}
NAMED = {
    "the page may not read the titles of what was bought": Entry(
        "do $$ declare n name; begin"
        " for n in select policyname from pg_policies where tablename = 'modules' loop"
        " execute format('drop policy %I on public.modules', n); end loop; end $$;"
        "alter table public.modules enable row level security;"
        "create policy free on public.modules for select to authenticated using (price = 0)",
        "fail",
        ("own rows of modules", "free: using ("),
    ),
    "one guest": Entry(
        f"create policy g on public.module_access {RESTRICTIVE}"
        " using ((select (auth.jwt()->>'is_anonymous')::boolean) is false)",
        "warn",
        ("1 of 2 customers", "is_anonymous"),
        admin="alter table auth.users add column if not exists is_anonymous boolean not null default false;"
        f"update auth.users set is_anonymous = true where id = '{ALICE}'",
        reads=None,
    ),
    "one profile was deleted softly": Entry(
        "alter table public.profiles add column deleted_at timestamptz;"
        f"update public.profiles set deleted_at = now() where id = '{ALICE}';"
        "create policy alive on public.profiles as restrictive for select to authenticated"
        " using (deleted_at is null)",
        "warn",
        ("1 of 2 customers", "deleted_at"),
    ),
    "an address that the token does not have": Entry(
        policy("user_id = (select auth.jwt()->>'email')"),
        "fail",
        ("a policy hides them: p: using (",),
        reads=(0, 0),
    ),
    "members whom the customers may not see": Entry(
        MEMBERS + "alter table public.members enable row level security;"
        "create policy a on public.members for all to service_role using (true);"
        "create view public.my_orgs with (security_invoker = true) as select user_id from public.members;"
        "grant select on public.my_orgs to authenticated;"
        + policy(f"{OWN} and user_id in (select o.user_id from public.my_orgs o)"),
        "fail",
        ("members", "shows customers nothing"),
        never=("alter policy",),
        reads=(0, 0),
    ),
    "the accesses are a view, and nobody may read what is behind it": Entry(
        f"create schema kept; {DROP} alter table public.module_access set schema kept;"
        "grant usage on schema kept to authenticated, service_role;"
        "create view public.module_access with (security_invoker = true) as select * from kept.module_access;"
        "grant select on public.module_access to authenticated; grant all on public.module_access to"
        " service_role;",
        "fail",
        ("kept.module_access",),
        never=("migrate",),
        reads=(0, 0),
    ),
    "the accesses are a view that leaves rows out": Entry(
        "create schema kept; alter table public.module_access set schema kept;"
        "create view public.module_access as select * from kept.module_access where false;"
        "grant select on public.module_access to authenticated; grant all on public.module_access to"
        " service_role;",
        "ok",
        never=("row level security is on",),
        reads=(0, 0),
    ),
}
UNTOLD = {
    "the documented roles of a hook": Entry(
        RBAC + f"create policy r on public.module_access {RESTRICTIVE} using ((select"
        f" public.authorize('access.read')))",
        "unknown",
        ("the claim user_role",),
        reads=(0, 0),
    ),
    "a helper of a helper of a helper": Entry(
        "create schema private; grant usage on schema private to authenticated;"
        "create function private.claim(name text) returns text language sql stable as"
        " $$ select coalesce(current_setting('request.jwt.claims', true)::jsonb ->> name, '') $$;"
        "create function private.plan() returns text language sql stable as $$ select"
        " private.claim('plan') $$;"
        "create function private.is_pro() returns boolean language sql stable as"
        " $$ select private.plan() = 'pro' $$;"
        "create function public.may_read() returns boolean language sql stable as $$ select"
        " private.is_pro() $$;"
        "grant execute on all functions in schema private to authenticated;"
        + policy(f"{OWN} and (select public.may_read())"),
        "unknown",
        ("the claim plan",),
        reads=(0, 0),
    ),
    "a view that asks the token": Entry(
        MEMBERS + "create view public.my_orgs with (security_invoker = true) as select m.user_id from"
        " public.members m"
        " where m.org = (auth.jwt() ->> 'org_id');"
        "grant select on public.my_orgs to authenticated;"
        + policy(f"{OWN} and user_id in (select o.user_id from public.my_orgs o)"),
        "unknown",
        ("the claim org_id",),
        reads=(0, 0),
    ),
    "the policy of the table of members asks the token": Entry(
        MEMBERS + "alter table public.members enable row level security;"
        "create policy org on public.members for select to authenticated using (org = (auth.jwt()"
        " ->> 'org_id'));" + policy(IN_MEMBERS),
        "unknown",
        ("the claim org_id",),
        reads=(0, 0),
    ),
    "claims in a variable, beside one of every login": Entry(
        "create function public.may() returns boolean language plpgsql stable as $$ declare c jsonb; begin"
        " c := auth.jwt(); return c ->> 'tier' = 'gold'; end $$;"
        + policy("user_id = (auth.jwt()->>'sub') and public.may()"),
        "unknown",
        ("the claim tier",),
        reads=(0, 0),
    ),
    "claims that have to contain something": Entry(
        policy("user_id = (auth.jwt()->>'sub') and auth.jwt() @> '{\"tier\": \"gold\"}'::jsonb"),
        "unknown",
        ("the claim tier",),
        reads=(0, 0),
    ),
    "a claim by the name of a function": Entry(
        policy(f"{OWN} and jsonb_extract_path_text(auth.jwt(), 'tier') = 'gold'"),
        "unknown",
        ("the claim tier",),
        reads=(0, 0),
    ),
    "claims as a record": Entry(
        policy(
            f"{OWN} and (select x.tier = 'gold' from jsonb_to_record(auth.jwt()) as x (sub text, tier text))"
        ),
        "unknown",
        ("the claims of the login's token",),
        reads=(0, 0),
    ),
    "an address that was confirmed, by the token": Entry(
        policy(f"{OWN} and coalesce((auth.jwt()->'user_metadata'->>'email_verified')::boolean, false)"),
        "unknown",
        ("the claim user_metadata",),
        reads=(0, 0),
    ),
    "a deleted profile where one customer is all there is": Entry(
        f"delete from public.module_access where user_id = '{BOB}';"
        "alter table public.module_access add column deleted_at timestamptz;"
        "update public.module_access set deleted_at = now();"
        f"create policy alive on public.module_access {RESTRICTIVE} using (deleted_at is null)",
        "unknown",
        ("one customer does not tell",),
        reads=(0, 0),
    ),
}
ENTRIES = RIGHT | NAMED | UNTOLD


@pytest.mark.parametrize("name", ENTRIES)
def test_what_depends_on_the_login_is_tried_and_what_its_token_alone_tells_is_not_judged(
    copy_database: CopyDatabase, tmp_path: Path, name: str
) -> None:
    hold(ENTRIES[name], copy_database, tmp_path)
