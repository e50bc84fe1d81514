"""PaymentIntents, charges, refunds and disputes as Stripe returns them.

A refund or a dispute changes the charge only, never the PaymentIntent or the Checkout Session.
"""

from __future__ import annotations

from typing import Any

from iahome_fix.systems.stripe_ids import new_id
from iahome_fix.systems.stripe_nullable import nulls
from iahome_fix.systems.stripe_session_form import DAY, NO_ADDRESS


def payment_intent(session: dict[str, Any]) -> dict[str, Any]:
    """The PaymentIntent of a session that the buyer completed: succeeded, or processing while it is unpaid.

    Metadata stays empty: Stripe does not copy the session's.
    """
    amount, paid = session["amount_total"], session["payment_status"] == "paid"
    return {
        **nulls("payment_intent"),
        "id": new_id("pi"),
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {},
        "amount_received": amount if paid else 0,
        "automatic_payment_methods": None,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "created": session["created"],
        "currency": session["currency"],
        "latest_charge": None,
        "livemode": session["livemode"],
        "metadata": {},
        "payment_method": new_id("pm"),
        "payment_method_options": {},
        "payment_method_types": list(session["payment_method_types"]),
        "status": "succeeded" if paid else "processing",
    }


def charge(session: dict[str, Any], intent: dict[str, Any]) -> dict[str, Any]:
    """The charge behind a PaymentIntent: succeeded, or pending for a method that settles later."""
    paid = intent["status"] == "succeeded"
    details = session["customer_details"] or {}
    return {
        **nulls("charge", without=("refunds",)),
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "balance_transaction": new_id("txn") if paid else None,
        "billing_details": {
            "address": dict(NO_ADDRESS),
            "email": details.get("email"),
            "name": details.get("name"),
            "phone": details.get("phone"),
            "tax_id": None,
        },
        "captured": True,
        "created": intent["created"],
        "currency": intent["currency"],
        "disputed": False,
        "fraud_details": {},
        "livemode": intent["livemode"],
        "metadata": {},
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": _method_details(next(iter(intent["payment_method_types"]), "card")),
        "radar_options": {},
        "refunded": False,
        "status": "succeeded" if paid else "pending",
    }


def charged_for(invoice: dict[str, Any], amount: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """PaymentIntent and charge, by a card, of an invoice or of a part of it."""
    like: dict[str, Any] = {
        "amount_total": amount,
        "payment_status": "paid",
        "customer_details": {"email": invoice["customer_email"]},
        "payment_method_types": ["card"],
        **{name: invoice[name] for name in ("created", "currency", "livemode")},
    }
    intent = payment_intent(like)
    made = charge(like, intent)
    intent["latest_charge"] = made["id"]
    return intent, made


def _method_details(method: str) -> dict[str, Any]:
    if method != "card":
        return {"type": method, method: {}}
    card = {
        "amount_authorized": None,
        "authorization_code": None,
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "FR",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "sandboxcard",
        "funding": "credit",
        "installments": None,
        "last4": "4242",
        "mandate": None,
        "network": "visa",
        "network_token": {"used": False},
        "network_transaction_id": None,
        "regulated_status": None,
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }
    return {"type": "card", "card": card}


def refund(of: dict[str, Any], amount: int, created: int) -> dict[str, Any]:
    """A refund of a charge; `amount` in the smallest unit of the charge's currency."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn"),
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "payment_method": of["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute(of: dict[str, Any], created: int, status: str = "needs_response") -> dict[str, Any]:
    """A dispute over the whole charge, by default one that waits for an answer."""
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": of["amount"],
        "balance_transactions": [],
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": created + 7 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": of["livemode"],
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "payment_method_details": {"card": {"brand": "visa", "case_type": "chargeback"}, "type": "card"},
        "reason": "fraudulent",
        "status": status,
    }
