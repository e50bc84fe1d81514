"""Each generation of the app's history: judged by its profile, with the evidence; healthy where it serves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from iahome_fix.sandbox.site_database import GUIDE, MONTH, YEAR
from tests.faults import versions
from tests.faults.world import ALICE, PATH, ago

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.conftest import OpenLater, OpenWorld
    from tests.faults.world import World


class Generation(NamedTuple):
    """From which of the stand-in's versions it is made, how, and what doctor is to say of it."""

    version: str
    change: Callable[[World], None]
    verdict: str
    says: str
    status: str = "ok"


def as_it_is(_world: World) -> None:
    pass


def subscriptions(world: World) -> None:
    """G0: grants in user_subscriptions, sold by a JSON list of items."""
    world.sql("drop table public.module_access")
    world.sql("drop table public.user_applications")
    world.sql(
        "create table public.user_subscriptions (id serial primary key, user_id uuid, module_name text,"
        " status text, end_date timestamptz)"
    )
    world.sql("grant select on public.user_subscriptions to service_role")
    world.sql("notify pgrst, 'reload schema'")
    world.sql(
        "insert into public.user_subscriptions (user_id, module_name, status, end_date)"
        f" values ('{ALICE}', 'Stable diffusion', 'active', now() + interval '30 days')"
    )
    for session in world.stripe.sessions.values():
        told = session["metadata"]
        items = json.dumps([{"id": int(one)} for one in told["items_ids"].split(",")])
        session["metadata"] = {"customer_email": told["customer_email"], "items": items}


def endless(world: World) -> None:
    """G1: a uuid for the key, no is_active and no token, and no access ends."""
    world.sql("create table public.older as select * from public.module_access")
    world.sql("drop table public.module_access")
    world.sql(
        "create table public.module_access (id uuid primary key default gen_random_uuid(),"
        " user_id uuid not null, module_id integer not null, access_type text default 'purchase',"
        " expires_at timestamptz, metadata jsonb default '{}', created_at timestamptz default now(),"
        " updated_at timestamptz default now())"
    )
    world.sql(
        "insert into public.module_access (user_id, module_id, metadata, created_at)"
        " select user_id::uuid, module_id, metadata, created_at from public.older"
    )
    world.sql("drop table public.older")


def refused_token_route(world: World) -> None:
    """G2: the webhook calls a route that wants a login, and nothing is granted."""
    world.site.handler = "noop"
    versions.buys(world, GUIDE, "carol", 15)


def slugs_for_a_year(world: World) -> None:
    """G5: text slugs and owners as uuids, one number for the key, still sold for a year."""
    world.sql(
        "alter table public.user_applications drop constraint user_applications_module_id_fkey,"
        " alter column module_id type text using module_id::text"
    )
    world.sql('drop policy "own applications" on public.user_applications')
    world.sql("alter table public.user_applications alter column user_id type uuid using user_id::uuid")
    world.sql(
        'create policy "own applications" on public.user_applications for select to authenticated'
        " using (user_id = (select auth.uid()))"
    )
    world.sql("alter table public.access_tokens drop constraint if exists access_tokens_module_id_fkey")
    world.sql("alter table public.modules alter column id drop default, alter column id type text")
    world.sql("alter table public.access_tokens alter column module_id type text")
    for table, column in (
        ("user_applications", "module_id"),
        ("access_tokens", "module_id"),
        ("modules", "id"),
    ):
        for number, slug in versions.SLUGS.items():
            world.sql(f"update public.{table} set {column} = '{slug}' where {column} = '{number}'")
    for session in world.stripe.sessions.values():
        ids = session["metadata"]["items_ids"].split(",")
        session["metadata"]["items_ids"] = ",".join(versions.SLUGS[int(one)] for one in ids)


def packs_beside(world: World) -> None:
    """G6: a second webhook, for packs of usage tokens, which give no module."""
    world.site.idle_paths = frozenset(("/api/stripe/webhook",))
    bought = versions.paid(world, MONTH, "carol", 15, when=ago(minutes=30))
    bought["metadata"] = {"type": "token_purchase", "userId": ALICE, "tokenPackage": "small", "tokens": "100"}
    world.stripe.add_session(**bought)


def guides_path_again(world: World) -> None:
    """G7: the guide's path is back beside that of the webhook, and its branch for modules writes nothing."""
    world.site.idle_paths = frozenset((PATH,))


GENERATIONS = {
    "G0": Generation(GUIDE, subscriptions, "unknown", "it has user_subscriptions, which", "unknown"),
    "G1": Generation(GUIDE, endless, "broken", "its webhook wrote module_access last"),
    "G2": Generation(GUIDE, refused_token_route, "broken", "its webhook wrote module_access last"),
    "G3": Generation(GUIDE, as_it_is, "healthy", "its webhook wrote module_access last"),
    "G4": Generation(YEAR, as_it_is, "healthy", "its webhook writes user_applications"),
    "G5": Generation(YEAR, slugs_for_a_year, "healthy", "its webhook writes user_applications"),
    "G6": Generation(MONTH, packs_beside, "healthy", "its webhook writes user_applications"),
    "G7": Generation(MONTH, guides_path_again, "healthy", "its webhook writes user_applications"),
}


@pytest.mark.parametrize("name", GENERATIONS)
def test_a_generation_is_judged_by_its_profile(
    name: str, open_world: OpenWorld, open_later: OpenLater
) -> None:
    of = GENERATIONS[name]
    world = open_world() if of.version == GUIDE else open_later(of.version)
    of.change(world)
    found = world.look()
    shop = found.check("schema.profile")
    assert (shop["evidence"]["profile"], shop["status"]) == (of.version, of.status), shop
    assert f"judged as {of.version}: {of.says}" in shop["detail"]
    assert found.document["verdict"] == of.verdict, found.shown()
    if name == "G0":
        # A table that no page reads is not made beside it, unless somebody says so.
        done = world.command("migrate", "--yes")
        assert (done.code, done.document["error"]["code"]) == (3, "version-unknown"), done.document
        assert "deploy a later one" in done.document["error"]["hint"]
        world.variables["SUPABASE_DB_URL"] = None
        over_api = world.command("doctor").check("schema.profile")
        assert (over_api["status"], over_api["detail"]) == ("unknown", shop["detail"])
    if name == "G1":
        done = world.command("repair", "--yes")
        assert world.look().document["verdict"] == "healthy", (done.document, world.look().shown())


def test_sales_sent_to_the_guides_path_are_a_finding_in_the_last_version(
    open_later: OpenLater,
) -> None:
    world = open_later(MONTH)
    guides_path_again(world)
    world.endpoint.url = world.site.url + PATH
    versions.buys(world, MONTH, "carol", 15)
    found = world.look()
    assert found.check("schema.profile")["evidence"]["profile"] == MONTH
    assert found.causes == ["stripe.endpoint-url"], found.shown()
    assert f"but Stripe sends to {PATH}, as another version does" in found.check("schema.profile")["detail"]
