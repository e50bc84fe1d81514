"""What is said of an access in somebody else's account, done as it stands there, gives it to who paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.test_faults import CATALOGUE

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld

FAULT = CATALOGUE["d26_given_to_another_account"]


def test_the_statement_of_the_hint_gives_the_access_to_the_customer(open_world: OpenWorld) -> None:
    world = open_world(FAULT.regime)
    for step in FAULT.inject:
        step(world)
    (hint,) = (
        one["hint"] for one in world.look().document["checks"] if one["id"] == "payments.other-account"
    )
    world.sql(hint.partition("in the SQL editor by: ")[2])
    assert (world.page("carol"), world.page("bob")) == (["15"], ["6", "13"])
    assert world.look().check("payments.other-account")["status"] == "ok"
