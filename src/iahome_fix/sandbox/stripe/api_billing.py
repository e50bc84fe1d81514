"""GET of invoices and of their payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.sandbox.stripe import errors, invoices, listing, params

if TYPE_CHECKING:
    from iahome_fix.sandbox.stripe.call import Call, Object

INVOICE_FILTERS = ("collection_method", "created", "customer", "status", "subscription")
PAYMENT_FILTERS = ("created", "invoice", "status")
_PAYMENT_STATUSES = ("canceled", "open", "paid")


def list_invoices(call: Call) -> Object:
    """Newest first. The filter on the subscription follows `parent`; payments are not shown."""
    plain = _plain(call, ("collection_method", "customer", "status"))
    if plain.get("status", "open") not in invoices.STATUSES:
        raise errors.bad_param(f"Invalid status: must be one of {', '.join(invoices.STATUSES)}", "status")
    subscription = params.text(call.params, "subscription")
    created = listing.created_filter(call.params)

    def wanted(invoice: Object) -> bool:
        of = ((invoice["parent"] or {}).get("subscription_details") or {}).get("subscription")
        return (
            created(invoice)
            and all(invoice[name] == value for name, value in plain.items())
            and subscription in (None, of)
        )

    return call.listed(call.visible(call.state.invoices), "invoice", "invoice", wanted)


def list_payments(call: Call) -> Object:
    """Newest first, of all invoices unless one is named."""
    plain = _plain(call, ("invoice", "status"))
    if plain.get("status", "paid") not in _PAYMENT_STATUSES:
        raise errors.bad_param(f"Invalid status: must be one of {', '.join(_PAYMENT_STATUSES)}", "status")
    created = listing.created_filter(call.params)

    def wanted(payment: Object) -> bool:
        return created(payment) and all(payment[name] == value for name, value in plain.items())

    found = call.visible(call.state.invoice_payments)
    return call.listed(found, "invoice_payment", "invoice_payment", wanted)


def retrieve_invoice(call: Call) -> Object:
    return call.retrieved(call.own(call.state.invoices, "invoice", "invoice"))


def _plain(call: Call, names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name in names if (value := params.text(call.params, name)) is not None}
