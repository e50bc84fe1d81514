"""Shops of the later versions: judged by their own table, and not written to where no page reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from iahome_fix.sandbox.site_database import GUIDE, MONTH, YEAR
from tests.faults import hints, versions

if TYPE_CHECKING:
    from tests.faults.conftest import OpenLater
    from tests.faults.world import World

MODULE = {YEAR: "15", MONTH: "stablediffusion"}


@pytest.fixture(params=[YEAR, MONTH])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(version: str, open_later: OpenLater) -> World:
    return open_later(version)


def test_a_shop_of_another_version_is_healthy_by_its_own_table_and_no_other_is_made(
    world: World, version: str
) -> None:
    found = world.look()
    assert (found.document["verdict"], found.causes) == ("healthy", []), found.shown()
    shop = found.check("schema.profile")
    assert shop["status"] == "ok"
    assert shop["detail"].startswith(f"judged as {version}: its webhook writes user_applications")
    refused = world.command("migrate", "--yes")
    assert (refused.code, refused.document["error"]["code"]) == (1, "other-version")
    assert "its page reads user_applications" in refused.document["error"]["hint"]
    assert world.sql("select to_regclass('public.module_access')") == [(None,)]
    # The operator's word wins, whatever is seen.
    forced = world.command("doctor", "--profile", GUIDE)
    assert forced.causes == ["schema.module-access"]
    hints.hold(world, forced.document["checks"])
    assert forced.check("schema.profile")["detail"] == f"judged as {GUIDE}: --profile says so"


def test_who_paid_and_was_not_served_is_owed_by_the_terms_of_the_version(world: World, version: str) -> None:
    world.site.handler = "noop"
    versions.buys(world, version, "carol", 15)
    assert world.page("carol") == []
    found = world.look()
    assert found.document["verdict"] == "broken"
    # It wrote rows for others: since the last of them it writes nothing.
    assert found.causes == ["site.webhook-handler"], found.shown()
    assert found.check("payments.unfulfilled")["detail"].startswith("1 ")
    hints.hold(world, found.document["checks"])
    named = world.command("doctor", "--profile", version).document["checks"]
    hints.hold(world, named)
    told = [(one["fix"] or {}).get("command", "") + (one["hint"] or "") for one in named]
    assert all(text.count(f"--profile {version}") == text.count("iahome-fix ") for text in told), told
    world.site.handler = "normal"
    world.resend()
    assert world.page("carol") == [MODULE[version]]
    assert world.command("doctor", *term(version)).document["verdict"] == "healthy"


def test_explain_tells_what_the_page_of_the_version_shows(world: World, version: str) -> None:
    served = world.command("explain", "alice@example.test")
    assert (served.code, served.document["page"]["modules"]) == (0, [MODULE[version]]), served.document
    world.site.handler = "noop"
    versions.buys(world, version, "carol", 15)
    missing = world.command("explain", "carol@example.test")
    assert (missing.code, missing.document["verdict"]) == (1, "missing")
    assert missing.document["page"] == {**missing.document["page"], "modules": [], "error": None}


def term(version: str) -> tuple[str, ...]:
    """How long was sold, which the rows of a month with 30 days do not tell."""
    return ("--access-duration", "30d") if version == MONTH else ()


def test_reconcile_grants_where_the_page_reads_and_undo_takes_it_back(world: World, version: str) -> None:
    # Bob's earlier access is over, still active, and in the way of what he pays for now.
    owner = "user_id::text = 'bbbbbbbb-0000-4000-8000-000000000002'"
    world.sql(
        "update public.user_applications set expires_at = now() - interval '1 hour',"
        f" created_at = now() - interval '60 days' where {owner}"
    )
    world.site.handler = "noop"
    versions.buys(world, version, "carol", 15)
    before = world.sql("select to_jsonb(a) from public.user_applications a order by id::text")
    planned = world.command("reconcile", "--dry-run", *term(version))
    owed = planned.document["plan"]["to_create"]
    assert owed >= 2, planned.document["plan"]
    done = world.command("reconcile", "--yes", *term(version))
    assert (done.code, done.document["applied"]["created"]) == (0, owed), done.document
    assert world.page("carol") == [MODULE[version]]
    assert world.page("bob")
    rows = world.sql(
        "select access_level, module_title, is_active, expires_at - now() > interval '29 days'"
        " from public.user_applications where user_id::text = 'cccccccc-0000-4000-8000-000000000003'"
    )
    level = "paid" if version == MONTH else "basic"
    assert rows == [(level, "Stable diffusion", True, True)]
    assert world.command("doctor", *term(version)).document["verdict"] == "healthy"
    assert world.command("reconcile", "--yes", *term(version)).document["verdict"] == "nothing-to-do"
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert undone.document["applied"]["deleted"] == owed, undone.document
    after = world.sql("select to_jsonb(a) from public.user_applications a order by id::text")
    assert after == before


def test_undo_leaves_what_somebody_changed_since(world: World, version: str) -> None:
    world.site.handler = "noop"
    versions.buys(world, version, "carol", 15)
    done = world.command("reconcile", "--yes", *term(version))
    world.sql(
        "update public.user_applications set access_level = 'gift' where user_id::text like 'cccccccc%'"
    )
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert undone.document["plan"]["rows"]["changed_since"] == 1
    assert undone.document["verdict"] == "nothing-to-do"
    assert world.page("carol") == [MODULE[version]]


@pytest.mark.parametrize("version", [YEAR], indirect=True)
def test_while_its_table_gives_no_answer_nothing_is_written(world: World) -> None:
    with psycopg.connect(world.dsn) as other:
        other.execute("lock table public.user_applications in access exclusive mode")
        for command in ("migrate", "reconcile", "repair"):
            done = world.command(command, "--yes")
            assert (done.code, done.document["error"]["code"]) == (3, "version-unknown"), command
    assert world.sql("select to_regclass('public.module_access')") == [(None,)]
