"""What the writing commands do in shops of the later versions: the same rules, where the page reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.sandbox.site import Site
from iahome_fix.sandbox.site_database import GUIDE, MONTH, YEAR
from tests import prepared
from tests.cli.running import wait_for
from tests.commands import call, surroundings
from tests.faults import versions
from tests.faults.world import ALICE, BOB, CAROL

if TYPE_CHECKING:
    from tests.faults.conftest import OpenLater
    from tests.faults.world import World

MODULE = {YEAR: "15", MONTH: "stablediffusion"}
FREE = {YEAR: "3", MONTH: "metube"}
ALL = "select to_jsonb(a) from public.user_applications a order by id::text"


@pytest.fixture(params=[YEAR, MONTH])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(version: str, open_later: OpenLater) -> World:
    return open_later(version)


def test_backfill_gives_a_token_its_access_where_the_page_reads(world: World, version: str) -> None:
    module, other = MODULE[version], FREE[version]
    world.sql(
        "insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at) values"
        # Two for one module (the longer counts), one that is over, one of nobody, one of a withdrawn access.
        f" ('t1', 't', '{module}', 'm', '{CAROL}', now() + interval '10 days'),"
        f" ('t2', 't', '{module}', 'm', '{CAROL}', now() + interval '20 days'),"
        f" ('t3', 't', '{other}', 'm', '{CAROL}', now() - interval '1 day'),"
        f" ('t4', 't', '{other}', 'm', null, null),"
        f" ('t5', 't', '{module}', 'm', '{BOB}', now() + interval '20 days'),"
        f" ('t6', 't', '{other}', 'm', '{ALICE}', now() + interval '20 days')"
    )
    level = "paid" if version == MONTH else "basic"
    world.sql(
        "insert into public.user_applications (user_id, module_id, module_title, access_level, is_active,"
        " expires_at, created_at) values"
        f" ('{BOB}', '{module}', 'm', '{level}', false, now() + interval '20 days', now()),"
        # Active although it is over: in the way of the token's access.
        f" ('{ALICE}', '{other}', 'm', '{level}', true, now() - interval '1 day', now() - interval '90 days')"
    )
    before = world.sql(ALL)
    planned = world.command("backfill", "--dry-run")
    plan = planned.document["plan"]
    assert (planned.code, plan["to_create"]) == (0, 2), planned.document
    assert {name: count for name, count in plan["skipped"].items() if count} == dict.fromkeys(
        ("no_owner", "expired", "duplicate", "withdrawn"), 1
    )
    done = world.command("backfill", "--yes")
    assert (done.code, done.document["applied"]["created"]) == (0, 2), done.document
    assert world.page("carol") == [module]
    assert other in world.page("alice")
    rows = world.sql(
        "select access_level, module_title, is_active, expires_at - now() > interval '19 days'"
        f" from public.user_applications where user_id::text = '{CAROL}'"
    )
    assert rows == [(level, "Stable diffusion", True, True)]
    assert world.command("backfill", "--yes").document["verdict"] == "nothing-to-do"
    assert world.sql("select to_regclass('public.module_access')") == [(None,)]
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert undone.document["applied"]["deleted"] == 2, undone.document
    assert world.sql(ALL) == before


@pytest.mark.parametrize("version", [YEAR], indirect=True)
def test_without_a_table_of_tokens_there_is_nothing_to_backfill_from(world: World) -> None:
    world.sql("drop table public.access_tokens")
    done = world.command("backfill", "--yes")
    assert (done.code, done.document["verdict"], done.document["plan"]["tokens"]) == (0, "nothing-to-do", 0)
    said = call(world.folder, "backfill", "--yes", "--env-file", str(world.env_file()))
    assert "so there is nothing to backfill from" in " ".join(said.out.split())


@pytest.mark.parametrize("version", [YEAR], indirect=True)
def test_expired_tokens_are_not_noted_where_they_would_look_withdrawn(world: World) -> None:
    refused = world.command("backfill", "--include-expired", "--yes")
    assert (refused.code, refused.document["error"]["code"]) == (1, "expired-tokens")


class Slow(Site):
    """The app, whose handler is slow once it has written."""

    after = 0.0

    def _fulfil(self, session: dict[str, Any]) -> None:
        super()._fulfil(session)
        self._server.stopping.wait(self.after)


def verify(version: str, *more: str) -> tuple[str, ...]:
    """The words of a `verify` for Carol."""
    customer = ("--email", "carol@example.test", "--module", FREE[version])
    return ("verify", *customer, "--timeout", "2", *(more or ("--yes",)))


def test_verify_proves_the_way_to_the_table_that_the_page_reads_and_leaves_nothing(
    world: World, version: str
) -> None:
    world.sql(
        "insert into public.user_applications (user_id, module_id, module_title, is_active) values"
        f" ('{CAROL}', '{FREE[version]}', 'an old one', false)"
    )
    before, paid = world.sql(ALL), world.sql("select count(*) from public.payments")
    done = world.command(*verify(version))
    assert (done.code, done.document["verdict"]) == (0, "proved"), done.document
    hops = {hop["id"]: hop["detail"] for hop in done.document["hops"]}
    assert hops["row"].startswith("user_applications ")
    assert hops["clean-up"].startswith("removed: user_applications ")
    assert world.sql(ALL) == before
    assert world.sql("select count(*) from public.payments") == paid
    # The handler's own mistake is seen, too.
    world.site.handler = "noop"
    failed = world.command(*verify(version))
    assert (failed.code, failed.document["error"]["code"]) == (1, "hop-row")
    assert world.sql(ALL) == before
    world.site.handler, world.site.handler_version = "normal", GUIDE
    failed = world.command(*verify(version))
    assert (failed.code, failed.document["error"]["code"]) == (1, "hop-row")


@pytest.mark.parametrize("version", [YEAR], indirect=True)
def test_verify_sends_nothing_where_its_row_would_stay(world: World, version: str) -> None:
    world.sql(
        "create function public.keep() returns trigger language plpgsql as $$ begin return null; end $$;"
        " create trigger keep before delete on public.user_applications for each row"
        " execute function public.keep()"
    )
    before = world.sql(ALL)
    refused = world.command(*verify(version))
    assert (refused.code, refused.document["error"]["code"]) == (1, "cannot-remove"), refused.document
    assert world.sql(ALL) == before


@pytest.mark.parametrize("version", [YEAR], indirect=True)
def test_verify_sends_nothing_where_somebody_would_lose_an_access_for_it(world: World) -> None:
    world.sql(
        "create function public.keep_few() returns trigger language plpgsql as $$ begin"
        f" delete from public.user_applications where user_id = '{ALICE}'; return null; end $$;"
        " create trigger keep_few after insert on public.user_applications for each row"
        " execute function public.keep_few()"
    )
    before = world.sql(ALL)
    refused = world.command(*verify(YEAR))
    assert (refused.code, refused.document["error"]["code"]) == (1, "costs-others"), refused.document
    assert "keep_few" in refused.document["error"]["message"]
    assert world.sql(ALL) == before


@pytest.mark.parametrize("version", [YEAR], indirect=True)
def test_what_a_killed_verify_left_is_removed_by_the_next(world: World, version: str) -> None:
    before = world.sql(ALL)
    with Slow(dsn=world.dsn, webhook_secret=world.endpoint.secret) as site:
        site.becomes(version)
        site.after = 30.0
        world.variables["NEXT_PUBLIC_APP_URL"] = site.url
        words = (*verify(version, "--yes"), "--env-file", str(world.env_file()))
        with prepared.start((*words, "--json"), cwd=world.folder, env=surroundings()) as process:
            assert wait_for(lambda: world.sql(ALL) != before)
            process.kill()
        site.after = 0.0
        (left,) = set(map(str, world.sql("select id from public.user_applications"))) - set(
            map(str, [(row[0]["id"],) for row in before])
        )
        planned = world.command(*verify(version, "--dry-run"))
        shown = [(row["table"], f"({row['id']},)") for row in planned.document["plan"]["leftovers"]]
        assert ("user_applications", left) in shown
        assert world.command(*verify(version)).document["verdict"] == "proved"
        assert world.sql(ALL) == before
        # What the customer bought since is theirs.
        world.sql(
            "insert into public.user_applications (user_id, module_id, module_title)"
            f" values ('{CAROL}', '{FREE[version]}', 'bought')"
        )
        refused = world.command(*verify(version))
        assert refused.document["error"]["code"] == "already"


def test_repair_does_what_has_a_meaning_and_says_what_has_none(world: World, version: str) -> None:
    world.site.handler = "noop"
    versions.buys(world, version, "carol", 15)
    world.site.handler = "normal"
    world.endpoint.enabled_events = ["invoice.paid"]
    before = world.sql(ALL)
    # In a month of 30 days the rows do not tell which of the two it was.
    term = ("--access-duration", "30d") if version == MONTH else ()
    planned = world.command("repair", "--dry-run", *term)
    assert [step["id"] for step in planned.document["plan"]["steps"]] == ["check-stripe", "reconcile"]
    assert "no step changes user_applications" in planned.document["plan"]["left_out"]
    done = world.command("repair", "--yes", *term)
    assert (done.code, done.document["verdict"]) == (0, "healthy"), done.document
    assert done.document["counts"] == {"check-stripe": 1, "reconcile": 1}
    assert world.page("carol") == [MODULE[version]]
    states = {promise["id"]: promise["state"] for promise in done.document["promises"]}
    assert (states["table"], states["existing"]) == ("kept", "kept")
    assert "user_applications" in done.document["promises"][0]["title"]
    assert world.sql("select to_regclass('public.module_access')") == [(None,)]
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert undone.document["applied"]["deleted"] == 1, undone.document
    assert world.sql(ALL) == before


@pytest.mark.parametrize("version", [YEAR], indirect=True)
def test_the_rows_of_a_repair_are_on_record_before_they_are_committed(world: World) -> None:
    world.site.handler = "noop"
    versions.buys(world, YEAR, "carol", 15)
    world.sql(
        "create function public.slow() returns trigger language plpgsql as"
        " 'begin perform pg_sleep(1.5); return null; end'"
    )
    world.sql(
        "create constraint trigger slow after insert on public.user_applications"
        " deferrable initially deferred for each row execute function public.slow()"
    )
    runs = world.folder / ".iahome-fix" / "runs"

    def at_its_commit() -> list[Any]:
        noted = [json.loads(file.read_text()) for file in runs.glob("*.json")]
        return [run["changes"]["rows"] for run in noted if run["state"] == "unknown"]

    words = ("repair", "--yes", "--json", "--env-file", str(world.env_file()))
    with prepared.start(words, cwd=world.folder, env=surroundings()) as process:
        seen = wait_for(at_its_commit)
        rows = at_its_commit()
        process.kill()
    assert seen
    assert (len(rows[0]["ids"]["created"]), len(rows[0]["versions"])) == (1, 1), rows


@pytest.mark.parametrize("version", [YEAR], indirect=True)
def test_a_profile_of_ones_own_is_written_by_where_it_says_all_that_a_row_needs(world: World) -> None:
    world.sql(
        "create table public.rights (like public.user_applications including all);"
        " alter table public.rights rename column user_id to customer_id;"
        " alter table public.rights add column source text not null"
    )
    toml = world.folder / "iahome-fix.toml"
    own = (
        'profile = "mine"\n[profiles.mine]\nlike = "user_applications_year"\n'
        'table = {name = "rights", owner = "customer_id"}\n'
        'handler = {fills = ["customer_id", "module_id", "module_title", "access_level", "is_active",'
        ' "expires_at", "source"]'
    )
    toml.write_text(own + "}\n", encoding="utf-8")
    refused = world.command("reconcile", "--yes")
    assert (refused.code, refused.document["error"]["code"]) == (1, "other-version"), refused.document
    assert "fills source" in refused.document["error"]["message"]
    toml.write_text(own + ', writes = {source = "shop"}}\n', encoding="utf-8")
    done = world.command("reconcile", "--yes")
    assert (done.code, done.document["applied"]["created"]) == (0, 3), done.document
    found = world.sql("select distinct source, access_level from public.rights")
    assert found == [("shop", "basic")]
    # A file that has changed since would have undo look elsewhere.
    toml.write_text(own.replace("rights", "user_applications") + "}\n", encoding="utf-8")
    lost = world.command("undo", done.document["run_id"], "--yes")
    assert (lost.code, lost.document["error"]["code"]) == (3, "changed-profile")
    toml.write_text(own + ', writes = {source = "shop"}}\n', encoding="utf-8")
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert (undone.code, undone.document["applied"]["deleted"]) == (0, 3)
    assert world.sql("select count(*) from public.rights") == [(0,)]
