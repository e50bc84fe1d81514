"""Invoices of subscriptions and their payments with every field that Stripe returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.systems.stripe_ids import new_id
from iahome_fix.systems.stripe_nullable import nulls
from iahome_fix.systems.stripe_session_form import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES = ("draft", "open", "paid", "uncollectible", "void")
REASONS = (
    "subscription_create",
    "subscription_cycle",
    "subscription_update",
    "subscription_threshold",
    "manual",
)
MONTH = 30 * DAY


def invoice(
    *,
    invoice_id: str | None,
    subscription: Mapping[str, Any],
    created: int,
    status: str,
    billing_reason: str,
    total: int,
    amount_paid: int,
    off_stripe: int,
    currency: str,
    proration: bool,
) -> dict[str, Any]:
    """The object as the list has it: without its payments, which are a list of their own.

    Raises ValueError for a status or reason that Stripe does not have.
    """
    for value, allowed in ((status, STATUSES), (billing_reason, REASONS)):
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    invoice_id = invoice_id or new_id("in")
    left = 0 if status == "paid" else total
    return {
        **nulls("invoice", without=("confirmation_secret", "payments")),
        "id": invoice_id,
        "object": "invoice",
        "account_country": "FR",
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": amount_paid,
        "amount_paid_off_stripe": off_stripe,
        "amount_remaining": left,
        "amount_shipping": 0,
        "attempt_count": 1,
        "attempted": True,
        "auto_advance": False,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": billing_reason,
        "collection_method": "charge_automatically",
        "created": created,
        "currency": currency,
        "customer": subscription["customer"],
        "customer_email": subscription["customer_email"],
        "default_tax_rates": [],
        "discounts": [],
        "effective_at": created,
        "issuer": {"type": "self"},
        "lines": {
            "object": "list",
            "url": f"/v1/invoices/{invoice_id}/lines",
            "has_more": False,
            "data": [_line(invoice_id, subscription, created, total, currency, proration=proration)],
        },
        "livemode": subscription["livemode"],
        "metadata": {},
        "number": f"{new_id('N', 6)}-0001",
        "parent": {
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": created,
        "period_start": created - MONTH,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": status,
        "status_transitions": {
            "finalized_at": None if status == "draft" else created,
            "marked_uncollectible_at": created if status == "uncollectible" else None,
            "paid_at": created if status == "paid" else None,
            "voided_at": created if status == "void" else None,
        },
        "subtotal": total,
        "total": total,
        "total_discount_amounts": [],
    }


def _line(
    invoice_id: str,
    subscription: Mapping[str, Any],
    created: int,
    amount: int,
    currency: str,
    *,
    proration: bool,
) -> dict[str, Any]:
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": "1 x access",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": subscription["livemode"],
        "metadata": dict(subscription["metadata"]),
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": proration,
                "proration_details": {"credited_items": None},
                "subscription": subscription["id"],
                "subscription_item": new_id("si", 14),
            },
            "type": "subscription_item_details",
        },
        "period": {"end": created + MONTH, "start": created},
        "pretax_credit_amounts": [],
        "pricing": None,
        "quantity": 1,
        "subtotal": amount,
        "taxes": [],
    }


def invoice_payment(of: Mapping[str, Any], amount: int, intent_id: str) -> dict[str, Any]:
    """What one PaymentIntent paid of an invoice; `amount` in the smallest unit of the invoice's currency."""
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "created": of["created"],
        "currency": of["currency"],
        "invoice": of["id"],
        "is_default": True,
        "livemode": of["livemode"],
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": of["status_transitions"]["paid_at"]},
    }
