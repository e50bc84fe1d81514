"""F47: the checkout names the module under a key that the handler does not read."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def newer_checkout(world: World) -> None:
    metadata = {"moduleId": "15", "moduleTitle": "Stable diffusion", "customerEmail": "carol@example.test"}
    world.buys("carol", 15, metadata=metadata)


FAULT = Fault(
    what="checkout and handler were deployed apart",
    inject=(),
    cause="site.webhook-handler",
    says="their sessions name the module as moduleId, while the handler that writes module_access reads",
    then=newer_checkout,
    before={"carol": []},
    quiet=("payments.unfulfilled",),
    fix="reconcile",
    after={"carol": ["15"]},
)
