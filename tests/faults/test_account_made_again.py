"""What repair moves to the new id of a customer keeps its end, is moved once, and undo moves it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    assert world.command("undo", done.document["run_id"], "--yes").code == 0
    assert rows(world) == before
