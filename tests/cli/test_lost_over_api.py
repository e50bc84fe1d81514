"""Over the Management API a change is one request: its answer gets lost, or the client ends there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.systems.database import OutcomeUnknown, Statement
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import AnswerLost, ManagementApi
from tests.checks.app_support import running
from tests.cli.channel_support import env_file
from tests.cli.lost_support import LOST, Shop, State, Trapped, cut
from tests.cli.test_channels import read
from tests.repairs.repair_support import ALICE, execute
from tests.repairs.shapes import GUIDE, MODULES

EARLIER = {
    "migrate": (),
    "backfill": ("migrate",),
    "reconcile": ("migrate", "backfill"),
    "repair": (),
}
"""What comes before a command so that it has all of its work to do."""
TOKENS = (
    "insert into public.access_tokens (name, module_id, module_name, created_by)"
    " select 't', 6, 'm', 'owner ' || n from generate_series(1, 3) n"
)
DOUBLE = f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6), ('{ALICE}', 6)"
DOUBLES = (
    "select user_id, module_id from public.module_access where is_active group by 1, 2 having count(*) > 1"
)

SERVED = "select from public.module_access where is_active"
WANTED = {"migrate": 1, "backfill": 1 + 3, "reconcile": 1 + 3 + 3, "repair": 1 + 3 + 3}


@pytest.fixture
def shop(make_database: MakeDatabase, tmp_path: Path) -> Iterator[Shop]:
    """The guide's table with a double, three tokens, and two payments that nobody got anything for."""
    dsn = make_database()
    execute(dsn, MODULES, GUIDE.replace(" on delete cascade", ""), TOKENS, DOUBLE)
    with ExitStack() as stack:
        app = stack.enter_context(running(tmp_path, dsn))
        server = stack.enter_context(Trapped(dsn=dsn, ref=project_ref()))
        server.rate_limit = 10_000
        app.customers()
        app.buys("bob@example.test", 13, pay=False)
        app.buys("carol@example.test", 13, 15, pay=False)
        stripe = [f"{n}='{v}'" for n, v in app.environ().items() if n != "SUPABASE_DB_URL"]
        env_file(tmp_path, "management", dsn, server, *stripe)
        yield Shop(app, server, tmp_path, dsn)


CHANGES = [("migrate", 0), ("backfill", 0), ("reconcile", 0), ("repair", 0), ("repair", 1), ("repair", 2)]
"""Each change that a command asks for, by its number."""
NEVER = "never came"


@pytest.mark.parametrize("lost", LOST)
def test_what_came_of_a_change_is_open_whatever_comes_instead_of_its_answer(lost: str, shop: Shop) -> None:
    unit = [Statement("create table public.made ()"), Statement("select 1 as one")]
    shop.server.trap(0, LOST[lost])
    api = ManagementApi(shop.server.url, shop.server.token, shop.server.ref, timeout=10)
    with closing(ManagementDatabase(api, timeout=10)) as database:
        with pytest.raises(OutcomeUnknown):
            database.transact(unit)
        (found,) = database.read("select to_regclass('public.made') is not null as there", settled=True)
    assert found["there"] is (lost != NEVER)


def test_an_answer_that_takes_too_long_is_no_refusal(shop: Shop) -> None:
    shop.server.hang_seconds = 3
    api = ManagementApi(shop.server.url, shop.server.token, shop.server.ref, timeout=0.3)
    with pytest.raises(AnswerLost):
        api.call("POST", "/database/query", permission="database_write", body={"query": "select 1"})
    api.close()


@pytest.mark.parametrize(("command", "number"), CHANGES)
@pytest.mark.parametrize("lost", ["cut off", NEVER])
def test_a_lost_answer_is_looked_up(lost: str, command: str, number: int, shop: Shop) -> None:
    before = prepared(shop, command)
    shop.server.trap(number, LOST[lost])
    code, document = shop.run(command)
    assert shop.server.changes > number
    if lost == NEVER:
        # Nobody knows: it may still come. What earlier steps of a repair made is known.
        assert code == (4 if number else 3), document["error"]
        assert (shop.state() != before) == (number > 0)
        assert "nothing was" not in json.dumps(document["error"])
        assert shop.runs()[-1] == document["run_id"]
        assert document["run_id"] in document["error"]["message"]
    else:
        # It was carried out, which can be seen.
        assert code == 0, document["error"]
        assert shop.server.changes == sum(each == command for each, _number in CHANGES)
    finished_and_taken_back(shop, command, before)


@pytest.mark.parametrize(
    ("command", "number", "done"),
    [
        *((command, number, True) for command, number in CHANGES),
        *((command, 0, False) for command in EARLIER),
    ],
)
def test_a_client_that_ends_leaves_all_or_nothing(command: str, number: int, done: bool, shop: Shop) -> None:
    before = prepared(shop, command)
    shop.killed(number, command, done=done)
    assert (shop.state() != before) == done
    finished_and_taken_back(shop, command, before)


def prepared(shop: Shop, command: str) -> State:
    """Everything before the command is done; what there is then."""
    for earlier in EARLIER[command]:
        assert shop.run(earlier)[0] == 0
    return shop.state()


def finished_and_taken_back(shop: Shop, command: str, before: State) -> None:
    """The same command again leaves nothing to do, and undo brings back what was before all of it."""
    shop.server.trap(-1, cut)
    code, document = shop.run(command)
    assert code == 0, document["error"]
    if command != "repair":
        assert shop.run(command)[1]["verdict"] == "nothing-to-do"
    assert read(shop.dsn, DOUBLES) == []
    assert len(read(shop.dsn, SERVED)) == WANTED[command]
    for run_id in reversed(shop.runs()[len(EARLIER[command]) :]):
        code, document = shop.run("undo", run_id)
        assert code == 0, (run_id, document["error"])
    assert shop.state() == before


@pytest.mark.parametrize("lost", ["cut off", NEVER])
def test_an_undo_whose_answer_gets_lost_is_looked_up(lost: str, shop: Shop) -> None:
    before = prepared(shop, "repair")
    run_id = shop.run("repair")[1]["run_id"]
    repaired = shop.state()
    shop.server.trap(0, LOST[lost])
    code, document = shop.run("undo", run_id)
    if lost == NEVER:
        assert (code, document["error"]["code"]) == (3, "outcome-unknown")
        assert document["run_id"] in document["error"]["message"]
        assert shop.state() == repaired
        code, document = shop.run("undo", run_id)
    assert code == 0, document["error"]
    assert document["applied"]["deleted"] == 6
    assert document["applied"]["restored"] == 1
    assert document["applied"]["schema"] > 5
    assert shop.state() == before
    assert shop.run("undo", run_id)[1]["verdict"] == "nothing-to-do"


@pytest.mark.parametrize("done", [False, True])
def test_an_undo_that_is_killed_has_taken_back_all_or_nothing(done: bool, shop: Shop) -> None:
    before = prepared(shop, "repair")
    run_id = shop.run("repair")[1]["run_id"]
    repaired = shop.state()
    shop.killed(0, "undo", run_id, done=done)
    assert shop.state() == (before if done else repaired)
    assert shop.run("undo", run_id)[0] == 0
    assert shop.state() == before
