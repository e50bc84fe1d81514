"""What repair moves to the new id of a customer keeps its end, is moved once, and undo moves it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.commands import call
from tests.faults.test_faults import CATALOGUE

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld
    from tests.faults.world import World

FAULT = CATALOGUE["f85_account_made_again"]


def rows(world: World) -> list[tuple[Any, ...]]:
    return world.sql("select * from public.module_access order by id")


def ends(world: World) -> list[tuple[Any, ...]]:
    return world.sql("select module_id, expires_at from public.module_access where is_active order by 1")


def test_what_is_moved_keeps_its_end_and_undo_moves_it_back(open_world: OpenWorld) -> None:
    world = open_world(FAULT.regime)
    for step in FAULT.inject:
        step(world)
    before, until = rows(world), ends(world)
    done = world.command("repair", "--yes")
    assert (done.code, world.page("bob"), ends(world)) == (0, ["6", "13"], until)
    assert world.command("reconcile", "--yes").document["applied"] == {"created": 0}
    # Nor does the token of the former id give it an access once more.
    assert world.command("backfill", "--yes").document["applied"] == {"created": 0}
    assert world.command("undo", done.document["run_id"], "--yes").code == 0
    assert rows(world) == before


def test_the_plan_says_what_is_moved_and_who_waits(open_world: OpenWorld) -> None:
    world = open_world(FAULT.regime)
    for step in FAULT.inject:
        step(world)
    planned = world.command("repair", "--dry-run").document["plan"]["steps"][0]["plan"]
    assert planned["warnings"]["moves"] == planned["to_create"] == 2
    shown = call(world.folder, "repair", "--dry-run", "--env-file", str(world.env_file())).out
    assert "1 customer paid 19.80 EUR and waits" in shown
    assert "moved from a former id of this customer; the end stays" in shown
    shown = call(world.folder, "reconcile", "--dry-run", "--env-file", str(world.env_file())).out
    assert "2 accesses are made for 1 customer, 2 deactivated of former ids" in " ".join(shown.split())
