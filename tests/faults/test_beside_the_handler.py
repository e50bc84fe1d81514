"""One customer is lost to a cause of their own, while the handler writes nothing for five others.

Each is told by its own check: what stops one sale keeps nobody from looking at the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.steps import step_of
from tests.faults.test_faults import CATALOGUE
from tests.faults.world import ago

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld
    from tests.faults.world import Ran, World

HANDLER = "site.webhook-handler"
OF_SOME = ("stripe.undelivered", "site.free-orders", "site.checkout-address", "schema.customers-refused")
NOBODY = ("f06_webhook_secret_rolled", "x24_refused_where_reading_ends")
"""Nobody's event reaches the handler then, or a trigger may refuse everybody: it is not to blame for any."""
OTHERS = ("erin", "frank", "grace", "heidi", "ivan")
SHARE = 5
"""One in so many is part of the suite."""
ORDER = {check.id: place for place, check in enumerate(CHAIN)}


def of_some() -> list[str]:
    """The entries whose cause speaks of some payments or rows, and not of all that come."""
    found = []
    for name, fault in CATALOGUE.items():
        link = (fault.cause or "").partition(".")[0]
        if (
            name not in NOBODY
            and fault.outside is None
            and (link in ("data", "payments") or fault.cause in OF_SOME)
        ):
            found.append(name)
    return found


@pytest.mark.parametrize(
    "name",
    [
        name if place % SHARE == 0 else pytest.param(name, marks=pytest.mark.wide)
        for place, name in enumerate(of_some())
    ],
)
def test_who_is_lost_for_another_reason_hides_nobody(open_world: OpenWorld, name: str) -> None:
    fault = CATALOGUE[name]
    world = open_world(fault.regime)
    for step in fault.inject:
        step(world)
    fault.then(world)
    the_handler_stops(world)

    found = world.doctor()
    both = sorted({str(fault.cause), HANDLER}, key=ORDER.__getitem__)
    if step_of(both[0]) is step_of(both[1]):
        both = [HANDLER, str(fault.cause)]  # the more at one step come first
    assert found.causes == both, found.shown()
    assert reason(found, HANDLER)["customers"] == len(OTHERS), found.document["sales"]
    assert "5 payments" in found.check(HANDLER)["detail"]
    for check in found.with_status("blocked"):
        assert set(found.check(check)["because_of"]) <= set(both), found.shown()


def the_handler_stops(world: World) -> None:
    """Judy is served; then nothing is written any more, for five who buy."""
    for who in ("judy", *OTHERS):
        world.sql(
            "insert into auth.users (id, aud, role, email, email_confirmed_at, created_at) values"
            f" (gen_random_uuid(), 'authenticated', 'authenticated', '{who}@example.test', now(), now())"
        )
    world.site.handler = "normal"
    world.buys("judy", 6, when=ago(minutes=8))
    world.site.handler = "noop"
    for who in OTHERS:
        world.buys(who, 6, when=ago(minutes=7))


def reason(found: Ran, check: str) -> dict[str, object]:
    return next(one for one in found.document["sales"]["reasons"] if one["check"] == check)
