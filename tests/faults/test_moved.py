"""`migrate --to`: the accesses, row by row, in the table that the page of another version reads."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from iahome_fix.sandbox.site_database import GUIDE, MONTH, YEAR
from tests import prepared
from tests.cli.running import wait_for
from tests.commands import call, surroundings
from tests.faults.world import ALICE, BOB, CAROL, ago

if TYPE_CHECKING:
    from tests.faults.conftest import OpenLater, OpenWorld
    from tests.faults.world import World

ROWS = {
    name: f"select to_jsonb(a) from public.{name} a order by id::text"
    for name in ("module_access", "user_applications")
}


def both(world: World) -> list[object]:
    return [world.sql(query) for query in ROWS.values()]


def test_each_access_goes_with_its_terms_and_what_was_taken_away_stays_so(open_world: OpenWorld) -> None:
    world = open_world()
    world.sql(
        "insert into public.module_access"
        " (user_id, module_id, is_active, expires_at, created_at, metadata) values"
        # Taken away by a person; without end; over; of nobody; a shorter and a longer one there already.
        f" ('{CAROL}', 6, false, now() + interval '60 hours', now() - interval '12 hours', '{{}}'),"
        f" ('{CAROL}', 13, true, null, now() - interval '9 days', '{{}}'),"
        f" ('{CAROL}', 3, true, now() - interval '1 hour', now() - interval '73 hours', '{{}}'),"
        " ('nobody@example.test', 3, true, null, now(), '{}')"
    )
    world.sql(
        "insert into public.user_applications"
        " (user_id, module_id, module_title, is_active, expires_at, created_at) values"
        f" ('{BOB}', 6, 'm', true, now() + interval '200 days', now()),"
        f" ('{CAROL}', 13, 'm', true, now() + interval '1 day', now()),"
        f" ('{BOB}', 13, 'm', true, now() + interval '1 day', now())"
    )
    world.stripe.add_session(**world.paid("carol", 6, when=ago(hours=13)))
    before = both(world)
    planned = world.command("migrate", "--to", YEAR, "--dry-run")
    move = planned.document["move"]
    assert (planned.code, planned.document["verdict"]) == (0, "planned"), planned.document
    assert (move["rows"], move["to_create"], move["to_keep_away"], move["covered"]) == (7, 3, 1, 1)
    assert {name: count for name, count in move["skipped"].items() if count} == {
        "over": 1,
        "unknown_owner": 1,
    }
    assert {one["verdict"] for one in move["listed"]} == {"over", "unknown_owner"}
    assert both(world) == before
    assert (move["page"], move["handler"], move["code"]) == (None, "module_access", None)
    said = call(world.folder, "migrate", "--to", YEAR, "--dry-run", "--env-file", str(world.env_file())).out
    assert f"the handler writes module_access: new sales go there until the webhook of {YEAR}" in " ".join(
        said.split()
    )
    done = world.command("migrate", "--to", YEAR, "--yes")
    assert (done.code, done.document["verdict"], done.document["move"]["created"]) == (0, "applied", 4)
    world.site.becomes(YEAR)
    assert world.page("alice") == ["15"]
    assert world.page("bob") == ["6", "13"]
    assert world.page("carol") == ["13"]
    # A shorter one that still runs has the end in its own row: inactive it would look taken away.
    assert world.sql(
        "select count(*) from public.user_applications where not is_active and expires_at > now()"
        f" and user_id = '{BOB}'"
    ) == [(0,)]
    same = world.sql(
        "select count(*) from public.user_applications u join public.module_access a on a.user_id = u.user_id"
        " and a.module_id = u.module_id and a.expires_at is not distinct from u.expires_at"
        " and a.created_at = u.created_at and a.is_active = u.is_active and u.access_level = 'basic'"
    )
    assert same == [(4,)]
    assert world.sql(ROWS["module_access"]) == before[0]
    # What was taken away is not given back where it lies now.
    owed = world.command("reconcile", "--profile", YEAR, "--access-duration", "72h", "--dry-run").document
    assert (owed["plan"]["to_create"], owed["plan"]["skipped"]["withdrawn"]) == (0, 1), owed["plan"]
    again = world.command("migrate", "--to", YEAR, "--yes")
    assert (again.code, again.document["verdict"]) == (0, "nothing-to-do")
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert (undone.code, undone.document["applied"]["deleted"], undone.document["applied"]["restored"]) == (
        0,
        2,
        2,
    )
    assert both(world) == before


def test_grants_of_a_later_handler_are_brought_to_the_guides_page_and_the_code_is_named(
    open_world: OpenWorld,
) -> None:
    world = open_world()
    world.site.handler_version = YEAR
    world.buys("carol", 15)
    world.sql(
        "insert into public.user_applications"
        " (user_id, module_id, module_title, is_active, expires_at, access_level)"
        f" values ('{ALICE}', 6, 'm', true, null, 'gift'),"
        f" ('{ALICE}', 13, 'm', false, now() + interval '9 days', 'basic')"
    )
    assert world.page("carol") == []
    before = both(world)
    words = ("migrate", "--to", GUIDE, "--profile", GUIDE)
    done = world.command(*words, "--yes")
    assert (done.code, done.document["move"]["created"]) == (0, 3), done.document
    assert (done.document["move"]["page"], done.document["move"]["handler"]) == (
        "module_access",
        "user_applications",
    )
    assert "the handler has to change" in done.document["move"]["code"]
    assert world.page("carol") == ["15"]
    assert world.page("alice") == ["6", "15"]
    kinds = world.sql(
        "select access_type, is_active from public.module_access where metadata ? 'moved_from' order by 1, 2"
    )
    assert kinds == [("gift", True), ("purchase", False), ("purchase", True)]
    # Nothing is left to bring, and new sales still go where the page does not read.
    again = world.command(*words, "--yes")
    assert (again.code, again.document["error"]["code"]) == (1, "code-differs")
    said = call(world.folder, *words, "--dry-run", "--env-file", str(world.env_file())).out
    assert "the webhook of module_access (/api/webhooks/stripe) is deployed" in " ".join(said.split())
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert undone.document["applied"]["deleted"] == 3, undone.document
    assert both(world) == before
    # Without its journal a run is known by the rows; what was taken away bears no mark of it, and stays.
    done = world.command(*words, "--yes")
    shutil.rmtree(world.folder / ".iahome-fix")
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert undone.document["applied"]["deleted"] == 2, undone.document


def test_nothing_is_brought_where_the_page_does_not_read(open_world: OpenWorld) -> None:
    world = open_world()
    before = both(world)
    for words, code, error in (
        (("--to", YEAR, "--profile", GUIDE), 1, "page-reads-elsewhere"),
        (("--to", "nobodys"), 2, "profile"),
        (("--to", YEAR, "--change-types"), 2, "to"),
    ):
        refused = world.command("migrate", *words, "--yes")
        assert (refused.code, refused.document["error"]["code"]) == (code, error), words
    world.sql("alter table public.user_applications drop column access_level")
    refused = world.command("migrate", "--to", YEAR, "--yes")
    assert (refused.code, refused.document["error"]["code"]) == (1, "columns-missing")
    world.variables["SUPABASE_DB_URL"] = None
    refused = world.command("migrate", "--to", YEAR, "--yes")
    assert (refused.code, refused.document["error"]["code"]) == (1, "needs-sql")
    assert world.sql(ROWS["module_access"]) == before[0]
    assert world.sql("select count(*) from public.user_applications") == [(0,)]


def test_whoever_the_database_refuses_keeps_nobody_else_waiting(open_world: OpenWorld) -> None:
    world = open_world()
    world.sql("alter table public.user_applications add check (module_id <> 13)")
    done = world.command("migrate", "--to", YEAR, "--yes")
    assert (done.code, done.document["verdict"]) == (4, "partly-applied"), done.document
    assert done.document["move"]["created"] == 2
    found = world.sql("select module_id from public.user_applications order by 1")
    assert found == [(6,), (15,)]


def test_killed_in_the_middle_it_goes_on_and_both_runs_are_taken_back(open_world: OpenWorld) -> None:
    world = open_world()
    world.sql(
        "insert into public.modules (id, title) select 1000 + i, 'm' || i from generate_series(1, 1500) i;"
        f" insert into public.module_access (user_id, module_id) select '{CAROL}', m.id"
        " from public.modules m where m.id > 1000;"
        " create function public.slow() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(1.5); return null; end $$;"
        " create trigger slow after insert on public.user_applications for each statement"
        " execute function public.slow()"
    )
    before = both(world)
    words = ("migrate", "--to", YEAR, "--yes", "--json", "--env-file", str(world.env_file()))
    with prepared.start(words, cwd=world.folder, env=surroundings()) as process:
        assert wait_for(lambda: world.sql("select count(*) from public.user_applications") == [(1000,)])
        process.kill()
    world.sql("drop trigger slow on public.user_applications")
    rest = world.command("migrate", "--to", YEAR, "--yes")
    assert (rest.code, rest.document["move"]["created"]) == (0, 503), rest.document
    twice = "select 1 from public.user_applications group by user_id, module_id having count(*) > 1"
    assert world.sql(twice) == []
    runs = [run["run_id"] for run in world.command("undo").document["runs"]]
    assert len(runs) == 2
    deleted = [world.command("undo", run, "--yes").document["applied"]["deleted"] for run in runs]
    assert sorted(deleted) == [503, 1000]
    assert both(world) == before


def test_ids_that_the_modules_no_longer_have_are_listed(open_later: OpenLater) -> None:
    world = open_later(MONTH)
    world.sql(
        "create table public.module_access (id serial primary key, user_id varchar(255) not null,"
        " module_id text, access_type varchar(50) default 'purchase', token_id varchar(255),"
        " expires_at timestamp, is_active boolean default true, created_at timestamp default now(),"
        " updated_at timestamp default now(), metadata jsonb default '{}');"
        " insert into public.module_access (user_id, module_id, access_type, expires_at) values"
        f" ('{CAROL}', '15', 'purchase', null),"
        f" ('{CAROL}', 'stablediffusion', 'admin', now() + interval '5 days')"
    )
    before = world.sql(ROWS["user_applications"])
    done = world.command("migrate", "--to", MONTH, "--yes")
    assert (done.code, done.document["move"]["created"]) == (0, 1), done.document
    assert done.document["move"]["skipped"]["unknown_module"] == 1
    assert world.page("carol") == ["stablediffusion"]
    assert world.sql(
        "select access_level, max_usage from public.user_applications where user_id::text like 'cccc%'"
    ) == [("admin", 50)]
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert undone.document["applied"]["deleted"] == 1
    assert world.sql(ROWS["user_applications"]) == before
