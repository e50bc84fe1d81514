"""What buyers leave behind: Checkout Sessions, PaymentIntents, charges, refunds, disputes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iahome_fix.sandbox.stripe import line_items, payments
from iahome_fix.sandbox.stripe.setup import Object, Setup
from iahome_fix.systems import stripe_session_form as sessions
from iahome_fix.systems.stripe_ids import Moment, epoch, new_id


class Ledger(Setup):
    """The payments of the account; none of the methods here makes an event."""

    def __init__(self, account: str) -> None:
        super().__init__(account)
        self.sessions: dict[str, Object] = {}
        self.line_items: dict[str, list[Object]] = {}
        self.payment_intents: dict[str, Object] = {}
        self.charges: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.disputes: dict[str, Object] = {}

    def add_session(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Stripe's name for it, as in the objects
        created: Moment | None = None,
        livemode: bool = True,
        mode: str = "payment",
        status: str = "complete",
        payment_status: str | None = None,
        amount_total: int | None = 990,
        currency: str | None = "eur",
        customer_email: str | None = "buyer@example.test",
        metadata: Mapping[str, str] | None = None,
        payment_method_types: Iterable[str] = ("card",),
        success_url: str | None = "https://example.test/success?session_id={CHECKOUT_SESSION_ID}",
        refunded: int = 0,
        disputed: bool = False,
        sold: Iterable[tuple[str, int]] = (),
        **overrides: Any,
    ) -> Object:
        """A Checkout Session with its PaymentIntent and charge, if Stripe would have made them.

        `payment_status` None is what follows from the rest (paid, for a complete session with an amount).
        `customer_email` fills the prefill field and, once complete, `customer_details.email`; None leaves
        both null. `sold` are title and amount of its line items. `overrides` are fields of the session; a
        mapping for `customer_details` is filled up.
        Raises TypeError for a field that sessions do not have, ValueError for values Stripe does not have.
        """
        session = sessions.checkout_session(
            session_id=id,
            created=epoch(created),
            livemode=livemode,
            mode=mode,
            status=status,
            payment_status=payment_status or sessions.default_payment_status(mode, status, amount_total),
            amount_total=amount_total,
            currency=currency,
            customer_email=customer_email,
            metadata=metadata or {},
            payment_method_types=payment_method_types,
            success_url=success_url,
        )
        if unknown := sorted(overrides.keys() - session.keys()):
            raise TypeError(f"a Checkout Session has no field {unknown[0]}")
        if isinstance(details := overrides.get("customer_details"), Mapping):
            overrides["customer_details"] = {**sessions.customer_details(None), **details}
        session |= overrides
        with self.lock:
            self.sessions[session["id"]] = session
            self.line_items[session["id"]] = line_items.items(sold, currency)
            if _was_charged(session) and "payment_intent" not in overrides:
                self._pay(session)
            if refunded:
                self.refund(session["id"], refunded)
            if disputed:
                self.dispute(session["id"])
        return session

    def _pay(self, session: Object) -> None:
        intent = payments.payment_intent(session)
        charge = payments.charge(session, intent)
        intent["latest_charge"] = charge["id"]
        session["payment_intent"] = intent["id"]
        self.payment_intents[intent["id"]] = intent
        self.charges[charge["id"]] = charge

    def charges_of(self, payment_id: str) -> list[Object]:
        """The charges that paid a session."""
        intent = self.payment_intents.get(self.sessions[payment_id]["payment_intent"] or "")
        charge = self.charges.get(intent["latest_charge"] or "") if intent else None
        return [charge] if charge is not None else []

    def charge_of(self, payment_id: str) -> Object:
        """The charge that paid a session, or an invoice; ValueError when nothing was charged."""
        with self.lock:
            found = self.charges_of(payment_id)
        if not found:
            raise ValueError(f"nothing was charged for {payment_id}")
        return found[0]

    def refund(self, payment_id: str, amount: int | None = None, *, number: int = 0) -> Object:
        """Refunds a part, or by default all that is left; ValueError for more than that. Makes no event.

        `number`: which of its charges.
        """
        with self.lock:
            charge = self.charges_of(payment_id)[number] if number else self.charge_of(payment_id)
            left = charge["amount"] - charge["amount_refunded"]
            amount = left if amount is None else amount
            if not 0 < amount <= left:
                raise ValueError(f"cannot refund {amount} of {left}")
            made = payments.refund(charge, amount, epoch())
            self.refunds[made["id"]] = made
            charge["amount_refunded"] += amount
            charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        return made

    def dispute(self, payment_id: str, status: str = "needs_response") -> Object:
        """The buyer disputes the payment, or did: the charge says so for ever. Makes no event."""
        with self.lock:
            charge = self.charge_of(payment_id)
            made = payments.dispute(charge, epoch(), status)
            self.disputes[made["id"]] = made
            charge["disputed"] = True
        return made

    def settle(self, session_id: str) -> Object:
        """The money of a delayed method has arrived: session, PaymentIntent and charge say so. No event."""
        with self.lock:
            session, charge = self.sessions[session_id], self.charge_of(session_id)
            intent = self.payment_intents[charge["payment_intent"]]
            session["payment_status"] = "paid"
            intent |= {"status": "succeeded", "amount_received": intent["amount"]}
            charge |= {"status": "succeeded", "paid": True, "balance_transaction": new_id("txn")}
        return session

    def find(self, object_id: str) -> Object | None:
        """The session, PaymentIntent, charge, refund or dispute of that id; `ID/line_items` for those."""
        for store in (self.sessions, self.payment_intents, self.charges, self.refunds, self.disputes):
            if object_id in store:
                return store[object_id]
        session, _slash, field = object_id.partition("/")
        if field == line_items.FIELD and session in self.line_items:
            return line_items.page(self.line_items[session], session)
        return None


def _was_charged(session: Object) -> bool:
    """A PaymentIntent exists once the buyer paid or started to; never for a free or recurring session."""
    return bool(
        session["mode"] == "payment"
        and session["status"] == "complete"
        and session["payment_status"] != "no_payment_required"
        and session["amount_total"]
    )
