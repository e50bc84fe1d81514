"""Everything that the stand-in knows: set-up, payments, events and deliveries of one account."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from iahome_fix.sandbox.stripe import delivery
from iahome_fix.sandbox.stripe.billing import Billing
from iahome_fix.sandbox.stripe.delivery import Delivery
from iahome_fix.sandbox.stripe.endpoints import API_VERSION
from iahome_fix.sandbox.stripe.trouble import Trouble
from iahome_fix.systems.stripe_ids import Moment, epoch, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iahome_fix.sandbox.stripe.setup import Object


class Checkout(NamedTuple):
    """What a completed checkout left behind."""

    session: Object
    event: Object


@dataclass
class EventFate:
    """What the API does not show of an event: who was to get it, who got it, a stated delivery result."""

    subscribed: frozenset[str]
    delivered_to: set[str] = field(default_factory=set)
    delivery_success: bool | None = None


class StripeState(Billing):
    """One Stripe account, both modes.

    Thread-safe through `lock`, which every method takes; take it yourself to change an object in place. What
    the `add_…` methods return is the stored object: a change shows in the next answer. Amounts are in the
    smallest unit of the currency, points in time are UTC.
    """

    def __init__(self, account: str = "acct_1") -> None:
        super().__init__(account)
        self.trouble = Trouble()
        self.delivery_timeout = 10.0
        self.events: dict[str, Object] = {}
        self.fates: dict[str, EventFate] = {}
        self.deliveries: list[Delivery] = []

    def add_event(
        self,
        *,
        type: str = "checkout.session.completed",  # noqa: A002 - Stripe's name for it, as in the objects
        object_id: str,
        created: Moment | None = None,
        livemode: bool | None = None,
        pending_webhooks: int = 0,
        id: str | None = None,  # noqa: A002 - Stripe's name for it, as in the objects
        delivery_success: bool | None = None,
        object_overrides: Mapping[str, Any] | None = None,
        api_version: str | None = API_VERSION,
        subscribed: Iterable[str] | None = None,
    ) -> Object:
        """An event about a stored object, as that object is now; nothing is delivered.

        `object_overrides` are fields that were different then. `delivery_success` None follows
        `pending_webhooks`. `subscribed` are the ids of the endpoints that were to get it, by default those
        that would get it now: a retry reaches no other. KeyError when there is no such object.
        """
        with self.lock:
            about = self.find(object_id)
            if about is None:
                raise KeyError(object_id)
            # A refund does not say its mode, its charge does.
            with_mode = about if "livemode" in about else self.charges[about["charge"]]
            mode = bool(with_mode["livemode"]) if livemode is None else livemode
            event: Object = {
                "id": id or new_id("evt"),
                "object": "event",
                "api_version": api_version,
                "context": None,
                "created": epoch(created),
                "data": {"object": {**copy.deepcopy(about), **(object_overrides or {})}},
                "livemode": mode,
                "pending_webhooks": pending_webhooks,
                "request": {"id": None, "idempotency_key": None},
                "type": type,
            }
            targets = self._subscribed(type, livemode=mode) if subscribed is None else subscribed
            self.events[event["id"]] = event
            self.fates[event["id"]] = EventFate(frozenset(targets), delivery_success=delivery_success)
        return event

    def _subscribed(self, event_type: str, *, livemode: bool) -> list[str]:
        return [e.id for e in self.endpoints.values() if e.livemode == livemode and e.wants(event_type)]

    def emit(self, event_type: str, object_id: str, created: Moment | None = None) -> Object:
        """Makes an event and delivers it to every enabled, subscribed endpoint of the same mode."""
        with self.lock:
            event = self.add_event(type=event_type, object_id=object_id, created=created)
            targets = sorted(self.fates[event["id"]].subscribed)
            event["pending_webhooks"] = len(targets)
        for endpoint_id in targets:
            self.deliver(event["id"], endpoint_id)
        return event

    def complete_checkout(self, **session: Any) -> Checkout:
        """A buyer pays: the session (arguments of `add_session`), its `checkout.session.completed` event, and
        the deliveries of it (see `deliveries`)."""
        made = self.add_session(**session)
        return Checkout(made, self.emit("checkout.session.completed", made["id"]))

    def deliver(self, event_id: str, endpoint_id: str) -> Delivery:
        """Sends an event to an endpoint once, whatever its status, and notes the result.

        The first success at an endpoint lowers `pending_webhooks`. The lock is not held during the call, so
        the receiver may ask this API. Hosts other than this machine never answer.
        """
        with self.lock:
            event, endpoint = copy.deepcopy(self.events[event_id]), self.endpoints[endpoint_id]
            event["api_version"] = endpoint.api_version or event["api_version"]
            url, secrets = endpoint.url, [endpoint.secret, *endpoint.old_secrets]
        status = delivery.post(url, event, secrets, self.delivery_timeout)
        made = Delivery(event_id, endpoint_id, url, status, datetime.now(UTC))
        with self.lock:
            self.deliveries.append(made)
            fate, stored = self.fates[event_id], self.events[event_id]
            if made.delivered and endpoint_id not in fate.delivered_to:
                fate.delivered_to.add(endpoint_id)
                stored["pending_webhooks"] = max(0, stored["pending_webhooks"] - 1)
                if stored["pending_webhooks"] == 0:
                    fate.delivery_success = None
        return made
