"""What the writing commands do over the Data API alone in shops of the later versions."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.sandbox.site_database import MONTH, YEAR
from tests import prepared
from tests.cli.running import wait_for
from tests.commands import call, surroundings
from tests.damage import DAMAGES, Proxy
from tests.faults import versions
from tests.faults.test_written_in_other_versions import ALL, FREE, MODULE, version, world
from tests.faults.world import ALICE, BOB, CAROL, ago

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.sandbox.loopback import Response
    from tests.faults.world import World

__all__ = ["version", "world"]

TABLE = "/user_applications"
ONLY_MONTH = pytest.mark.parametrize("version", [MONTH], indirect=True)
ONLY_YEAR = pytest.mark.parametrize("version", [YEAR], indirect=True)
ROWS = (
    "select user_id::text, module_id::text, module_title, access_level, is_active, expires_at"
    " from public.user_applications order by 1, 2, 5, 6"
)


@pytest.fixture
def line(world: World) -> Iterator[Proxy]:
    """The Data API behind a proxy, as the only way to the project."""
    with Proxy(world.gateway.url) as proxy:
        world.variables |= {"SUPABASE_API_URL": proxy.url, "SUPABASE_DB_URL": None}
        yield proxy


def over_sql(world: World, *words: str) -> Any:
    """A command that has SQL, too."""
    world.variables["SUPABASE_DB_URL"] = world.dsn
    done = world.command(*words)
    world.variables["SUPABASE_DB_URL"] = None
    return done


def term(world: World) -> tuple[str, str]:
    """How long was sold, which the few rows of this shop do not tell."""
    return "--access-duration", "30d" if world.site.handler_version == MONTH else "365d"


def owed(world: World, version: str) -> None:
    """Carol and Alice bought: Alice's old access is over and still active. Bob bought a second time, while
    his access runs."""
    world.site.handler = "noop"
    versions.buys(world, version, "carol", 15)
    world.sql(
        "insert into public.user_applications (user_id, module_id, module_title, access_level, is_active,"
        f" expires_at, created_at) values ('{ALICE}', '{FREE[version]}', 'm', 'basic', true,"
        " now() - interval '1 day', now() - interval '400 days')"
    )
    world.sql(
        "update public.user_applications set expires_at = now() + interval '3 days',"
        f" created_at = now() - interval '27 days' where user_id::text = '{BOB}'"
        " and module_title = 'Cogstudio'"
    )
    for who, module in (("alice", 3), ("bob", 6)):
        paid = versions.paid(world, version, who, module, when=ago(minutes=20))
        world.stripe.complete_checkout(**{**paid, "id": f"cs_live_again_{who}"})


def test_what_it_writes_is_what_it_writes_with_sql_and_undo_takes_it_back(
    world: World, line: Proxy, version: str
) -> None:
    owed(world, version)
    before = world.sql(ALL)
    by_sql = over_sql(world, "reconcile", "--yes", *term(world))
    assert (by_sql.code, by_sql.document["applied"]) == (0, {"created": 3}), by_sql.document["error"]
    rows = world.sql(ROWS)
    assert over_sql(world, "undo", by_sql.document["run_id"], "--yes").code == 0
    assert world.sql(ALL) == before

    planned = world.command("reconcile", "--dry-run", *term(world))
    assert planned.document["error"] is None
    assert (planned.code, planned.document["plan"]["to_create"]) == (0, 3)
    assert world.sql(ALL) == before
    done = world.command("reconcile", "--yes", *term(world))
    assert (done.code, done.document["applied"]) == (0, {"created": 3}), done.document["error"]
    assert world.sql(ROWS) == rows
    assert world.page("carol") == [MODULE[version]]
    # What still ran was given its end in its own row: nothing looks as if somebody had taken it away.
    assert world.sql("select count(*) from public.user_applications where not is_active") == [(1,)]
    assert world.command("reconcile", "--yes", *term(world)).document["verdict"] == "nothing-to-do"
    assert not line.struck

    run = done.document["run_id"]
    listed = world.command("undo")
    assert (listed.code, listed.document["error"]) == (0, None), listed.document
    assert run in {one["run_id"] for one in listed.document["runs"]}
    assert "in module_access undo" in said_on_the_way(world)
    shown = world.command("undo", run, "--dry-run").document["plan"]["rows"]
    assert (shown["to_delete"], shown["lengthened"], shown["to_restore"], shown["changed_since"]) == (
        2,
        1,
        2,
        0,
    )
    undone = world.command("undo", run, "--yes")
    assert (undone.code, undone.document["applied"]) == (
        0,
        {"deleted": 2, "restored": 2, "emails": 0, "schema": 0, "stripe": []},
    ), undone.document["error"]
    assert world.sql(ALL) == before
    assert world.command("undo", run, "--yes").document["verdict"] == "nothing-to-do"


def said_on_the_way(world: World) -> str:
    """What a run says of the way that it goes over to, where that of SQL is closed."""
    world.variables["SUPABASE_DB_URL"] = "postgresql://postgres:x@127.0.0.1:9/postgres"
    ran = call(world.folder, "explain", "alice@example.test", "--env-file", str(world.env_file()))
    world.variables["SUPABASE_DB_URL"] = None
    return " ".join(ran.err.split())


@ONLY_YEAR
@pytest.mark.parametrize("with_sql", [False, True])
def test_undo_knows_the_rows_of_a_run_whose_journal_lists_no_ids(
    world: World, line: Proxy, version: str, with_sql: bool
) -> None:
    def way(*words: str) -> Any:
        return over_sql(world, *words) if with_sql else world.command(*words)

    owed(world, version)
    world.sql(f"delete from public.user_applications where user_id::text = '{BOB}'")
    before = world.sql(ALL)
    run = over_sql(world, "reconcile", "--yes", *term(world)).document["run_id"]
    file = world.folder / ".iahome-fix" / "runs" / f"{run}.json"
    noted = json.loads(file.read_text())
    assert noted["changes"]["rows"].pop("ids").keys() == {"created", "deactivated"}
    file.write_text(json.dumps(noted))
    # What somebody changed since is theirs.
    world.sql(f"update public.user_applications set access_level = 'x' where user_id::text = '{CAROL}'")
    shown = way("undo", run, "--dry-run").document["plan"]["rows"]
    assert (shown["to_delete"], shown["to_restore"], shown["changed_since"]) == (3, 1, 1), shown
    undone = way("undo", run, "--yes")
    assert undone.document["applied"]["deleted"] == 3, undone.document["error"]
    world.sql(f"delete from public.user_applications where user_id::text = '{CAROL}'")
    assert world.sql(ALL) == before
    # A database that was restored may have the same numbers for what others made at another time.
    noted["started"], noted["ended"] = "2020-01-01T00:00:00+00:00", "2020-01-01T00:00:09+00:00"
    made = world.sql(
        "insert into public.user_applications (user_id, module_id, module_title, access_level, is_active,"
        f" expires_at, created_at) values ('{CAROL}', 15, 'm', 'basic', true, now() + interval '1 day',"
        " now()) returning xmin::text"
    )
    noted["changes"]["rows"]["versions"] = [made[0][0]]
    file.write_text(json.dumps(noted))
    assert way("undo", run, "--dry-run").document["plan"]["rows"]["to_delete"] == 0


@ONLY_YEAR
def test_with_sql_an_undo_finds_what_was_written_without_and_leaves_what_changed(
    world: World, line: Proxy, version: str
) -> None:
    owed(world, version)
    before = world.sql(ALL)
    done = world.command("reconcile", "--yes", *term(world))
    world.sql(f"update public.user_applications set module_title = 'new' where user_id::text = '{CAROL}'")
    shown = world.command("undo", done.document["run_id"], "--dry-run").document["plan"]["rows"]
    assert shown == over_sql(world, "undo", done.document["run_id"], "--dry-run").document["plan"]["rows"]
    assert (shown["to_delete"], shown["changed_since"]) == (1, 1)
    undone = over_sql(world, "undo", done.document["run_id"], "--yes")
    assert undone.document["applied"]["deleted"] == 1, undone.document["error"]
    world.sql(f"delete from public.user_applications where user_id::text = '{CAROL}'")
    assert world.sql(ALL) == before
    assert not line.struck


@ONLY_MONTH
def test_backfill_gives_a_token_its_access_and_undo_takes_it_back(
    world: World, line: Proxy, version: str
) -> None:
    module, other = MODULE[version], FREE[version]
    world.sql(
        "insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at) values"
        f" ('t1', 't', '{module}', 'm', '{CAROL}', now() + interval '10 days'),"
        f" ('t2', 't', '{module}', 'm', '{CAROL}', null),"
        f" ('t3', 't', '{other}', 'm', '{BOB}', now() + interval '20 days')"
    )
    before = world.sql(ALL)
    done = world.command("backfill", "--yes")
    assert (done.code, done.document["applied"]) == (0, {"created": 2}), done.document["error"]
    assert world.page("carol") == [module]
    assert world.command("backfill", "--yes").document["verdict"] == "nothing-to-do"
    refused = world.command("backfill", "--include-expired", "--yes")
    assert refused.document["error"]["code"] == "expired-tokens"
    assert world.command("undo", done.document["run_id"], "--yes").document["applied"]["deleted"] == 2
    assert world.sql(ALL) == before
    world.sql("drop table public.access_tokens; notify pgrst, 'reload schema'")
    assert wait_for(lambda: world.command("backfill", "--yes").document["verdict"] == "nothing-to-do")
    assert not line.struck


def killed(world: World, line: Proxy, method: str) -> str:
    """A reconcile that is killed once its request was done, before it hears of that; the id of its run."""
    held: list[bytes] = []

    def hold(answer: Response) -> Response:
        held.append(answer.body)
        time.sleep(5)
        return answer

    line.strike(hold, TABLE, method=method)
    words = ("reconcile", "--yes", "--json", *term(world), "--env-file", str(world.env_file()))
    with prepared.start(words, cwd=world.folder, env=surroundings()) as process:
        assert wait_for(lambda: bool(held))
        process.kill()
    line.heal()
    return max(path.stem for path in (world.folder / ".iahome-fix" / "runs").glob("*.json"))


def test_killed_before_it_heard_the_next_run_finishes_and_undo_knows_the_rows(
    world: World, line: Proxy, version: str
) -> None:
    owed(world, version)
    world.sql(
        f"delete from public.user_applications where user_id::text = '{ALICE}' and not expires_at > now()"
    )
    before = world.sql(ALL)
    run = killed(world, line, "POST")
    noted = json.loads((world.folder / ".iahome-fix" / "runs" / f"{run}.json").read_text())
    assert noted["state"] == "unknown"
    assert len(noted["changes"]["rows"]["pending"]["rows"]) == 2
    assert len(world.sql(ALL)) == len(before) + 2
    shown = world.command("undo", run, "--dry-run").document["plan"]["rows"]
    assert shown == over_sql(world, "undo", run, "--dry-run").document["plan"]["rows"]
    assert shown["to_delete"] == 2
    # What somebody changed since is theirs.
    world.sql(f"update public.user_applications set access_level = 'x' where user_id::text = '{CAROL}'")
    for seen in (world.command("undo", run, "--dry-run"), over_sql(world, "undo", run, "--dry-run")):
        assert seen.document["plan"]["rows"]["to_delete"] == 1
    level = "paid" if version == MONTH else "basic"
    world.sql(f"update public.user_applications set access_level = '{level}' where user_id::text = '{CAROL}'")
    done = world.command("reconcile", "--yes", *term(world))
    assert (done.code, done.document["applied"]) == (0, {"created": 1}), done.document["error"]
    assert world.command("undo", done.document["run_id"], "--yes").document["applied"]["restored"] == 1
    assert world.command("undo", run, "--yes").document["applied"]["deleted"] == 2
    assert world.sql(ALL) == before


@ONLY_MONTH
def test_killed_while_an_access_was_given_a_later_end_it_gets_back_its_own(
    world: World, line: Proxy, version: str
) -> None:
    owed(world, version)
    del world.stripe.sessions["cs_live_carol"]
    del world.stripe.sessions["cs_live_again_alice"]
    before = world.sql(ALL)
    for undo in (world.command, lambda *words: over_sql(world, *words)):
        run = killed(world, line, "PATCH")
        assert world.sql(ALL) != before
        assert world.command("reconcile", "--yes", *term(world)).document["verdict"] == "nothing-to-do"
        undone = undo("undo", run, "--yes")
        assert undone.document["applied"]["restored"] == 1, undone.document["error"]
        assert world.sql(ALL) == before


@ONLY_YEAR
def test_a_lost_answer_is_looked_up(world: World, line: Proxy, version: str) -> None:
    owed(world, version)
    before = world.sql(ALL)
    line.strike(DAMAGES["html"], TABLE, method="POST")
    done = world.command("reconcile", "--yes", *term(world))
    assert (line.struck, done.code, done.document["applied"]) == (1, 0, {"created": 3}), done.document[
        "error"
    ]
    line.heal()
    assert world.command("undo", done.document["run_id"], "--yes").code == 0
    line.strike(DAMAGES["html"], TABLE, method="POST", forward=False)
    lost = world.command("reconcile", "--yes", *term(world))
    assert (lost.code, lost.document["verdict"]) == (3, "unknown"), lost.document
    line.heal()
    done = world.command("reconcile", "--yes", *term(world))
    assert (done.code, done.document["applied"]["created"]) == (0, 3), done.document["error"]
    for run in (done.document["run_id"], lost.document["run_id"]):
        assert world.command("undo", run, "--yes").code == 0
    assert [row[0]["expires_at"] for row in world.sql(ALL)] == [row[0]["expires_at"] for row in before]


@ONLY_MONTH
def test_what_somebody_else_gives_at_the_same_moment_is_not_given_twice(
    world: World, line: Proxy, version: str
) -> None:
    owed(world, version)

    def handler(answer: Response) -> Response:
        world.sql(
            "insert into public.user_applications"
            " (user_id, module_id, module_title, access_level, expires_at)"
            f" select '{CAROL}', 'stablediffusion', 'm', 'paid', now() + interval '31 days' where not exists"
            f" (select from public.user_applications where user_id = '{CAROL}' and module_title = 'm')"
        )
        return answer

    line.strike(handler, TABLE, method="POST")
    done = world.command("reconcile", "--yes", *term(world))
    assert (done.code, done.document["applied"]["created"]) == (0, 2), done.document["error"]
    assert world.sql(f"select module_title from public.user_applications where user_id = '{CAROL}'") == [
        ("m",)
    ]
    line.heal()
    assert world.command("undo", done.document["run_id"], "--yes").code == 0
    # Two runs at once: nobody is given anything twice, and neither fails.
    world.sql(f"delete from public.user_applications where user_id = '{CAROL}'")
    more = ("--profile", version, "--env-file", str(world.env_file()))
    words = ("reconcile", "--yes", "--json", *term(world), *more)
    with (
        prepared.start(words, cwd=world.folder, env=surroundings()) as one,
        prepared.start(words, cwd=world.folder, env=surroundings()) as two,
    ):
        said = [process.communicate(timeout=120)[0] for process in (one, two)]
    assert [json.loads(text)["error"] for text in said] == [None, None]
    assert (
        world.sql(
            "select user_id, module_id from public.user_applications where is_active group by 1, 2"
            " having count(*) > 1"
        )
        == []
    )
    assert world.command("reconcile", "--yes", *term(world)).document["verdict"] == "nothing-to-do"


@ONLY_YEAR
def test_whom_the_table_refuses_keeps_nobody_else_waiting_and_what_vanishes_is_said(
    world: World, line: Proxy, version: str
) -> None:
    owed(world, version)
    world.sql(f"alter table public.user_applications add constraint no_carol check (user_id <> '{CAROL}')")
    done = world.command("reconcile", "--yes", *term(world))
    assert (done.code, done.document["applied"]) == (4, {"created": 2}), done.document["error"]
    assert "no_carol" in done.document["error"]["message"]
    world.sql(
        "alter table public.user_applications drop constraint no_carol;"
        " create function public.gone() returns trigger language plpgsql as $$ begin return null; end $$;"
        " create trigger gone before insert on public.user_applications for each row"
        " execute function public.gone()"
    )
    lost = world.command("reconcile", "--yes", *term(world))
    assert (lost.code, lost.document["error"]["code"]) == (1, "not-kept"), lost.document["error"]
    assert "user_applications" in lost.document["error"]["hint"]
    assert not line.struck


@ONLY_YEAR
def test_a_table_of_ones_own_is_written_and_a_view_or_another_schema_is_not(
    world: World, line: Proxy, version: str
) -> None:
    owed(world, version)
    world.sql(
        "create table public.rights (like public.user_applications including all);"
        " alter table public.rights rename column id to number;"
        " alter table public.rights rename column user_id to customer_id;"
        " alter table public.rights add column source text not null;"
        " grant select, insert, update, delete on public.rights to service_role;"
        " create view public.shown as select * from public.rights;"
        " grant select, insert, update, delete on public.shown to service_role;"
        " notify pgrst, 'reload schema'"
    )
    toml = world.folder / "iahome-fix.toml"

    def say(table: str) -> None:
        toml.write_text(
            'profile = "mine"\n[profiles.mine]\nlike = "user_applications_year"\n'
            f'table = {{{table}, id = "number", owner = "customer_id"}}\n'
            'handler = {fills = ["customer_id", "module_id", "module_title", "access_level", "is_active",'
            ' "expires_at", "source"], writes = {source = "shop"}}\n',
            encoding="utf-8",
        )

    say('name = "rights"')
    done = world.command("reconcile", "--yes", *term(world))
    assert (done.code, done.document["applied"]["created"]) == (0, 5), done.document["error"]
    assert world.sql("select distinct source, access_level from public.rights") == [("shop", "basic")]
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert (undone.code, undone.document["applied"]["deleted"]) == (0, 5), undone.document["error"]
    say('name = "shown"')
    refused = world.command("reconcile", "--yes", *term(world))
    assert (refused.code, refused.document["error"]["code"]) == (1, "not-a-table"), refused.document["error"]
    say('name = "rights", schema = "shop"')
    refused = world.command("reconcile", "--yes", *term(world))
    assert (refused.code, refused.document["error"]["code"]) == (1, "other-schema"), refused.document["error"]
    assert "SUPABASE_DB_URL" in refused.document["error"]["hint"]
    assert not line.struck


@ONLY_MONTH
def test_repair_gives_what_is_owed_and_its_run_is_taken_back(world: World, line: Proxy, version: str) -> None:
    world.site.handler = "noop"
    versions.buys(world, version, "carol", 15)
    world.site.handler = "normal"
    world.endpoint.enabled_events = ["invoice.paid"]
    before = world.sql(ALL)
    planned = world.command("repair", "--dry-run", *term(world))
    assert [step["id"] for step in planned.document["plan"]["steps"]] == ["check-stripe", "reconcile"]
    done = world.command("repair", "--yes", *term(world))
    assert done.document["counts"] == {"check-stripe": 1, "reconcile": 1}, done.document["error"]
    assert world.page("carol") == [MODULE[version]]
    undone = world.command("undo", done.document["run_id"], "--yes")
    assert undone.document["applied"]["deleted"] == 1, undone.document["error"]
    assert world.sql(ALL) == before
    assert world.endpoint.enabled_events == ["invoice.paid"]
    assert not line.struck
