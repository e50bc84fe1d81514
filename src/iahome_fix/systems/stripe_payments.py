"""What was paid: a Checkout Session as this tool reads it, and what it has in common with an invoice.

Only `id` and the time are demanded. Every other field may be absent or null (stripe/openapi: nearly all of
them are nullable), and unknown fields are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from iahome_fix.addresses import folded
from iahome_fix.packed import Record
from iahome_fix.systems import stripe_json

if TYPE_CHECKING:
    from iahome_fix.profile import CheckoutKeys


@dataclass(frozen=True, kw_only=True, slots=True)
class Payment(Record):
    """What a buyer paid at one time: a Checkout Session, or an invoice of a subscription.

    Attributes:
        session_id: the Checkout Session that it goes back to, None for a subscription that none began.
        payment_id: the invoice by which it was paid, None where there is none.
        created: when it was opened (UTC), not when it was paid.
        amount_total: in the smallest unit of `currency`; None when Stripe gives none.
        emails: addresses it carries, in the order in which they are asked for the customer: the prefilled
            one, the one that was typed, those of the metadata; none twice.
        metadata: text values only.
        keys: what the app means by their keys (app profile).
        modules: ids it names, in their order, as text; nothing is guessed.
        items: the titles of what was sold, as its line items have them; none where they were not asked for.
        added: those of `modules` that only the line items name (`domain/verdicts.py`).
        refunded_amount: in the smallest unit; 0 when nothing was, or when it is not known.
        refunded: in full.
        disputed: a dispute is open or was lost; one that was won, and an inquiry that was closed, are none.
        disputed_charges: ids of its charges that were ever disputed.
        refund_known: False when the key may not read payments, or the payment was not to be seen.
        arrived: False where a payment was begun and its money is not there: the charge failed or was not
            captured, or the payment was canceled.
        charged: when the payment was made (UTC), up to a day after `created`; None when it is not known.
    """

    id: str
    session_id: str | None
    payment_id: str | None = None
    subscription: str | None = None
    created: datetime
    livemode: bool
    mode: str
    status: str | None
    payment_status: str
    amount_total: int | None
    currency: str | None
    emails: tuple[str, ...] = field(repr=False)
    metadata: Mapping[str, str] = field(repr=False)
    keys: CheckoutKeys = field(repr=False)
    modules: tuple[str, ...]
    refunded_amount: int = 0
    refunded: bool = False
    disputed: bool = False
    disputed_charges: tuple[str, ...] = ()
    refund_known: bool = True
    charged: datetime | None = None
    arrived: bool = True
    items: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime:
        """When the buyer paid, as far as it is known, else when it was opened (UTC)."""
        return self.charged or self.created

    @property
    def email(self) -> str | None:
        """The first of its addresses."""
        return self.emails[0] if self.emails else None

    @property
    def asked(self) -> str | None:
        """The address for which the app's handler looks first: that of the metadata, as it is written."""
        found = (self.metadata.get(key, "") for key in self.keys.addresses)
        return next((text for text in found if folded(text)), None)

    @property
    def user_id(self) -> str | None:
        """The id of the buyer's profile, where the metadata name one."""
        return self._first(self.keys.users)

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
    def is_renewal(self) -> bool:
        """Whether it is an invoice of its own, and not a checkout."""
        return self.id == self.payment_id

    @property
    def is_token_pack(self) -> bool:
        """A sale of usage tokens, which gives no module."""
        if any(self.metadata.get(key) == self.keys.pack_kind for key in self.keys.kinds):
            return True
        return not self.modules and not self.keys.packs.isdisjoint(self.metadata)

    @property
    def from_app(self) -> bool:
        """Whether it carries any of the metadata keys of the app's checkout."""
        return not self.keys.own.isdisjoint(self.metadata)

    def with_money_of(self, other: Payment) -> Self:
        """The same, with what became of the money as another record of this payment has it."""
        return replace(
            self,
            refunded_amount=other.refunded_amount,
            refunded=other.refunded,
            disputed=other.disputed,
            disputed_charges=other.disputed_charges,
            refund_known=other.refund_known,
            charged=other.charged,
            arrived=self.arrived and other.paid,
        )

    def _first(self, keys: Iterable[str]) -> str | None:
        """What the first of these keys says that says anything."""
        return next((text for key in keys if (text := self.metadata.get(key, "").strip())), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Session(Payment):
    """A Checkout Session. In mode subscription its payment is the first invoice, `payment_id`."""

    payment_method_types: tuple[str, ...]
    success_url: str | None

    @classmethod
    def of(cls, data: Mapping[str, Any], keys: CheckoutKeys, *, refunds_asked: bool = True) -> Session:
        """From a v1 object; `keys`: what the app means by the keys of its metadata.

        Raises StripeFailure (unexpected-response) without an id or a time.
        """
        metadata = texts_of(data.get("metadata"))
        amount = stripe_json.integer(data.get("amount_total"))
        intent, charge, known = _payment(data, refunds_asked=refunds_asked)
        back = stripe_json.integer(charge.get("amount_refunded")) or 0
        received = (
            stripe_json.integer(charge.get("amount"))
            or stripe_json.integer(intent.get("amount_received"))
            or amount
        )
        charge_id = stripe_json.text(charge.get("id"))
        disputed = charge.get("disputed") is True
        return cls(
            id=stripe_json.id_of(data),
            session_id=stripe_json.id_of(data),
            payment_id=reference(data.get("invoice")),
            subscription=reference(data.get("subscription")),
            created=stripe_json.time_of(data),
            livemode=data.get("livemode") is True,
            mode=stripe_json.text(data.get("mode")) or "",
            status=stripe_json.text(data.get("status")),
            payment_status=stripe_json.text(data.get("payment_status")) or "",
            amount_total=amount,
            currency=stripe_json.text(data.get("currency")),
            emails=addresses_of(data, metadata, keys),
            metadata=metadata,
            keys=keys,
            modules=modules_of(metadata, keys),
            refunded_amount=back,
            refunded=charge.get("refunded") is True or bool(received and back >= received),
            disputed=disputed,
            disputed_charges=(charge_id,) if disputed and charge_id else (),
            refund_known=known,
            payment_method_types=stripe_json.texts(data.get("payment_method_types")),
            success_url=stripe_json.text(data.get("success_url")),
            charged=stripe_json.time_of(charge)
            if stripe_json.integer(charge.get("created")) is not None
            else None,
            arrived=not failed(intent, charge),
            items=_titles(data.get("line_items")),
        )


def texts_of(metadata: object) -> dict[str, str]:
    """The metadata of an object; text values only."""
    return {k: v for k, v in stripe_json.mapping(metadata).items() if isinstance(v, str)}


def reference(value: object) -> str | None:
    """The id of an object that another one names, expanded or not."""
    return stripe_json.text(value.get("id") if isinstance(value, Mapping) else value)


def modules_of(metadata: Mapping[str, str], keys: CheckoutKeys) -> tuple[str, ...]:
    """The modules that a session names, in every shape that the app has used.

    Ids with commas, then single ids, then those of JSON lists of ids or of objects with one. Order kept, none
    twice, blanks dropped; what is not such a list names nothing. A JSON list counts under every key: some
    checkout wrote one where commas were expected.
    """
    named: list[str] = []
    for key in keys.module_lists:
        named += _of_json(metadata.get(key, ""), keys) or metadata.get(key, "").split(",")
    for key in keys.single_modules:
        named += _of_json(metadata.get(key, ""), keys) or [metadata.get(key, "")]
    for key in keys.item_lists:
        named += _of_json(metadata.get(key, ""), keys)
    return unique(text.strip() for text in named)


def _of_json(text: str, keys: CheckoutKeys) -> list[str]:
    return list(_listed_items(text, keys.item_ids)) if text.lstrip().startswith("[") else []


def _listed_items(text: str, ids: Iterable[str]) -> Iterator[str]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return
    for item in items if isinstance(items, list) else ():
        value = next((item[k] for k in ids if k in item), None) if isinstance(item, dict) else item
        if isinstance(value, str):
            yield value
        elif isinstance(value, int) and not isinstance(value, bool):
            yield str(value)


def _titles(items: Any) -> tuple[str, ...]:
    listed = stripe_json.mapping(items).get("data")
    found = (item.get("description") for item in listed or () if isinstance(item, Mapping))
    return tuple(text for text in found if isinstance(text, str) and text.strip())


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


def failed(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> bool:
    """Whether the money is not there; the session goes on saying paid when a debit fails later."""
    return (
        intent.get("status") in _NO_MONEY
        or charge.get("status") == "failed"
        or charge.get("captured") is False
        or charge.get("paid") is False
    )


def addresses_of(data: Mapping[str, Any], metadata: Mapping[str, str], keys: CheckoutKeys) -> tuple[str, ...]:
    """The addresses that an object and its metadata carry, as written, in the order of asking."""
    found = [data.get("customer_email"), stripe_json.mapping(data.get("customer_details")).get("email")]
    found += [metadata.get(key) for key in keys.addresses]
    return unique(text for text in found if isinstance(text, str) and folded(text))


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts in their order, none twice and none that is empty."""
    return tuple(dict.fromkeys(text for text in texts if text))
