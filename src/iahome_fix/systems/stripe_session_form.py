"""A Checkout Session with every field that Stripe returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.systems.stripe_ids import random_text
from iahome_fix.systems.stripe_nullable import nulls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAY = 86_400
STATUSES = ("open", "complete", "expired")
MODES = ("payment", "subscription", "setup")
PAYMENT_STATUSES = ("paid", "unpaid", "no_payment_required")

NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def default_payment_status(mode: str, status: str, amount_total: int | None) -> str:
    """What Stripe says when nothing special happened: paid if complete, unless there was nothing to pay."""
    if mode == "setup" or (status == "complete" and not amount_total):
        return "no_payment_required"
    return "paid" if status == "complete" else "unpaid"


def customer_details(email: str | None) -> dict[str, Any]:
    """What the buyer typed; all of it may be null but the e-mail address is what matters here."""
    return {
        "address": dict(NO_ADDRESS),
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def checkout_session(
    *,
    session_id: str | None,
    created: int,
    livemode: bool,
    mode: str,
    status: str,
    payment_status: str,
    amount_total: int | None,
    currency: str | None,
    customer_email: str | None,
    metadata: Mapping[str, str],
    payment_method_types: Iterable[str],
    success_url: str | None,
) -> dict[str, Any]:
    """The object, without a PaymentIntent (Stripe makes one only when the buyer pays).

    Raises ValueError for a status, mode or payment status that Stripe does not have.
    """
    for value, allowed in ((status, STATUSES), (mode, MODES), (payment_status, PAYMENT_STATUSES)):
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    session_id = session_id or f"cs_{'live' if livemode else 'test'}_a1{random_text(56)}"
    return {
        **nulls("checkout.session", without=("line_items",)),
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": True},
        "amount_subtotal": amount_total,
        "amount_total": amount_total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": "https://example.test/cancel",
        "collected_information": {"business_name": None, "individual_name": None, "shipping_details": None}
        if status == "complete"
        else None,
        "created": created,
        "currency": currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer_creation": "if_required" if mode == "payment" else None,
        "customer_details": customer_details(customer_email)
        if customer_email is not None and status == "complete"
        else None,
        "customer_email": customer_email,
        "expires_at": created + DAY,
        "invoice_creation": _no_invoice() if mode == "payment" else None,
        "livemode": livemode,
        "metadata": dict(metadata),
        "mode": mode,
        "payment_intent": None,
        "payment_method_collection": "always" if mode == "subscription" else "if_required",
        "payment_method_options": {},
        "payment_method_types": list(payment_method_types),
        "payment_status": payment_status,
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": status,
        "success_url": success_url,
        "tax_id_collection": {"enabled": False, "required": "never"},
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"https://checkout.stripe.com/c/pay/{session_id}" if status == "open" else None,
    }


def _no_invoice() -> dict[str, Any]:
    data: dict[str, Any] = dict.fromkeys(
        ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    )
    return {"enabled": False, "invoice_data": {**data, "metadata": {}}}
