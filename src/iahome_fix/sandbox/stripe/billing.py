"""Subscriptions as buyers and Stripe leave them behind: invoices, and the payments of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iahome_fix.sandbox.stripe import invoices, payments
from iahome_fix.sandbox.stripe.ledger import Ledger
from iahome_fix.sandbox.stripe.setup import Object
from iahome_fix.systems.stripe_ids import Moment, epoch, new_id


class Billing(Ledger):
    """The subscriptions of the account; none of the methods here makes an event."""

    def __init__(self, account: str) -> None:
        super().__init__(account)
        self.subscriptions: dict[str, Object] = {}
        self.invoices: dict[str, Object] = {}
        self.invoice_payments: dict[str, Object] = {}

    def add_subscription(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Stripe's name for it, as in the objects
        customer_email: str | None = "buyer@example.test",
        metadata: Mapping[str, str] | None = None,
        livemode: bool = True,
    ) -> Object:
        """A subscription, as far as its invoices speak of it; the API does not show it."""
        made: Object = {
            "id": id or new_id("sub"),
            "customer": new_id("cus", 14),
            "customer_email": customer_email,
            "metadata": dict(metadata or {}),
            "livemode": livemode,
        }
        with self.lock:
            self.subscriptions[made["id"]] = made
        return made

    def subscribe(
        self,
        *,
        subscription: str | None = None,
        subscription_metadata: Mapping[str, str] | None = None,
        trial: bool = False,
        paid_by: str = "card",
        **session: Any,
    ) -> Object:
        """A completed checkout of mode subscription (arguments of `add_session`) with its first invoice.

        `subscription` is an id. `trial`: nothing is paid yet. `paid_by` as in `add_invoice`.
        """
        amount = 0 if trial else session.pop("amount_total", 990)
        made = self.add_session(**session, mode="subscription", amount_total=amount)
        details = made["customer_details"] or {}
        with self.lock:
            begun = self.add_subscription(
                id=subscription,
                customer_email=details.get("email"),
                metadata=subscription_metadata,
                livemode=made["livemode"],
            )
            first = self.add_invoice(
                begun["id"],
                created=made["created"],
                total=amount,
                currency=made["currency"],
                billing_reason="subscription_create",
                paid_by=paid_by,
            )
            made |= {"subscription": begun["id"], "invoice": first["id"], "customer": begun["customer"]}
        return made

    def add_invoice(
        self,
        subscription: str,
        *,
        id: str | None = None,  # noqa: A002 - Stripe's name for it, as in the objects
        created: Moment | None = None,
        total: int = 990,
        currency: str = "eur",
        status: str = "paid",
        billing_reason: str = "subscription_cycle",
        paid_by: str = "card",
        parts: Sequence[int] = (),
        proration: bool = False,
        **overrides: Any,
    ) -> Object:
        """An invoice of a subscription, by default a renewal that a card paid.

        `paid_by`: card, balance (the customer's, nothing is charged) or out_of_band. `parts`: what several
        charges took of it. `proration`: its line settles a change within a term. `overrides` are fields of
        the invoice; TypeError for one that invoices do not have.
        """
        if paid_by not in ("card", "balance", "out_of_band"):
            raise ValueError(paid_by)
        paid = total if status == "paid" and paid_by != "balance" else 0
        made = invoices.invoice(
            invoice_id=id,
            subscription=self.subscriptions[subscription],
            created=epoch(created),
            status=status,
            billing_reason=billing_reason,
            total=total,
            amount_paid=paid,
            off_stripe=paid if paid_by == "out_of_band" else 0,
            currency=currency,
            proration=proration,
        )
        if unknown := sorted(overrides.keys() - made.keys()):
            raise TypeError(f"an invoice has no field {unknown[0]}")
        made |= overrides
        with self.lock:
            self.invoices[made["id"]] = made
            for part in parts or ((paid,) if paid_by == "card" and paid > 0 else ()):
                self._charge(made, part)
        return made

    def _charge(self, made: Object, amount: int) -> None:
        intent, charge = payments.charged_for(made, amount)
        part = invoices.invoice_payment(made, amount, intent["id"])
        self.payment_intents[intent["id"]] = intent
        self.charges[charge["id"]] = charge
        self.invoice_payments[part["id"]] = part

    def charges_of(self, payment_id: str) -> list[Object]:
        """The charges that paid a session or an invoice; of a session that subscribed, its first invoice."""
        invoice_id = (self.sessions.get(payment_id) or {}).get("invoice") or payment_id
        if invoice_id not in self.invoices:
            return super().charges_of(payment_id)
        intents = [
            self.payment_intents[part["payment"]["payment_intent"]]
            for part in self.invoice_payments.values()
            if part["invoice"] == invoice_id
        ]
        return [self.charges[intent["latest_charge"]] for intent in intents]

    def find(self, object_id: str) -> Object | None:
        """The same, and invoices and their payments."""
        return self.invoices.get(object_id) or self.invoice_payments.get(object_id) or super().find(object_id)
