"""Over the Management API a change is one request: its answer gets lost, or the client ends there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.systems.database import Statement
from iahome_fix.systems.database_errors import OutcomeUnknown
from iahome_fix.systems.management import ManagementDatabase
from iahome_fix.systems.management_http import AnswerLost, ManagementApi
from tests.cli.lost_states import REF, WORK_FOR, Repaired, shop_on
from tests.cli.lost_support import LOST, Shop, State, Trapped, cut, never_came
from tests.cli.test_channels import read

OpenShop = Callable[[str], Shop]
DOUBLES = (
    "select user_id, module_id from public.module_access where is_active group by 1, 2 having count(*) > 1"
)
SERVED = "select from public.module_access where is_active"
STEPS = ("migrate", "backfill", "reconcile")
WANTED = {"migrate": 1, "backfill": 1 + 3, "reconcile": 1 + 3 + 3}
"""How many accesses are served after each step and those before it."""


@pytest.fixture
def open_shop(databases: DatabaseFactory, tmp_path: Path) -> Iterator[OpenShop]:
    """A shop in which the command that is named has all of its work to do."""
    with ExitStack() as stack:

        def opened(command: str) -> Shop:
            fill = WORK_FOR[command]
            dsn = databases.copy(f"lost {fill.__name__}", fill)
            stack.callback(databases.drop, dsn)
            return stack.enter_context(shop_on(dsn, tmp_path))

        yield opened


@pytest.fixture(scope="module")
def server(databases: DatabaseFactory) -> Iterator[Trapped]:
    """A Management API by itself."""
    dsn = databases.create()
    with Trapped(dsn=dsn, ref=REF) as running:
        running.rate_limit = 10_000
        yield running
    databases.drop(dsn)


@pytest.mark.parametrize("lost", LOST)
def test_what_came_of_a_change_is_open_whatever_comes_instead_of_its_answer(
    lost: str, server: Trapped
) -> None:
    table = f"public.made_{list(LOST).index(lost)}"
    unit = [Statement(f"create table {table} ()"), Statement("select 1 as one")]
    server.trap(LOST[lost], 0)
    api = ManagementApi(server.url, server.token, server.ref, timeout=10)
    with closing(ManagementDatabase(api, timeout=10)) as database:
        with pytest.raises(OutcomeUnknown):
            database.transact(unit)
        (found,) = database.read(f"select to_regclass('{table}') is not null as there", settled=True)
    assert found["there"] is (LOST[lost] is not never_came)


def test_an_answer_that_takes_too_long_is_no_refusal(server: Trapped) -> None:
    server.hang_seconds = 3
    try:
        api = ManagementApi(server.url, server.token, server.ref, timeout=0.3)
        with closing(api), pytest.raises(AnswerLost):
            api.call("POST", "/database/query", permission="database_write", body={"query": "select 1"})
    finally:
        server.hang_seconds = 0


@pytest.mark.parametrize("command", STEPS)
def test_what_never_came_is_unknown_and_a_lost_answer_is_looked_up(command: str, open_shop: OpenShop) -> None:
    shop = open_shop(command)
    before = shop.state()
    shop.server.trap(never_came, 0)
    unknown(shop, 3, command)
    assert shop.state() == before
    shop.server.trap(cut, 0)
    code, document = shop.run(command)
    # It was carried out, which can be seen.
    assert (code, document["verdict"], shop.server.changes) == (0, "applied", 1), document["error"]
    all_there(shop, command)
    taken_back(shop, before, runs=2)


def test_a_repair_goes_on_after_each_change_that_never_came(open_shop: OpenShop) -> None:
    shop = open_shop("repair")
    before = shop.state()
    shop.server.trap(never_came, 0)
    unknown(shop, 3, "repair")
    assert shop.state() == before
    # What earlier steps made is known, and not asked for again: migrate is done, then backfill.
    for step in ("backfill", "reconcile"):
        left = shop.state()
        shop.server.trap(never_came, 1)
        document = unknown(shop, 4, "repair")
        assert step not in document["applied"]
        assert shop.server.changes == 2
        assert shop.state() != left
    shop.server.let_go()
    code, document = shop.run("repair")
    assert (code, shop.server.changes) == (0, 1), document["error"]
    all_there(shop, "reconcile")
    taken_back(shop, before, runs=4)


def test_a_repair_all_of_whose_answers_get_lost_looks_each_up(open_shop: OpenShop) -> None:
    shop = open_shop("repair")
    before = shop.state()
    shop.server.trap(cut, 0, 1, 2)
    code, document = shop.run("repair")
    assert (code, shop.server.changes) == (0, 3), document["error"]
    assert (document["counts"]["backfill"], document["counts"]["reconcile"]) == (3, 3)
    all_there(shop, "reconcile")
    taken_back(shop, before, runs=1)


@pytest.mark.parametrize("command", ["migrate", "reconcile"])
def test_a_client_that_ends_leaves_all_or_nothing(command: str, open_shop: OpenShop) -> None:
    """`backfill` writes as `reconcile` does, and is killed in the repair below."""
    shop = open_shop(command)
    before = shop.state()
    shop.killed(0, command, done=False)
    assert shop.state() == before
    shop.killed(0, command, done=True)
    assert shop.state() != before
    all_there(shop, command)
    taken_back(shop, before, runs=2)


def test_a_repair_that_is_killed_goes_on_and_is_taken_back(open_shop: OpenShop) -> None:
    shop = open_shop("repair")
    before = shop.state()
    shop.killed(0, "repair", done=False)
    assert shop.state() == before
    shop.killed(1, "repair", done=True)
    assert len(read(shop.dsn, SERVED)) == WANTED["backfill"]
    shop.killed(0, "repair", done=True)
    all_there(shop, "reconcile")
    taken_back(shop, before, runs=3)
    shop.killed(0, "repair", done=True)
    assert len(read(shop.dsn, SERVED)) == WANTED["migrate"]
    taken_back(shop, before, runs=1)


def unknown(shop: Shop, code: int, command: str) -> dict[str, Any]:
    """The document of a command of which nobody knows what came: it may still come."""
    found, document = shop.run(command)
    assert found == code, document["error"]
    assert "nothing was" not in json.dumps(document["error"])
    assert shop.runs()[-1] == document["run_id"]
    assert document["run_id"] in document["error"]["message"]
    return document


def all_there(shop: Shop, command: str) -> None:
    """The command has nothing left to do, and nothing is there twice."""
    shop.server.let_go()
    code, document = shop.run(command)
    assert (code, document["verdict"]) == (0, "nothing-to-do"), document["error"]
    assert read(shop.dsn, DOUBLES) == []
    assert len(read(shop.dsn, SERVED)) == WANTED[command]


def taken_back(shop: Shop, before: State, *, runs: int) -> None:
    """Undo of every run that is not taken back yet, the last one first, brings back what was before all."""
    for run_id in reversed(shop.runs()[-runs:]):
        code, document = shop.run("undo", run_id)
        assert code == 0, (run_id, document["error"])
    assert shop.state() == before


@pytest.fixture(scope="module")
def repaired(databases: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory) -> Repaired:
    return Repaired(databases, tmp_path_factory.mktemp("repaired"))


@pytest.fixture
def repaired_shop(repaired: Repaired, databases: DatabaseFactory, tmp_path: Path) -> Iterator[Shop]:
    """A copy of the shop after its repair, and of the journal."""
    dsn = repaired.copy(tmp_path)
    with shop_on(dsn, tmp_path) as shop:
        yield shop
    databases.drop(dsn)


def test_an_undo_whose_answer_gets_lost_is_looked_up(repaired: Repaired, repaired_shop: Shop) -> None:
    shop, run_id = repaired_shop, repaired.run_id
    as_repaired = shop.state()
    shop.server.trap(never_came, 0)
    code, document = shop.run("undo", run_id)
    assert (code, document["error"]["code"]) == (3, "outcome-unknown")
    assert document["run_id"] in document["error"]["message"]
    assert shop.state() == as_repaired != repaired.before
    shop.server.trap(cut, 0)
    code, document = shop.run("undo", run_id)
    assert (code, shop.server.changes) == (0, 1), document["error"]
    assert document["applied"]["deleted"] == 6
    assert document["applied"]["restored"] == 1
    assert document["applied"]["schema"] > 5
    assert shop.state() == repaired.before
    assert shop.run("undo", run_id)[1]["verdict"] == "nothing-to-do"


def test_an_undo_that_is_killed_has_taken_back_all_or_nothing(
    repaired: Repaired, repaired_shop: Shop
) -> None:
    shop, run_id = repaired_shop, repaired.run_id
    as_repaired = shop.state()
    shop.killed(0, "undo", run_id, done=False)
    assert shop.state() == as_repaired
    shop.killed(0, "undo", run_id, done=True)
    assert shop.state() == repaired.before
    assert shop.run("undo", run_id)[0] == 0
    assert shop.state() == repaired.before
