"""What this tool reads of Stripe's objects, made from their JSON; everything else is left out.

Only `id` and the few fields without which an object means nothing are demanded. Every other field may be
absent or null (stripe/openapi: nearly all of them are nullable), and unknown fields are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iahome_fix.systems import stripe_json

SESSIONS = "/v1/checkout/sessions"
"""Where Stripe lists Checkout Sessions."""
COMPLETED = "checkout.session.completed"
ASYNC_SUCCEEDED = "checkout.session.async_payment_succeeded"
"""The money of a delayed method has arrived; `completed` said unpaid then (Stripe, Fulfill orders)."""

RENEWED = ("invoice.paid", "invoice.payment_succeeded")
"""An invoice was paid: either type tells a handler of a renewal (Stripe, Subscription webhooks)."""

CHANGED_AT = "iahome_fix_changed_at"
"""The key in an endpoint's metadata under which this tool notes when it wrote it last (ISO 8601, UTC)."""


@dataclass(frozen=True)
class Endpoint:
    """A webhook endpoint. `source` is v1, or v2 for a destination that only the newer list shows.

    `created` is when it was registered, `changed` when this tool wrote it last (both UTC), None when that is
    not known. What others changed leaves no trace in the v1 list. `connected`: it gets the events of the
    accounts that are connected to this one, and none of this account's own (Stripe, Connect webhooks).
    `manager`: the program that its metadata name as the one that keeps it.
    """

    id: str
    url: str
    status: str
    enabled_events: tuple[str, ...]
    livemode: bool
    api_version: str | None = None
    source: str = "v1"
    created: datetime | None = None
    changed: datetime | None = None
    connected: bool = False
    manager: str | None = None

    @property
    def enabled(self) -> bool:
        return self.status == "enabled"

    @property
    def as_it_is_since(self) -> datetime | None:
        """Since when it is known to be as it is now; None when nothing is known."""
        return max((moment for moment in (self.created, self.changed) if moment), default=None)

    def receives(self, event_type: str) -> bool:
        """Whether this account's events of this type are sent to it (while it is enabled)."""
        return not self.connected and self.subscribes(event_type)

    def subscribes(self, event_type: str) -> bool:
        """Whether it asks for events of this type, whosever they are."""
        return event_type in self.enabled_events or "*" in self.enabled_events

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Endpoint:
        """From a v1 object. Raises StripeFailure (unexpected-response) when it has no id."""
        metadata = stripe_json.mapping(data.get("metadata"))
        return cls(
            id=stripe_json.id_of(data),
            url=stripe_json.text(data.get("url")) or "",
            status=stripe_json.text(data.get("status")) or "",
            enabled_events=stripe_json.texts(data.get("enabled_events")),
            livemode=data.get("livemode") is True,
            api_version=stripe_json.text(data.get("api_version")),
            created=stripe_json.time_of(data)
            if stripe_json.integer(data.get("created")) is not None
            else None,
            changed=stripe_json.moment(metadata.get(CHANGED_AT)),
            # `connect` itself is not shown; the Connect application is (stripe/openapi: webhook_endpoint).
            connected=stripe_json.text(data.get("application")) is not None,
            manager=stripe_json.text(metadata.get("managed_by")),
        )


@dataclass(frozen=True)
class Destination:
    """An event destination of the v2 API. `url` is None for what is not a webhook; `connected` as for an
    endpoint."""

    id: str
    kind: str
    url: str | None
    status: str
    payload: str
    enabled_events: tuple[str, ...]
    livemode: bool
    connected: bool = False

    @property
    def enabled(self) -> bool:
        return self.status == "enabled"

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Destination:
        """From a v2 object. Raises StripeFailure (unexpected-response) when it has no id."""
        return cls(
            id=stripe_json.id_of(data),
            kind=stripe_json.text(data.get("type")) or "",
            url=stripe_json.text(stripe_json.mapping(data.get("webhook_endpoint")).get("url")),
            status=stripe_json.text(data.get("status")) or "",
            payload=stripe_json.text(data.get("event_payload")) or "",
            enabled_events=stripe_json.texts(data.get("enabled_events")),
            livemode=data.get("livemode") is True,
            connected=stripe_json.texts(data.get("events_from")) == ("@accounts",),
        )

    def as_endpoint(self) -> Endpoint | None:
        """The same as a v1 endpoint; None unless it is a webhook that gets whole events (snapshots)."""
        if not self.url or self.payload != "snapshot":
            return None
        return Endpoint(
            self.id,
            self.url,
            self.status,
            self.enabled_events,
            self.livemode,
            source="v2",
            connected=self.connected,
        )


@dataclass(frozen=True)
class Event:
    """An event and the little of its object that is needed. `object_payment_status` is that of its moment."""

    id: str
    type: str
    created: datetime
    livemode: bool
    pending_webhooks: int
    object_id: str | None
    object_payment_status: str | None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Event:
        """From a v1 object. Raises StripeFailure (unexpected-response) without an id or a time."""
        inner = stripe_json.mapping(stripe_json.mapping(data.get("data")).get("object"))
        return cls(
            id=stripe_json.id_of(data),
            type=stripe_json.text(data.get("type")) or "",
            created=stripe_json.time_of(data),
            livemode=data.get("livemode") is True,
            pending_webhooks=stripe_json.integer(data.get("pending_webhooks")) or 0,
            object_id=stripe_json.text(inner.get("id")),
            object_payment_status=stripe_json.text(inner.get("payment_status")),
        )
