"""Event destinations that the v1 list does not show: thin payloads, EventBridge, Event Grid.

The app's handler verifies a signed, whole event (a snapshot), so none of these can serve it; but whoever set
one up for this address will look for it, and must not read that there is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.errors import ToolError
from iahome_fix.facts.seen import derived
from iahome_fix.facts.webhook import destinations, shown
from iahome_fix.i18n import _
from iahome_fix.systems.stripe_errors import StripeFailure
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.stripe_objects import Destination


@dataclass(frozen=True)
class Beside:
    """What there is beside the endpoints of the v1 list.

    Attributes:
        read: whether this key or account has the wider list at all.
        thin: destinations for this site's webhook that send thin events.
        elsewhere: enabled destinations that are no webhook and get the payment event.
    """

    read: bool
    thin: tuple[Destination, ...] = ()
    elsewhere: tuple[Destination, ...] = ()


@derived
def beside(ctx: Seen) -> Beside:
    """The other destinations of the key's account and mode. Raises StripeFailure where the list failed."""
    found = destinations(ctx)
    if found is None:
        return Beside(read=False)
    return Beside(
        read=True,
        thin=ctx.webhook.thin(found),
        elsewhere=tuple(
            d
            for d in found
            if d.url is None and d.kind != "webhook_endpoint" and d.enabled and _gets_payments(d)
        ),
    )


def thin_beside(ctx: Seen) -> tuple[Destination, ...]:
    """Thin destinations for this site's webhook; none where the wider list cannot be read."""
    found = beside.or_why(ctx)
    if isinstance(found, StripeFailure):
        return ()
    if isinstance(found, ToolError):
        raise found
    return found.thin


def thin_said(found: Sequence[Destination]) -> str:
    """What is there, as a sentence."""
    return _(
        "only a destination of the newer kind sends to {url} ({id}): its thin events say that something"
        " happened and to which object, while the handler reads whole events (snapshots)"
    ).format(url=shown(found[0].url or ""), id=found[0].id)


def rest_said(others: Beside) -> str | None:
    """What else has to be known where no endpoint is there; None for nothing."""
    if not others.read:
        return _(
            "the newer list (event destinations) may not be read with this key, so it was not looked at:"
            " Stripe, Developers, Webhooks shows both"
        )
    if others.elsewhere:
        return _(
            "payments go to {places}; from there they reach the handler without Stripe's signature, if at all"
        ).format(places=", ".join(f"{_kind(d)} ({d.id})" for d in others.elsewhere))
    return None


def _gets_payments(destination: Destination) -> bool:
    return any(name == "*" or name.endswith(COMPLETED) for name in destination.enabled_events)


def _kind(destination: Destination) -> str:
    kinds = {"amazon_eventbridge": "Amazon EventBridge", "azure_event_grid": "Azure Event Grid"}
    return kinds.get(destination.kind, destination.kind or "?")
