"""What the owner of the account sets up: keys, webhook endpoints, other destinations."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.stripe import endpoints
from iahome_fix.sandbox.stripe.endpoints import API_VERSION, Endpoint
from iahome_fix.sandbox.stripe.keys import ApiKey, make_key
from iahome_fix.systems.stripe_ids import Moment, epoch, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Object = dict[str, Any]


class Setup:
    """The part of the state that exists before anyone pays; `lock` guards all of it."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.lock = threading.RLock()
        self.endpoint_limit = 16
        self.keys: dict[str, ApiKey] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.destinations: dict[str, Object] = {}

    def add_key(
        self,
        mode: str = "live",
        kind: str = "secret",
        permissions: Iterable[str] | None = None,
        *,
        expired: bool = False,
    ) -> str:
        """Makes a key at random and returns it. `kind`: secret, restricted, publishable.

        `permissions` limits a restricted key to these slugs (`webhook_read`, …); None is all of them.
        """
        key = make_key(mode, kind, permissions, expired=expired)
        with self.lock:
            self.keys[key.value] = key
        return key.value

    def expire_key(self, value: str) -> None:
        """The key is answered 401 `api_key_expired` from now on."""
        with self.lock:
            self.keys[value] = replace(self.keys[value], expired=True)

    def add_endpoint(
        self,
        *,
        url: str,
        enabled_events: Iterable[str],
        livemode: bool = True,
        status: str = "enabled",
        api_version: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        created: Moment | None = None,
    ) -> Endpoint:
        """An endpoint as the Dashboard would make it, without the API's checks; `.secret` is random."""
        endpoint = Endpoint(
            url=url,
            enabled_events=list(enabled_events),
            livemode=livemode,
            created=epoch(created),
            status=status,
            api_version=api_version,
            description=description,
            metadata=dict(metadata or {}),
            id=new_id("we"),
        )
        with self.lock:
            self.endpoints[endpoint.id] = endpoint
        return endpoint

    def roll_secret(self, endpoint_id: str, *, keep_old: bool = True) -> str:
        """Gives the endpoint a new secret; the old one goes on signing too unless it is dropped."""
        with self.lock:
            endpoint = self.endpoints[endpoint_id]
            endpoint.old_secrets = [*endpoint.old_secrets, endpoint.secret] if keep_old else []
            endpoint.secret = new_id("whsec", 32)
            return endpoint.secret

    def add_destination(
        self,
        *,
        kind: str = "webhook_endpoint",
        event_payload: str = "thin",
        url: str | None = None,
        enabled_events: Iterable[str] = ("v1.billing.meter.error_report_triggered",),
        status: str = "enabled",
    ) -> Object:
        """A destination that the v1 API does not show: thin, or of another kind than a webhook.

        `kind`: webhook_endpoint, amazon_eventbridge, azure_event_grid. Nothing is delivered to it.
        """
        made = endpoints.destination(
            kind=kind,
            event_payload=event_payload,
            url=url,
            enabled_events=enabled_events,
            livemode=True,
            status=status,
            name="Destination",
            created=epoch(None),
            snapshot_api_version=API_VERSION,
        )
        with self.lock:
            self.destinations[made["id"]] = made
        return made
