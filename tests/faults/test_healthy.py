"""The world that every fault breaks, as it is before: nothing to name, in every regime of privileges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.model import source

if TYPE_CHECKING:
    from iahome_fix.sandbox.supabase import Regime
    from tests.faults.conftest import OpenWorld


@pytest.mark.parametrize("regime", ["since", "before"])
def test_nothing_is_wrong(open_world: OpenWorld, regime: Regime) -> None:
    world = open_world(regime)
    before = world.doctor()
    assert (before.code, before.causes, before.document["verdict"]) == (0, [], "healthy"), before.shown()
    assert [world.page(who) for who in ("alice", "bob", "carol")] == [["15"], ["6", "13"], []]

    world.buys("carol", 15)
    after = world.doctor()
    assert (after.code, after.causes, after.document["verdict"]) == (0, [], "healthy"), after.shown()
    assert after.with_status("warn") == [], after.shown()
    assert world.page("carol") == ["15"]


def test_nothing_is_wrong_with_the_source_either(open_world: OpenWorld) -> None:
    world = open_world()
    source()(world)
    found = world.doctor()
    assert (found.code, found.causes, found.document["verdict"]) == (0, [], "healthy"), found.shown()
    assert found.with_status("warn") == found.with_status("skipped") == [], found.shown()
    assert found.check("site.source-read")["detail"] == "4 files of the app's source were read"
