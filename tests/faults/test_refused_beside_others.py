"""A customer whom a rule of the table refuses keeps nobody else waiting, however many sales are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.world import CAROL, ago

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld


def test_one_is_refused_four_times_and_the_other_is_served(open_world: OpenWorld) -> None:
    world = open_world()
    world.site.handler = "noop"
    world.buys("carol", 3, 6, 13, 15, when=ago(minutes=40))
    world.buys("alice", 6, when=ago(minutes=20), id="cs_live_alice_again")
    world.site.handler = "normal"
    world.sql(f"alter table public.module_access add constraint no_carol check (user_id <> '{CAROL}')")

    done = world.command("repair", "--yes")
    assert (done.code, done.document["verdict"]) == (4, "partly-applied")
    said = done.document["error"]["message"]
    assert "applied: a part of reconcile (run " in said
    assert "1 access was created, 4 were refused" in said
    assert "nothing was changed" not in said, "one was given"
    assert (world.page("alice"), world.page("carol")) == (["6", "15"], [])
    assert world.look().causes == ["schema.customers-refused"]
