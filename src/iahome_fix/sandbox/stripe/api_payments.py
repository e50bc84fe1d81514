"""GET of Checkout Sessions, PaymentIntents, charges, disputes, the balance and the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.sandbox.stripe import account, errors, line_items, listing, params
from iahome_fix.systems import stripe_session_form as sessions

if TYPE_CHECKING:
    from iahome_fix.sandbox.stripe.call import Call, Object

SESSION_FILTERS = (
    "created",
    "customer",
    "customer_account",
    "customer_details",
    "payment_intent",
    "payment_link",
    "status",
    "subscription",
)
DISPUTE_FILTERS = ("charge", "created", "payment_intent")
# Filters that compare one field of the session with the text given.
_PLAIN = ("customer", "customer_account", "payment_intent", "payment_link", "status", "subscription")


def list_sessions(call: Call) -> Object:
    """Newest first. There is no filter on payment status, mode or metadata; e-mails are compared as typed."""
    plain = {name: value for name in _PLAIN if (value := params.text(call.params, name)) is not None}
    if plain.get("status", "open") not in sessions.STATUSES:
        raise errors.bad_param(f"Invalid status: must be one of {', '.join(sessions.STATUSES)}", "status")
    email = _email(call)
    created = listing.created_filter(call.params)

    def wanted(session: Object) -> bool:
        details = session["customer_details"] or {}
        return (
            created(session)
            and all(session[name] == value for name, value in plain.items())
            and (email is None or details.get("email") == email)
        )

    return call.listed(call.visible(call.state.sessions), "checkout.session", "checkout.session", wanted)


def _email(call: Call) -> str | None:
    details = call.params.get("customer_details")
    if details is None:
        return None
    if not isinstance(details, dict):
        raise errors.bad_param("Invalid object", "customer_details")
    if "email" not in details:
        raise errors.missing_param("customer_details[email]")
    return params.text(details, "email")


def retrieve_session(call: Call) -> Object:
    return call.retrieved(call.own(call.state.sessions, "checkout.session", "session"))


def list_line_items(call: Call) -> Object:
    """In the order in which they were sold."""
    session = call.own(call.state.sessions, "checkout.session", "session")
    return line_items.page(call.state.line_items.get(session["id"], []), session["id"], call.params)


def retrieve_intent(call: Call) -> Object:
    return call.retrieved(call.own(call.state.payment_intents, "payment_intent", "intent"))


def retrieve_charge(call: Call) -> Object:
    return call.retrieved(call.own(call.state.charges, "charge", "id"))


def list_disputes(call: Call) -> Object:
    """Newest first, whatever became of them."""
    plain = {n: v for n in ("charge", "payment_intent") if (v := params.text(call.params, n)) is not None}
    created = listing.created_filter(call.params)

    def wanted(dispute: Object) -> bool:
        return created(dispute) and all(dispute[name] == value for name, value in plain.items())

    return call.listed(call.visible(call.state.disputes), "dispute", "dispute", wanted)


def retrieve_balance(call: Call) -> Object:
    """The only plain proof of the key's mode: `livemode`."""
    return account.balance(call.state.charges.values(), livemode=call.key.livemode)


def retrieve_account(call: Call) -> Object:
    return account.account(call.state.account)
