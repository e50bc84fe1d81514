"""Webhook endpoints and the other event destinations, as the v1 and the v2 API show them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from iahome_fix.systems.stripe_ids import iso, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable

API_VERSION = "2026-10-28.endive"
"""The default version of the account, and the one that stripe-python 16.1 pins."""


@dataclass
class Endpoint:
    """A webhook endpoint. Change the fields at will; the next answer shows it.

    `secret` signs deliveries and is in the API's answer to the create call only. `old_secrets` are rolled
    ones that still sign. `connect`: it gets connected accounts' events; `application` is whose.
    """

    url: str
    enabled_events: list[str]
    livemode: bool
    created: int
    status: str = "enabled"
    api_version: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: new_id("we"))
    secret: str = field(default_factory=lambda: new_id("whsec", 32), repr=False)
    old_secrets: list[str] = field(default_factory=list, repr=False)
    connect: bool = False
    application: str | None = None
    updated: int = 0
    destination_id: str = ""

    def __post_init__(self) -> None:
        self.updated = self.updated or self.created
        mode = "live" if self.livemode else "test"
        self.destination_id = self.destination_id or new_id(f"ed_{mode}", 48)

    def wants(self, event_type: str) -> bool:
        """Whether an event of this type, made now in its mode by this account itself, is sent to it."""
        if self.connect or self.application:
            return False
        return self.status == "enabled" and not {event_type, "*"}.isdisjoint(self.enabled_events)

    def as_v1(self) -> dict[str, Any]:
        """The v1 object, without the secret. A Connect endpoint shows by its application only."""
        return {
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": self.application,
            "created": self.created,
            "description": self.description,
            "enabled_events": list(self.enabled_events),
            "livemode": self.livemode,
            "metadata": dict(self.metadata),
            "status": self.status,
            "url": self.url,
        }

    def as_v2(self) -> dict[str, Any]:
        """The same endpoint as an event destination. Its id there is of another form (join them by URL)."""
        return destination(
            kind="webhook_endpoint",
            event_payload="snapshot",
            url=self.url,
            enabled_events=self.enabled_events,
            livemode=self.livemode,
            status=self.status,
            name=self.description or "",
            created=self.created,
            updated=self.updated,
            destination_id=self.destination_id,
            snapshot_api_version=self.api_version or API_VERSION,
            events_from=["@accounts" if self.connect or self.application else "@self"],
            metadata=self.metadata,
        )


def destination(
    *,
    kind: str,
    event_payload: str,
    url: str | None,
    enabled_events: Iterable[str],
    livemode: bool,
    status: str,
    name: str,
    created: int,
    updated: int | None = None,
    destination_id: str | None = None,
    snapshot_api_version: str | None = None,
    events_from: Iterable[str] = ("@self",),
    metadata: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A v2 event destination with its URL (which a list shows only when asked to)."""
    mode = "live" if livemode else "test"
    shown: dict[str, Any] = {
        "id": destination_id or new_id(f"ed_{mode}", 48),
        "object": "v2.core.event_destination",
        "created": iso(created),
        "description": "",
        "enabled_events": list(enabled_events),
        "event_payload": event_payload,
        "events_from": list(events_from),
        "livemode": livemode,
        "metadata": dict(metadata or {}),
        "name": name,
        "snapshot_api_version": snapshot_api_version if event_payload == "snapshot" else None,
        "status": status,
        # No reason is documented for what Stripe itself disables, so a person did it.
        "status_details": {"disabled": {"reason": "user"}} if status == "disabled" else None,
        "type": kind,
        "updated": iso(created if updated is None else updated),
    }
    if kind == "amazon_eventbridge":
        source = f"aws.partner/stripe.com/{shown['id']}"
        shown["amazon_eventbridge"] = {
            "aws_account_id": "000000000000",
            "aws_event_source_arn": f"arn:aws:events:eu-west-3::event-source/{source}",
            "aws_event_source_status": "active",
        }
    elif kind == "azure_event_grid":
        shown["azure_event_grid"] = {
            "azure_partner_topic_name": "stripe",
            "azure_partner_topic_status": "activated",
            "azure_region": "francecentral",
            "azure_resource_group_name": "iahome",
            "azure_subscription_id": "00000000-0000-0000-0000-000000000000",
        }
    else:
        shown["webhook_endpoint"] = {"signing_secret": None, "url": url}
    return shown


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = (urlsplit(url).hostname or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
