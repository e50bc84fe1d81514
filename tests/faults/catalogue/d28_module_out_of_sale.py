"""D28, a decoy: a module was taken out of sale, and its accesses went with it; what was sold is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.model import Fault
from tests.faults.world import ago

if TYPE_CHECKING:
    from tests.faults.world import World


def sold_two_months_ago(world: World) -> None:
    """Bob bought module 9, which is gone since."""
    world.stripe.add_session(**{**world.paid("bob", 9, when=ago(days=60)), "id": "cs_live_gone"})


FAULT = Fault(
    what="two months ago a module was sold that is no longer there",
    inject=(sold_two_months_ago,),
    cause=None,
    statuses={"payments.no-module": "warn"},
    notes={"payments.no-module": "modules that are gone: 9"},
    after={"carol": ["15"]},
)
