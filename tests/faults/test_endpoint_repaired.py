"""After the endpoint was corrected, before `reconcile`: what it missed is no reason to accuse the handler."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from iahome_fix.systems.stripe_objects import CHANGED_AT
from tests.faults.test_faults import CATALOGUE
from tests.faults.world import ago

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld
    from tests.faults.world import World

FIX = ("check-stripe", "--fix", "--yes")
REMARK = "the endpoint was corrected after these payments, and what it missed is not sent again"


def missed(world: World, name: str) -> None:
    """The endpoint is broken as the catalogue says, and Carol pays."""
    fault = CATALOGUE[name]
    for step in fault.inject:
        step(world)
    fault.then(world)


def stamp(world: World) -> datetime:
    return datetime.fromisoformat(world.endpoint.metadata[CHANGED_AT])


@pytest.mark.parametrize("name", ["f43_endpoint_disabled", "f44_event_not_subscribed"])
def test_what_the_endpoint_missed_is_for_reconcile(open_world: OpenWorld, name: str) -> None:
    world = open_world()
    missed(world, name)
    fixed = world.command(*FIX)
    assert fixed.document["applied"]["action"] == "update"
    # check-stripe looks again at once, and the customer still waits.
    assert (fixed.code, fixed.causes) == (0, []), fixed.shown()

    found = world.doctor()
    assert found.causes == found.with_status("fail") == ["payments.unfulfilled"], found.shown()
    entry = found.check("payments.unfulfilled")
    assert REMARK in entry["detail"]
    assert entry["fix"]["command"].startswith("iahome-fix reconcile ")
    assert found.check("site.webhook-handler")["status"] == "ok"

    assert world.command("reconcile", "--yes").code == 0
    after = world.doctor()
    assert (after.code, after.causes, world.page("carol")) == (0, [], ["15"]), after.shown()


def test_a_new_endpoint_is_stamped_as_well(open_world: OpenWorld) -> None:
    world = open_world()
    world.stripe.endpoints.clear()
    world.buys("carol", 15)
    assert world.command(*FIX, "--secret-file", "secret").document["applied"]["action"] == "create"
    world.endpoint = next(iter(world.stripe.endpoints.values()))
    assert ago(seconds=60) <= stamp(world) <= ago(seconds=-2)


def test_a_handler_that_writes_nothing_since_then_is_still_accused(open_world: OpenWorld) -> None:
    world = open_world()
    world.endpoint.metadata[CHANGED_AT] = ago(minutes=30).isoformat()
    world.site.handler = "noop"
    world.buys("carol", 15, when=ago(minutes=40))
    before = world.look()
    assert before.causes == ["payments.unfulfilled"], before.shown()

    world.buys("bob", 15, id="cs_live_bob_again", when=ago(minutes=10))
    found = world.doctor()
    assert found.causes == ["site.webhook-handler", "payments.unfulfilled"], found.shown()
    entry = found.check("site.webhook-handler")
    assert entry["evidence"]["sessions"] == ["cs_live_bob_again"]


@pytest.mark.parametrize("written", ["", "yesterday", "2026-10-01T00:00:00", "0001-01-01T00:00:00+14:00"])
def test_a_stamp_that_is_none_changes_nothing(open_world: OpenWorld, written: str) -> None:
    world = open_world()
    world.endpoint.metadata[CHANGED_AT] = written
    missed(world, "f51_handler_writes_nothing")
    found = world.look()
    assert found.causes == ["site.webhook-handler"], found.shown()


def test_undo_puts_its_own_stamp(open_world: OpenWorld) -> None:
    world = open_world()
    missed(world, "f43_endpoint_disabled")
    world.endpoint.metadata["team"] = "shop"
    run = world.command(*FIX).document["run_id"]
    world.endpoint.metadata[CHANGED_AT] = ago(days=1).isoformat()

    undone = world.command("undo", run, "--yes")
    assert undone.document["applied"]["stripe"] == [world.endpoint.id], undone.document
    # The endpoint is as it was, and since now: what it brought until now says nothing of what it brings.
    assert world.endpoint.status == "disabled"
    assert ago(seconds=60) <= stamp(world) <= ago(seconds=-2)
    assert world.endpoint.metadata["team"] == "shop"
    assert world.doctor().causes == ["stripe.endpoint-enabled"]
