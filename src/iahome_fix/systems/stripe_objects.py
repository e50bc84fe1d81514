"""What this tool reads of Stripe's objects, made from their JSON; everything else is left out.

Only `id` and the few fields without which an object means nothing are demanded. Every other field may be
absent or null (stripe/openapi: nearly all of them are nullable), and unknown fields are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iahome_fix.systems import stripe_json

COMPLETED = "checkout.session.completed"
ASYNC_SUCCEEDED = "checkout.session.async_payment_succeeded"
"""The money of a delayed method has arrived; `completed` said unpaid then (Stripe, Fulfill orders)."""

_EMAIL_KEYS = ("customer_email", "customerEmail", "userEmail")
_USER_KEYS = ("userId", "user_id")
_ITEM_KEYS = ("id", "module_id", "moduleId")
_PACK_KEYS = frozenset({"tokens", "tokenPackage", "packageType"})
# What the app's own checkout has put into a session over its history.
_APP_KEYS = _PACK_KEYS | {
    *_EMAIL_KEYS,
    *("items", "items_ids", "items_count", "total_amount", "moduleId", "moduleTitle"),
}


CHANGED_AT = "iahome_fix_changed_at"
"""The key in an endpoint's metadata under which this tool notes when it wrote it last (ISO 8601, UTC)."""


@dataclass(frozen=True)
class Endpoint:
    """A webhook endpoint. `source` is v1, or v2 for a destination that only the newer list shows.

    `created` is when it was registered, `changed` when this tool wrote it last (both UTC), None when that is
    not known. What others changed leaves no trace in the v1 list.
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

    @property
    def enabled(self) -> bool:
        return self.status == "enabled"

    @property
    def as_it_is_since(self) -> datetime | None:
        """Since when it is known to be as it is now; None when nothing is known."""
        return max((moment for moment in (self.created, self.changed) if moment), default=None)

    def receives(self, event_type: str) -> bool:
        """Whether events of this type are sent to it (while it is enabled)."""
        return event_type in self.enabled_events or "*" in self.enabled_events

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Endpoint:
        """From a v1 object. Raises StripeFailure (unexpected-response) when it has no id."""
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
            changed=stripe_json.moment(stripe_json.mapping(data.get("metadata")).get(CHANGED_AT)),
        )


@dataclass(frozen=True)
class Destination:
    """An event destination of the v2 API. `url` is None for what is not a webhook."""

    id: str
    kind: str
    url: str | None
    status: str
    payload: str
    enabled_events: tuple[str, ...]
    livemode: bool

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
        )

    def as_endpoint(self) -> Endpoint | None:
        """The same as a v1 endpoint; None unless it is a webhook that gets whole events (snapshots)."""
        if not self.url or self.payload != "snapshot":
            return None
        return Endpoint(self.id, self.url, self.status, self.enabled_events, self.livemode, source="v2")


@dataclass(frozen=True)
class Session:
    """A Checkout Session.

    Attributes:
        created: when it was opened (UTC), not when it was paid.
        amount_total: in the smallest unit of `currency`; None when Stripe gives none.
        emails: addresses it carries, in the order in which they are asked for the customer: the prefilled
            one, the one that was typed, those of the metadata; none twice.
        metadata: text values only.
        modules: ids it names, in their order, as text; nothing is guessed.
        refunded_amount: in the smallest unit; 0 when nothing was, or when it is not known.
        refunded: in full.
        disputed: a dispute is open or was lost; one that was won, and an inquiry that was closed, are none.
        refund_known: False when the key may not read payments, or the payment was not to be seen.
        arrived: False where a payment was begun and its money is not there: the charge failed or was not
            captured, or the payment was canceled.
        charged: when the payment was made (UTC), up to a day after `created`; None when it is not known.
    """

    id: str
    created: datetime
    livemode: bool
    mode: str
    status: str | None
    payment_status: str
    amount_total: int | None
    currency: str | None
    emails: tuple[str, ...] = field(repr=False)
    metadata: Mapping[str, str] = field(repr=False)
    modules: tuple[str, ...]
    refunded_amount: int
    refunded: bool
    disputed: bool
    refund_known: bool
    payment_method_types: tuple[str, ...]
    success_url: str | None
    charged: datetime | None = None
    arrived: bool = True
    charge_id: str | None = None

    @property
    def moment(self) -> datetime:
        """When the buyer paid, as far as it is known, else when the session was opened (UTC)."""
        return self.charged or self.created

    @property
    def email(self) -> str | None:
        """The first of its addresses."""
        return self.emails[0] if self.emails else None

    @property
    def user_id(self) -> str | None:
        """The id of the buyer's profile, where the metadata name one."""
        return next((text for key in _USER_KEYS if (text := self.metadata.get(key, "").strip())), None)

    @property
    def paid(self) -> bool:
        """Whether the goods are due: the flow ended and nothing is left to pay (Stripe, Fulfill orders)."""
        return (
            self.mode != "setup"
            and self.status == "complete"
            and self.payment_status in ("paid", "no_payment_required")
            and self.arrived
        )

    @property
    def is_token_pack(self) -> bool:
        """A sale of usage tokens, which gives no module."""
        if self.metadata.get("type") == "token_purchase":
            return True
        return not self.modules and not _PACK_KEYS.isdisjoint(self.metadata)

    @property
    def from_app(self) -> bool:
        """Whether it carries any of the metadata keys of the app's checkout."""
        return not _APP_KEYS.isdisjoint(self.metadata)

    @classmethod
    def of(cls, data: Mapping[str, Any], *, refunds_asked: bool = True) -> Session:
        """From a v1 object. Raises StripeFailure (unexpected-response) without an id or a time."""
        metadata = {k: v for k, v in stripe_json.mapping(data.get("metadata")).items() if isinstance(v, str)}
        amount = stripe_json.integer(data.get("amount_total"))
        intent, charge, known = _payment(data, refunds_asked=refunds_asked)
        back = stripe_json.integer(charge.get("amount_refunded")) or 0
        received = (
            stripe_json.integer(charge.get("amount"))
            or stripe_json.integer(intent.get("amount_received"))
            or amount
        )
        return cls(
            id=stripe_json.id_of(data),
            created=stripe_json.time_of(data),
            livemode=data.get("livemode") is True,
            mode=stripe_json.text(data.get("mode")) or "",
            status=stripe_json.text(data.get("status")),
            payment_status=stripe_json.text(data.get("payment_status")) or "",
            amount_total=amount,
            currency=stripe_json.text(data.get("currency")),
            emails=_emails(data, metadata),
            metadata=metadata,
            modules=modules_of(metadata),
            refunded_amount=back,
            refunded=charge.get("refunded") is True or bool(received and back >= received),
            disputed=charge.get("disputed") is True,
            refund_known=known,
            payment_method_types=stripe_json.texts(data.get("payment_method_types")),
            success_url=stripe_json.text(data.get("success_url")),
            charged=stripe_json.time_of(charge)
            if stripe_json.integer(charge.get("created")) is not None
            else None,
            arrived=not _failed(intent, charge),
            charge_id=stripe_json.text(charge.get("id")),
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


def modules_of(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """The modules that a session names, in every shape that the app has used.

    `items_ids` (ids with commas), `moduleId` (one id) and `items` (a JSON list of ids or of objects with
    one). Order kept, none twice, blanks dropped; what is not such a list names nothing.
    """
    named = [*metadata.get("items_ids", "").split(","), metadata.get("moduleId", "")]
    named += _listed_items(metadata.get("items", ""))
    return _unique(text.strip() for text in named)


def _listed_items(text: str) -> Iterator[str]:
    try:
        items = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return
    for item in items if isinstance(items, list) else ():
        value = next((item[k] for k in _ITEM_KEYS if k in item), None) if isinstance(item, dict) else item
        if isinstance(value, str):
            yield value
        elif isinstance(value, int) and not isinstance(value, bool):
            yield str(value)


def _payment(
    data: Mapping[str, Any], *, refunds_asked: bool
) -> tuple[Mapping[str, Any], Mapping[str, Any], bool]:
    """The PaymentIntent, its charge, and whether they say all there is to know about refunds."""
    intent = data.get("payment_intent")
    if isinstance(intent, Mapping):
        charge = intent.get("latest_charge")
        return intent, stripe_json.mapping(charge), charge is None or isinstance(charge, Mapping)
    free = data.get("payment_status") == "no_payment_required" or not data.get("amount_total")
    return {}, {}, free or (refunds_asked and intent is None and data.get("mode") == "payment")


_NO_MONEY = frozenset({
    "canceled", "processing", "requires_action", "requires_capture", "requires_confirmation",
    "requires_payment_method",
})  # fmt: skip
"""States of a PaymentIntent in which no money has come (Stripe, PaymentIntent lifecycle)."""


def _failed(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> bool:
    """Whether the money is not there; the session goes on saying paid when a debit fails later."""
    return (
        intent.get("status") in _NO_MONEY
        or charge.get("status") == "failed"
        or charge.get("captured") is False
        or charge.get("paid") is False
    )


def _emails(data: Mapping[str, Any], metadata: Mapping[str, str]) -> tuple[str, ...]:
    found = [data.get("customer_email"), stripe_json.mapping(data.get("customer_details")).get("email")]
    found += [metadata.get(key) for key in _EMAIL_KEYS]
    return _unique(text.strip() for text in found if isinstance(text, str))


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
