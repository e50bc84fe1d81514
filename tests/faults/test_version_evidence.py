"""Which version a shop runs whose tables do not tell: by Stripe, the site, the source; or nothing is done."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

import pytest

from iahome_fix.sandbox.site_database import GUIDE, MONTH
from iahome_fix.systems.embedded.dsn import dsn_with
from tests.cli.hanging import silence
from tests.faults import versions
from tests.faults.world import CAROL, PATH, ago

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld
    from tests.faults.world import World

LATE_PATH = "/api/stripe-webhook"
SECONDS = 2
GIVEN_BY_HAND = f"""
insert into public.user_applications (user_id, module_id, module_title, access_level)
values ('{CAROL}', 15, 'Stable diffusion', 'by hand')
"""


@pytest.fixture
def world(open_world: OpenWorld) -> World:
    """A shop without any row of a webhook, and without the guide's table."""
    found = open_world()
    found.sql("drop table public.module_access")
    return found


def becomes_late(world: World) -> None:
    world.site.becomes(MONTH)
    world.endpoint.url = world.site.url + LATE_PATH
    world.stripe.sessions.clear()


def sells(world: World, version: str) -> None:
    world.stripe.add_session(**versions.paid(world, version, "carol", 15, when=ago(minutes=20)))


def guides_table(world: World) -> object:
    return world.sql("select to_regclass('public.module_access')")[0][0]


@pytest.mark.parametrize("later_table", ["empty", "missing"])
@pytest.mark.parametrize("seen_by", ["sessions", "site"])
def test_the_table_of_the_guide_is_not_made_in_a_later_shop_that_has_no_row_yet(
    world: World, later_table: str, seen_by: str
) -> None:
    becomes_late(world)
    if later_table == "missing":
        world.sql("drop table public.user_applications")
    if seen_by == "sessions":
        sells(world, MONTH)
        world.variables["NEXT_PUBLIC_APP_URL"] = "http://127.0.0.1:9"
    refused = world.command("migrate", "--yes")
    assert (refused.code, refused.document["error"]["code"]) == (1, "other-version"), refused.document
    said = refused.document["error"]["message"]
    assert ("by moduleId" if seen_by == "sessions" else f"its site takes events at {LATE_PATH}") in said
    world.command("repair", "--yes")
    assert guides_table(world) is None
    assert world.look().check("schema.profile")["evidence"]["profile"] == MONTH


def test_an_empty_table_of_the_guide_beside_it_does_not_make_a_later_shop_the_guides(
    open_world: OpenWorld,
) -> None:
    world = open_world()
    world.sql("truncate public.module_access")
    becomes_late(world)
    sells(world, MONTH)
    assert world.command("migrate", "--yes").document["error"]["code"] == "other-version"


@pytest.mark.parametrize("endpoint", ["registered", "none"])
def test_a_plain_shop_of_the_guide_is_repaired_as_ever(world: World, endpoint: str) -> None:
    if endpoint == "none":
        world.stripe.endpoints.clear()
        world.stripe.sessions.clear()
    done = world.command("migrate", "--yes")
    assert (done.code, done.document["verdict"]) == (0, "applied"), done.document
    assert guides_table(world) is not None


def test_a_silent_stripe_costs_its_deadline_once_and_the_site_tells(world: World) -> None:
    with silence() as stripe:
        world.variables["STRIPE_API_BASE"] = f"http://127.0.0.1:{stripe.port}"
        began = time.monotonic()
        done = world.command("migrate", "--yes", "--timeout", str(SECONDS))
        assert (done.code, done.document["verdict"]) == (0, "applied"), done.document
        assert time.monotonic() - began < 3 * SECONDS + 5
        assert len(stripe.came) == 1


def test_silence_of_stripe_and_the_site_alone_is_no_sign_of_another_version(world: World) -> None:
    with silence() as stripe:
        world.variables["STRIPE_API_BASE"] = f"http://127.0.0.1:{stripe.port}"
        world.variables["NEXT_PUBLIC_APP_URL"] = "http://127.0.0.1:9"
        done = world.command("migrate", "--yes", "--timeout", str(SECONDS))
    assert (done.code, done.document["verdict"]) == (0, "applied"), done.document
    assert guides_table(world) is not None


def test_where_rows_speak_for_another_version_and_nobody_tells_nothing_is_written(world: World) -> None:
    becomes_late(world)
    world.sql(GIVEN_BY_HAND)
    with silence() as stripe:
        world.variables["STRIPE_API_BASE"] = f"http://127.0.0.1:{stripe.port}"
        world.variables["NEXT_PUBLIC_APP_URL"] = "http://127.0.0.1:9"
        for command in ("migrate", "repair"):
            done = world.command(command, "--yes", "--timeout", str(SECONDS))
            assert (done.code, done.document["error"]["code"]) == (3, "version-unknown"), done.document
            assert "Stripe" in done.document["error"]["message"]
        assert guides_table(world) is None
        # The operator's word is enough.
        said = world.command("migrate", "--yes", "--timeout", str(SECONDS), "--profile", GUIDE)
        assert said.document["verdict"] == "applied"


def test_what_contradicts_itself_is_named_and_nothing_is_written(world: World) -> None:
    # The site has the guide's route again, and is still sold and sent to as the last versions were.
    world.stripe.sessions.clear()
    sells(world, MONTH)
    world.endpoint.url = world.site.url + LATE_PATH
    done = world.command("migrate", "--yes")
    assert (done.code, done.document["error"]["code"]) == (3, "version-unknown"), done.document
    found = world.look().check("schema.profile")
    assert found["status"] == "unknown"
    for words in ("by moduleId", f"its site takes events at {PATH}", "contradicts itself"):
        assert words in found["detail"]
    assert "--app FOLDER" in found["hint"]


def test_an_endpoint_at_the_route_of_a_later_version_beside_the_guides_rows_is_a_finding(
    open_world: OpenWorld,
) -> None:
    world = open_world()
    world.site.webhook_path = LATE_PATH
    world.endpoint.url = world.site.url + LATE_PATH
    found = world.look().check("schema.profile")
    assert (found["status"], found["evidence"]["profile"]) == ("warn", GUIDE)
    assert f"but Stripe sends to {LATE_PATH}, as another version does" in found["detail"]
    assert f"--profile {GUIDE}" in found["hint"]
    # Where no route is, the address is only wrong, and link stripe says so.
    world.site.webhook_path = PATH
    assert world.look().check("schema.profile")["status"] == "ok"


def test_rows_that_are_hidden_from_the_user_of_the_database_are_not_none(world: World) -> None:
    world.sql("alter table public.user_applications enable row level security")
    user = f"reader_{secrets.token_hex(4)}"
    world.sql_as_superuser(
        f"create role {user} login in role anon, authenticated;"
        f"grant usage, create on schema public to {user};"
        f"grant select on all tables in schema public to {user}"
    )
    try:
        world.variables["SUPABASE_DB_URL"] = dsn_with(world.dsn, user=user)
        done = world.command("migrate", "--yes")
        assert (done.code, done.document["error"]["code"]) == (3, "version-unknown"), done.document
        assert "row level security hides rows of user_applications" in done.document["error"]["message"]
    finally:
        world.sql_as_superuser(f"drop owned by {user}; drop role {user}")


PAGE = """
import { supabase } from '../lib/client'
export default async function Page() {
  const { data } = await supabase.from('user_applications').select('*').eq('user_id', 'x')
  return null
}
"""
HANDLER = """
import Stripe from 'stripe'
import { supabase } from '../../../../lib/client'
export async function POST(request: Request) {
  const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!)
  stripe.webhooks.constructEvent(await request.text(), request.headers.get('stripe-signature')!, 'x')
  await supabase.from('module_access').insert({ user_id: 'x' })
  return Response.json({ received: true })
}
"""
CLIENT = (
    "import { createClient } from '@supabase/supabase-js'\nexport const supabase = createClient('a', 'b')\n"
)


def test_a_page_and_a_handler_of_different_versions_are_a_finding(world: World) -> None:
    world.source = {
        "package.json": '{"dependencies": {"next": "15.0.0"}}',
        "src/lib/client.ts": CLIENT,
        "src/app/encours/page.tsx": PAGE,
        "src/app/api/webhooks/stripe/route.ts": HANDLER,
    }
    found = world.look().check("schema.profile")
    assert (found["status"], found["evidence"]["page_reads"]) == ("warn", ["user_applications"])
    assert found["evidence"]["handler_writes"] == ["module_access"]
    assert "the source of its handler writes module_access, as another version does" in found["detail"]
    assert "deploy a webhook of the same version" in found["hint"]
    # The handler alone tells, too, where the source has no page.
    del world.source["src/app/encours/page.tsx"]
    (world.folder / "checkout/src/app/encours/page.tsx").unlink()
    found = world.look().check("schema.profile")
    assert (found["status"], found["evidence"]["profile"]) == ("ok", GUIDE)
    assert "the source of its handler writes module_access" in found["detail"]
