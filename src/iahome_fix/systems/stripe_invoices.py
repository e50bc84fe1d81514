"""An invoice of a subscription as this tool reads it, with what became of its money.

Its subscription is named in `parent.subscription_details` since API 2025-03-31.basil, in `subscription`
before; its payments are a list of their own (`/v1/invoice_payments`), where their charges are expanded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from iahome_fix.systems import stripe_json
from iahome_fix.systems.stripe_payments import (
    Payment,
    addresses_of,
    failed,
    modules_of,
    reference,
    texts_of,
    unique,
)

if TYPE_CHECKING:
    from iahome_fix.profile import CheckoutKeys

_STATES = {"paid": "complete", "void": "expired", "uncollectible": "expired"}
_FIRST, _RENEWED = "subscription_create", "subscription_cycle"
_USAGE = "subscription_threshold"


@dataclass(frozen=True, kw_only=True, slots=True)
class Invoice(Payment):
    """An invoice of a subscription.

    Attributes:
        first: it opened the subscription, so that its sale is the Checkout Session's own.
        sells: it bills a term of the subscription; one that only settles a change within a term (prorations),
            or usage, does not.
    """

    first: bool
    sells: bool

    def bought_by(self, session: Payment | None) -> Invoice:
        """The same with what the Checkout Session of its subscription says of buyer and modules.

        What the subscription's own metadata say goes before that: they are of the moment of the invoice.
        """
        if session is None:
            return self
        metadata = {**session.metadata, **self.metadata}
        return replace(
            self,
            session_id=session.id,
            emails=unique((*session.emails, *addresses_of({}, self.metadata, self.keys))),
            metadata=metadata,
            modules=self.modules or session.modules,
            items=session.items,
        )

    @classmethod
    def of(
        cls, data: Mapping[str, Any], payments: Iterable[Mapping[str, Any]] | None, keys: CheckoutKeys
    ) -> Invoice | None:
        """From a v1 object and its invoice payments (None: they could not be read); None for one that is of
        no subscription. `keys`: what the app means by the keys of its metadata.

        Raises StripeFailure (unexpected-response) without an id or a time.
        """
        details = stripe_json.mapping(stripe_json.mapping(data.get("parent")).get("subscription_details"))
        subscription = reference(details.get("subscription")) or reference(data.get("subscription"))
        if subscription is None:
            return None
        older = stripe_json.mapping(data.get("subscription_details"))
        metadata = texts_of(details.get("metadata") or older.get("metadata"))
        money = _Money.of(data, payments)
        paid = data.get("status") == "paid"
        total = stripe_json.integer(data.get("total")) or 0
        due = "paid" if total > 0 else "no_payment_required"
        reason = stripe_json.text(data.get("billing_reason"))
        return cls(
            id=stripe_json.id_of(data),
            session_id=None,
            payment_id=stripe_json.id_of(data),
            subscription=subscription,
            created=stripe_json.time_of(data),
            livemode=data.get("livemode") is True,
            mode="subscription",
            status=_STATES.get(stripe_json.text(data.get("status")) or "", "open"),
            payment_status=due if paid else "unpaid",
            amount_total=max(total, 0),
            currency=stripe_json.text(data.get("currency")),
            emails=addresses_of(data, metadata, keys),
            metadata=metadata,
            keys=keys,
            modules=modules_of(metadata, keys),
            refunded_amount=money.back,
            refunded=money.refunded,
            disputed=bool(money.disputed),
            disputed_charges=money.disputed,
            refund_known=money.seen,
            charged=_paid_at(data) if money.seen else None,
            arrived=not money.failed,
            first=reason == _FIRST,
            sells=reason != _USAGE and _sells(data, reason),
        )


@dataclass(frozen=True)
class _Money:
    """What Stripe took for an invoice. `seen`: every charge was to be seen, or nothing was charged."""

    back: int
    refunded: bool
    disputed: tuple[str, ...]
    failed: bool
    seen: bool

    @classmethod
    def of(cls, data: Mapping[str, Any], payments: Iterable[Mapping[str, Any]] | None) -> _Money:
        made = [pair for item in payments or () if (pair := _charged(item)) is not None]
        charges = [charge for _intent, charge in made]
        back = sum(stripe_json.integer(charge.get("amount_refunded")) or 0 for charge in charges)
        came = sum(stripe_json.integer(charge.get("amount")) or 0 for charge in charges)
        # A credit note of later gives money back, too: by a refund, which is counted, or in another way.
        noted = stripe_json.integer(data.get("post_payment_credit_notes_amount")) or 0
        total = stripe_json.integer(data.get("total")) or 0
        whole = bool(charges) and all(charge.get("refunded") is True for charge in charges)
        return cls(
            back=max(back, noted),
            refunded=whole or bool(came and back >= came) or 0 < total <= noted,
            disputed=tuple(
                str(charge["id"]) for charge in charges if charge.get("disputed") is True and "id" in charge
            ),
            failed=any(failed(intent, charge) for intent, charge in made),
            seen=all(charges) if payments is not None else not _through_stripe(data),
        )


_BILL = (
    "id", "created", "livemode", "status", "total", "amount_paid", "amount_paid_off_stripe", "billing_reason",
    "currency", "customer_email", "customer_details", "paid_out_of_band", "parent",
    "post_payment_credit_notes_amount", "status_transitions", "subscription", "subscription_details",
)  # fmt: skip
_LINE = ("parent", "proration", "type")
_CHARGE = ("id", "amount", "amount_refunded", "captured", "created", "disputed", "paid", "refunded", "status")


def bill(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is looked at of an invoice, a tenth of it; nothing of one that is of no subscription."""
    details = stripe_json.mapping(stripe_json.mapping(item.get("parent")).get("subscription_details"))
    if not (reference(details.get("subscription")) or reference(item.get("subscription"))):
        return {}
    lines = stripe_json.mapping(item.get("lines")).get("data") or ()
    return {**_part(item, _BILL), "lines": {"data": [_part(line, _LINE) for line in lines]}}


def charge_of(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is looked at of an invoice payment, with its charge expanded."""
    payment = stripe_json.mapping(item.get("payment"))
    intent = payment.get("payment_intent")
    if isinstance(intent, Mapping):
        intent = {**_part(intent, ("id", "status")), "latest_charge": _whole(intent.get("latest_charge"))}
    made = {"payment_intent": intent, "charge": _whole(payment.get("charge"))}
    return {"invoice": reference(item.get("invoice")), "status": item.get("status"), "payment": made}


def _whole(charge: object) -> object:
    return _part(charge, _CHARGE) if isinstance(charge, Mapping) else charge


def _part(item: object, names: Iterable[str]) -> dict[str, Any]:
    held = stripe_json.mapping(item)
    return {name: held[name] for name in names if name in held}


def _charged(item: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """PaymentIntent and charge of an invoice payment; None for one that is not paid, or not by Stripe.

    The charge is empty where it is not to be seen.
    """
    payment = stripe_json.mapping(item.get("payment"))
    if item.get("status") != "paid" or not (payment.get("payment_intent") or payment.get("charge")):
        return None
    intent = stripe_json.mapping(payment.get("payment_intent"))
    return intent, stripe_json.mapping(intent.get("latest_charge") or payment.get("charge"))


def _through_stripe(data: Mapping[str, Any]) -> bool:
    """Whether Stripe took money for it: not by the customer's balance, nor out of band."""
    off = stripe_json.integer(data.get("amount_paid_off_stripe")) or 0
    amount = stripe_json.integer(data.get("amount_paid")) or 0
    return data.get("paid_out_of_band") is not True and amount > off


def _paid_at(data: Mapping[str, Any]) -> datetime:
    found = stripe_json.integer(stripe_json.mapping(data.get("status_transitions")).get("paid_at"))
    try:
        return stripe_json.time_of(data) if found is None else datetime.fromtimestamp(found, UTC)
    except (OverflowError, OSError, ValueError):
        return stripe_json.time_of(data)


def _sells(data: Mapping[str, Any], reason: str | None) -> bool:
    """Whether a line bills the subscription itself, and not a change of it (`proration`)."""
    lines: Sequence[Any] = stripe_json.mapping(data.get("lines")).get("data") or ()
    kinds = [kind for line in lines if (kind := _proration(stripe_json.mapping(line))) is not None]
    return not all(kinds) if kinds else not lines and reason in (_FIRST, _RENEWED)


def _proration(line: Mapping[str, Any]) -> bool | None:
    """Whether a line of the subscription is a proration; None for a line of something else."""
    item = stripe_json.mapping(line.get("parent")).get("subscription_item_details")
    if isinstance(item, Mapping):
        return item.get("proration") is True
    return line.get("proration") is True if line.get("type") == "subscription" else None
