"""Policies, as people write them: what a customer reads is tried, what hides rows is named, nothing changes.

Each entry has a database of its own; what doctor says is held against what the Data API's role reads there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.policy_support import DROP, OWN, Entry, hold, policy
from tests.faults.world import ALICE, BOB

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import CopyDatabase

HELPER = (
    "create schema private; create function private.owns(who text) returns boolean language sql stable"
    " security definer set search_path = '' as $$ select who = auth.uid()::text $$;"
    "revoke execute on function private.owns(text) from public;"
)
MFA = (
    "create schema private; grant usage on schema private to authenticated;"
    "create table private.factors (user_id uuid);"
    "create function private.has_factor() returns boolean language sql stable security definer"
    " set search_path = '' as"
    " $$ select exists (select from private.factors f where f.user_id = auth.uid()) $$;"
    "grant execute on function private.has_factor() to authenticated;"
    "create policy mfa on public.module_access as restrictive for select to authenticated"
    " using ((select auth.jwt()->>'aal') = 'aal2' or not private.has_factor());"
)
MEMBERS = (
    "create table public.members (user_id text); grant select on public.members to authenticated;"
    "alter table public.members enable row level security;"
    "create policy m on public.members for select to authenticated using"
    " (exists (select from public.module_access a where a.user_id = members.user_id));"
)
RIGHT = {
    "claims as a setting": Entry(
        policy("user_id = (current_setting('request.jwt.claims', true)::json->>'sub')"), "ok"
    ),
    "auth.jwt": Entry(policy("user_id = (auth.jwt()->>'sub')"), "ok"),
    "a stable function": Entry(
        "create function public.me() returns text language sql stable as"
        " $$ select nullif(current_setting('request.jwt.claims', true), '')::json->>'sub' $$;"
        + policy("user_id = public.me()"),
        "ok",
    ),
    "not for anonymous logins": Entry(
        "create policy no_anonymous on public.module_access as restrictive to authenticated"
        " using ((select (auth.jwt()->>'is_anonymous')::boolean) is false)",
        "ok",
    ),
    "the claim email": Entry(
        policy(
            "exists (select from public.profiles p where p.id::text = module_access.user_id"
            " and p.email = (select auth.jwt()->>'email'))"
        ),
        "ok",
    ),
    "an audience and a role": Entry(
        f"create policy audience on public.module_access as restrictive for all to authenticated"
        f" using (auth.jwt()->>'aud' = 'authenticated' and (select auth.role()) = 'authenticated');"
        f"create policy whole on public.module_access as restrictive for all to public using ({OWN});",
        "ok",
    ),
    "a membership table": Entry(
        "create table public.members (user_id text primary key);"
        "grant select on public.members to authenticated;"
        f"insert into public.members values ('{ALICE}'), ('{BOB}');"
        + policy(f"{OWN} and exists (select from public.members m where m.user_id = module_access.user_id)"),
        "ok",
    ),
    "a definer in a private schema": Entry(
        "create schema private; create table private.owners as select id::text as id from public.profiles;"
        "create function private.owns(who text) returns boolean language sql stable security definer as"
        " $$ select exists (select from private.owners o where o.id = who) and who = auth.uid()::text $$;"
        "grant execute on function private.owns(text) to authenticated;" + policy("private.owns(user_id)"),
        "ok",
    ),
    # A condition is bound when it is made, so only the right to execute is asked for when it is read.
    "a definer in a schema that customers may not use": Entry(
        HELPER
        + "grant execute on function private.owns(text) to authenticated;"
        + policy("private.owns(user_id)"),
        "ok",
    ),
    "a second factor of those who have one, and nobody has": Entry(MFA, "ok"),
    "a claim of a hook that may be absent": Entry(
        policy(f"{OWN} and coalesce((select auth.jwt()->>'user_role'), 'buyer') = 'buyer'"), "ok"
    ),
    "a key of a column beside a claim": Entry(
        policy("user_id = (auth.jwt()->>'sub') and (metadata->>'hidden') is null"), "ok"
    ),
    "a circle that a definer breaks": Entry(
        MEMBERS
        + "create function public.in_team(who text) returns boolean language sql stable security definer"
        " set search_path = '' as $$ select exists (select from public.members m where m.user_id = who) $$;"
        + policy(f"{OWN} or (public.in_team(user_id) and false)"),
        "ok",
    ),
    "rows that have ended are hidden": Entry(
        f"insert into public.module_access (user_id, module_id, expires_at, is_active) values"
        f" ('{ALICE}', 13, now() - interval '1 day', false);"
        + policy(f"{OWN} and is_active and (expires_at is null or expires_at > now())"),
        "ok",
    ),
    "a role that customers are members of": Entry(
        policy(OWN, "for select to buyers"),
        "ok",
        admin="do $$ begin create role buyers; exception when duplicate_object then null; end $$;"
        "grant buyers to authenticated; grant buyers to postgres",
    ),
    "a login with a role of its own": Entry(
        f"{DROP} grant select on public.module_access, public.profiles, public.modules to shopper;"
        f"create policy p on public.module_access for select to shopper using ({OWN});"
        "create policy q on public.profiles for select to shopper using (id = (select auth.uid()));"
        "create policy r on public.modules for select to shopper using (true);",
        "ok",
        admin="do $$ begin create role shopper; exception when duplicate_object then null; end $$;"
        "grant shopper to authenticator; grant shopper to postgres; grant usage on schema public to shopper;"
        "grant usage on schema auth to shopper; update auth.users set role = 'shopper'",
        reads=(0, 0),
    ),
    "a setting of the Data API's own role": Entry(
        policy(f"{OWN} and current_setting('app.shop', true) = 'iahome'"),
        "ok",
        admin="do $$ begin execute format('alter role authenticator in database %I"
        " set app.shop = ''iahome''', current_database()); end $$",
        reads=None,
    ),
    "a branch that would refuse, and is not of this table": Entry(
        "create function public.secret() returns boolean language sql as 'select true';"
        "revoke execute on function public.secret() from public, authenticated;"
        "create policy x on public.access_tokens for select to authenticated using (public.secret());"
        "create policy y on public.module_access for delete to authenticated using (public.secret());",
        "ok",
    ),
}
BAN = policy(f"{OWN} and not exists (select from public.bans b where b.user_id = module_access.user_id)")
NAMED = {
    "one customer is banned": Entry(
        "create table public.bans (user_id text primary key); grant select on public.bans to authenticated;"
        f"insert into public.bans values ('{ALICE}');" + BAN,
        "warn",
        ("1 of 2 customers read their own rows", "reads 0 of 1", "p: using (", "bans"),
        ("on purpose",),
        reads=(0, 2),
    ),
    "one customer is shut out by a restrictive policy": Entry(
        f"create policy out on public.module_access as restrictive for select to public"
        f" using (user_id <> '{BOB}')",
        "warn",
        ("1 of 2 customers", "out (restrictive)"),
        reads=(1, 0),
    ),
    "one module is not shown": Entry(
        "create policy out on public.module_access as restrictive for all to public using (module_id <> 13)",
        "warn",
        ("1 of 2 customers", "reads 1 of 2", "module_id <> 13"),
        reads=(1, 1),
    ),
    "the wrong column": Entry(
        policy("token_id = (select auth.uid())::text"),
        "fail",
        ("a customer reads 0 of ", "a policy hides them: p: using (", "token_id"),
        ('alter policy "p" on public.module_access using (user_id = (select auth.uid())::text)',),
        reads=(0, 0),
    ),
    "a key of a column beside a claim": Entry(
        policy("user_id = (auth.jwt()->>'sub') and (metadata->>'shown') = 'yes'"),
        "fail",
        ("a policy hides them: p: using (", "shown"),
        reads=(0, 0),
    ),
    "the setting of PostgREST before version 9": Entry(
        policy("user_id = current_setting('request.jwt.claim.sub', true)"),
        "fail",
        ("a policy hides them: p: using (", "request.jwt.claim.sub"),
        reads=(0, 0),
    ),
    "a restrictive policy shuts all out": Entry(
        "create policy shut on public.module_access as restrictive for select to authenticated using (false)",
        "fail",
        ("shut (restrictive): using (false)",),
        ('drop policy "shut" on public.module_access',),
        ("migrate",),
        reads=(0, 0),
    ),
    "all are banned": Entry(
        "create table public.bans (user_id text primary key); grant select on public.bans to authenticated;"
        "insert into public.bans select user_id from public.module_access group by 1;" + BAN,
        "fail",
        ("a policy hides them: p",),
        reads=(0, 0),
    ),
    "a table that the policy reads shows customers nothing": Entry(
        "create table public.teams (user_id text primary key);"
        "insert into public.teams select user_id from public.module_access group by 1;"
        "grant select on public.teams to authenticated; alter table public.teams enable row level security;"
        "create policy all_of_it on public.teams for select to service_role using (true);"
        + policy(f"{OWN} and exists (select from public.teams t where t.user_id = module_access.user_id)"),
        "fail",
        ("a policy hides them: p: using (", "teams, which it reads, shows customers nothing"),
        ("by a policy on it", "security definer"),
        ("alter policy",),
        reads=(0, 0),
    ),
    "only for anonymous logins": Entry(
        policy(f"{OWN} and (auth.jwt()->>'is_anonymous')::boolean"), "fail", ("is_anonymous",), reads=(0, 0)
    ),
    "no policy": Entry(DROP, "fail", ("no policy lets a signed-in customer read",), fix=True, reads=(0, 0)),
    "a policy for the server alone": Entry(
        policy("true", "for select to service_role"),
        "fail",
        ("no policy lets a signed-in customer read",),
        fix=True,
        reads=(0, 0),
    ),
    "modules without a policy": Entry(
        "do $$ declare n name; begin"
        " for n in select policyname from pg_policies where tablename = 'modules' loop"
        " execute format('drop policy %I on public.modules', n); end loop; end $$;"
        "alter table public.modules enable row level security",
        "fail",
        ("row level security is on for modules",),
        ("create policy modules_customer_reads on public.modules for select to authenticated using (true)",),
    ),
}
UNTOLD = {
    "a gate on app_metadata": Entry(
        policy(f"{OWN} and auth.jwt()->'app_metadata'->>'role' = 'member'"),
        "unknown",
        ("is not known", "the claim app_metadata", "p: using ("),
        ("read the token",),
        reads=(0, 0),
    ),
    "a gate on app_metadata that one login passes": Entry(
        policy(f"{OWN} and auth.jwt()->'app_metadata'->>'role' = 'member'"),
        "unknown",
        ("is not known", "1 of them read theirs", "differ in app_metadata.role"),
        never=("member'}",),
        admin="update auth.users set raw_app_meta_data = '{\"role\": \"member\"}' where email like 'bob@%'",
        reads=None,
    ),
    "a role in user_metadata": Entry(
        policy(f"{OWN} and (auth.jwt() #>> '{{user_metadata,role}}') = 'buyer'"),
        "unknown",
        ("the claim user_metadata",),
        reads=(0, 0),
    ),
    "a second factor": Entry(
        "create policy mfa on public.module_access as restrictive to authenticated"
        " using ((select auth.jwt()->>'aal') = 'aal2')",
        "unknown",
        ("the claim aal", "with a second factor (aal2) this customer reads them", "mfa (restrictive)"),
        reads=(0, 0),
    ),
    "the time of where the database lives": Entry(
        policy(f"{OWN} and expires_at > localtimestamp + interval '57 hours'"),
        "fail",
        ("own rows of module_access", "p: using (", "LOCALTIMESTAMP"),
        admin="do $$ begin execute format('alter database %I set timezone = %L', current_database(),"
        " 'Pacific/Kiritimati'); end $$",
        reads=(0, 0),
    ),
    "a second factor that nobody has": Entry(
        "create policy mfa on public.module_access as restrictive to authenticated"
        " using ((select auth.jwt()->>'aal') = 'aal2')",
        "fail",
        ("mfa (restrictive)", "no login of the project has one"),
        ("Enforcing rules",),
        admin="create table auth.mfa_factors (user_id uuid, status text);"
        "insert into auth.mfa_factors select id, 'unverified' from auth.users;"
        "grant select on auth.mfa_factors to postgres",
        reads=(0, 0),
    ),
    "a second factor of one customer": Entry(
        MFA + f"insert into private.factors values ('{ALICE}')",
        "unknown",
        ("the claim aal", "2 customers, 1 of them", "with a second factor (aal2) this customer reads them"),
        reads=(0, 2),
    ),
    "a session that is alive": Entry(
        "create schema private; create table private.sessions (id uuid);"
        "create function private.alive() returns boolean language sql stable security definer as $$ select"
        " exists (select from private.sessions s where s.id::text = auth.jwt()->>'session_id') $$;"
        "grant execute on function private.alive() to authenticated;"
        "create policy alive on public.module_access as restrictive for select to authenticated"
        " using (private.alive())",
        "unknown",
        ("the claim session_id",),
        reads=(0, 0),
    ),
    "a claim that a hook adds, beside one of every login": Entry(
        policy("user_id = (auth.jwt()->>'sub') and (auth.jwt()->>'plan') = 'pro'"),
        "unknown",
        ("it depends on the claim plan of the login's token; tried",),
        reads=(0, 0),
    ),
    "a claim by its name, beside one of every login": Entry(
        "create function public.claim(name text) returns text language sql stable as"
        " $$ select auth.jwt() ->> name $$;"
        + policy("user_id = (auth.jwt()->>'sub') and public.claim('tier') = 'gold'"),
        "unknown",
        ("the claim tier",),
        reads=(0, 0),
    ),
    "the way of signing in": Entry(
        "create policy amr on public.module_access as restrictive to authenticated"
        " using ((auth.jwt()->'amr')::text like '%\"oauth\"%')",
        "unknown",
        ("the claim amr",),
        reads=(0, 0),
    ),
    "a claim that a hook adds": Entry(
        policy(f"{OWN} and auth.jwt()->>'org_id' = 'iahome'"), "unknown", ("the claim org_id",), reads=(0, 0)
    ),
    "a claim, asked in a function": Entry(
        "create function public.is_member() returns boolean language plpgsql stable as $$ begin"
        " return coalesce(auth.jwt()->'app_metadata'->>'plan', '') = 'gold'; end $$;"
        + policy(f"{OWN} and public.is_member()"),
        "unknown",
        ("the claim app_metadata",),
        reads=(0, 0),
    ),
    "the time of day": Entry(
        policy(f"{OWN} and extract(hour from now()) < 0"), "unknown", ("the time of day",), reads=(0, 0)
    ),
    "a header": Entry(
        policy(f"{OWN} and current_setting('request.headers', true)::json->>'x-shop' = 'iahome'"),
        "unknown",
        ("the request itself (request.headers)",),
        reads=None,
    ),
    "a branch that may call what is not granted": Entry(
        "create schema private; create function private.audit(text) returns void language sql as 'select';"
        "revoke execute on function private.audit(text) from public, authenticated;"
        "create function public.mine(who text) returns boolean language plpgsql stable as $$ begin"
        " if who = 'nobody' then perform private.audit(who); end if; return who = auth.uid()::text; end $$;"
        + policy("public.mine(user_id)"),
        "unknown",
        ("not tried", "private.audit(text)", "public.mine", "the policy p"),
        ("grant execute on function private.audit(text) to authenticated",),
    ),
}
REFUSED = {
    "a helper in a private schema": Entry(
        "create schema private; create function private.owns(who text, n integer default 1) returns boolean"
        " language sql stable as $$ select who = auth.uid()::text $$;"
        "revoke execute on function private.owns(text, integer) from public, authenticated;"
        + policy("private.owns(user_id)"),
        "fail",
        ("authenticated may not execute private.owns(text, integer)", "the policy p of module_access"),
        (
            "grant usage on schema private to authenticated",
            "grant execute on function private.owns(text, integer) to authenticated",
        ),
        ("no policy", "grant select"),
        reads=(None, None),
    ),
    "called by another function": Entry(
        "create schema private; grant usage on schema private to authenticated;"
        "create function private.deep() returns text language sql stable as $$ select auth.uid()::text $$;"
        "revoke execute on function private.deep() from public, authenticated;"
        "create function public.me() returns text language plpgsql stable as"
        " $$ begin return private.deep(); end $$;" + policy("user_id = public.me()"),
        "fail",
        ("may not execute private.deep()", "public.me() for"),
        ("in the SQL editor: grant execute on function private.deep() to authenticated",),
        ("grant usage",),
        reads=(None, None),
    ),
    "a body that the server keeps as a tree": Entry(
        "create function public.deep() returns text language sql stable return auth.uid()::text;"
        "create function public.me() returns text language sql stable return public.deep();"
        "revoke execute on function public.deep() from public, authenticated;"
        + policy("user_id = public.me()"),
        "fail",
        ("may not execute public.deep()",),
        reads=(None, None),
    ),
    "an operator": Entry(
        "create function public.same(text, text) returns boolean language sql immutable as 'select $1 = $2';"
        "create operator public.=== (function = public.same, leftarg = text, rightarg = text);"
        "revoke execute on function public.same(text, text) from public, authenticated;"
        + policy("user_id::text operator(public.===) auth.uid()::text"),
        "fail",
        ("may not execute public.same(text, text)",),
        reads=(None, None),
    ),
    "an aggregate": Entry(
        "create aggregate public.glue(text) (sfunc = textcat, stype = text, initcond = '');"
        "revoke execute on function public.glue(text) from public, authenticated;"
        + policy("user_id = (select public.glue(auth.uid()::text))"),
        "fail",
        ("may not execute public.glue(text)",),
        reads=(None, None),
    ),
    "a built-in function": Entry(
        policy(f"{OWN} and pg_catalog.pg_read_file('x') is null"),
        "fail",
        ("may not execute pg_catalog.pg_read_file(text)",),
        reads=(None, None),
    ),
    "a policy of a table that the policy reads": Entry(
        "create table public.members (user_id text); grant select on public.members to authenticated;"
        "alter table public.members enable row level security;"
        "create function public.gate() returns boolean language sql as 'select true';"
        "revoke execute on function public.gate() from public, authenticated;"
        "create policy m on public.members for select to authenticated using (public.gate());"
        + policy(f"{OWN} and exists (select from public.members m where m.user_id = module_access.user_id)"),
        "fail",
        ("may not execute public.gate()", "the policy m of members"),
        reads=(None, None),
    ),
    "another table": Entry(
        "create schema vaulted; create table vaulted.mfa_factors (user_id text);"
        "grant usage on schema vaulted to authenticated;"
        + policy(f"{OWN} and not exists (select from vaulted.mfa_factors f where f.user_id = 'x')"),
        "fail",
        ("permission denied for table mfa_factors", "vaulted.mfa_factors"),
        ("grant select on vaulted.mfa_factors to authenticated",),
        ("public.module_access to",),
        reads=(None, None),
    ),
    "a table of the platform": Entry(
        policy(f"{OWN} and exists (select from auth.mfa_factors f where f.user_id = auth.uid())"),
        "fail",
        ("permission denied for table mfa_factors", "auth.mfa_factors"),
        ("security definer", "grant select on auth.mfa_factors to authenticated"),
        ("public.module_access to",),
        admin="create table auth.mfa_factors (user_id uuid, status text); grant all on auth.mfa_factors to"
        " postgres",
        reads=(None, None),
    ),
    "a body that looks into a schema that is closed": Entry(
        "create schema private; create table private.vips (id text);"
        "create function public.vip(who text) returns boolean language plpgsql stable as"
        " $$ begin return not exists (select from private.vips v where v.id = who); end $$;"
        + policy(f"{OWN} and public.vip(user_id)"),
        "fail",
        ("permission denied for schema private", "in the function", "vip(text)"),
        ("grant usage on schema private to authenticated",),
        reads=(None, None),
    ),
    "a division by zero": Entry(
        policy(f"{OWN} and 1 / (length(user_id) - 36) = 0"),
        "fail",
        ("division by zero (22012)",),
        ("whoever made it has to correct it", "p: using ("),
        reads=(None, None),
    ),
    "a recursion": Entry(
        policy("exists (select from public.module_access m where m.user_id = (select auth.uid())::text)"),
        "fail",
        ("queries its own table (42P17): p on module_access",),
        reads=(None, None),
    ),
    "a circle of two tables": Entry(
        MEMBERS
        + policy(f"{OWN} or exists (select from public.members m where m.user_id = module_access.user_id)"),
        "fail",
        ("policies that query each other's tables (42P17): p on module_access, m on members",),
        ("security definer",),
        ("drop",),
        reads=(None, None),
    ),
    "a function that is gone": Entry(
        "create function public.me() returns text language plpgsql stable as"
        " $$ begin return public.gone(); end $$;" + policy("user_id = public.me()"),
        "fail",
        ("public.gone() does not exist", "in the function", "me()", "(42883)"),
        ("whoever made it",),
        reads=(None, None),
    ),
}
ENTRIES = RIGHT | NAMED | UNTOLD | REFUSED


@pytest.mark.parametrize("name", ENTRIES)
def test_what_a_customer_reads_is_tried_and_what_is_in_the_way_is_named(
    copy_database: CopyDatabase, tmp_path: Path, name: str
) -> None:
    hold(ENTRIES[name], copy_database, tmp_path)
