"""Invoices of subscriptions: which of them are payments, whose, and what became of their money."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.domain.money import Money, money_of
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_errors import StripeFailure
from iahome_fix.systems.stripe_invoices import Invoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.systems.stripe_payments import Payment

KEYS = MODULE_ACCESS.checkout

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=90)
MODULE = {"items_ids": "6", "customer_email": "carol@example.test"}
READING = ("checkout_session_read", "payment_intent_read", "charge_read", "dispute_read")


class Bench:
    """A stand-in and accounts on it."""

    def __init__(self, stack: ExitStack) -> None:
        self.state = StripeState()
        self.server = stack.enter_context(StripeStandIn(self.state))
        self._stack = stack

    def account(self, *permissions: str) -> StripeAccount:
        key = self.state.add_key("live", "restricted" if permissions else "secret", permissions or None)
        account = StripeAccount(key, keys=KEYS, base_url=self.server.url, timeout=5)
        self._stack.callback(account.close)
        return account

    def read(self, account: StripeAccount | None = None) -> dict[str, Payment]:
        """Everything that was paid, by its id."""
        with closing((account or self.account()).payment_pages(SINCE)) as pages:
            return {payment.id: payment for page in pages for payment in page}

    def money(self, account: StripeAccount | None = None) -> dict[str, Money]:
        return {key: money_of(one, now=NOW, mode="live") for key, one in self.read(account).items()}

    def calls(self) -> list[str]:
        return [received.path for received in self.server.requests]

    def subscribe(self, days: float, **more: Any) -> dict[str, Any]:
        return self.state.subscribe(
            **{"id": "cs_1", "subscription": "sub_1", "metadata": MODULE, "created": ago(days), **more}
        )


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(stack)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_a_renewal_is_a_payment_of_its_own_and_the_first_invoice_is_the_sessions(bench: Bench) -> None:
    session = bench.subscribe(40)
    renewal = bench.state.add_invoice("sub_1", created=ago(10))
    found = bench.read()
    assert found.keys() == {"cs_1", renewal["id"]}
    first, second = found["cs_1"], found[renewal["id"]]
    assert (first.session_id, first.payment_id, first.moment) == ("cs_1", session["invoice"], ago(40))
    assert (second.session_id, second.payment_id, second.moment) == ("cs_1", renewal["id"], ago(10))
    assert (second.modules, second.emails, second.amount_total) == (first.modules, first.emails, 990)
    assert (first.is_renewal, second.is_renewal) == (False, True)
    assert set(bench.money().values()) == {Money.DUE}


@pytest.mark.parametrize(
    ("invoice", "money"),
    [
        ({"paid_by": "balance"}, Money.DUE),
        ({"paid_by": "out_of_band"}, Money.DUE),
        ({"total": 0}, Money.DUE),
        ({"parts": (400, 590)}, Money.DUE),
        ({"post_payment_credit_notes_amount": 990}, Money.REFUNDED),
        ({"post_payment_credit_notes_amount": 400}, Money.DUE),
        ({"status": "open"}, None),
        ({"status": "void"}, None),
        ({"status": "uncollectible"}, None),
        ({"status": "draft"}, None),
        ({"billing_reason": "subscription_update", "proration": True}, None),
        ({"billing_reason": "subscription_update"}, Money.DUE),
        ({"billing_reason": "subscription_threshold"}, None),
        ({"parent": None}, None),
    ],
)
def test_what_counts_is_a_paid_invoice_that_bills_a_term(
    bench: Bench, invoice: dict[str, Any], money: Money | None
) -> None:
    bench.subscribe(40)
    made = bench.state.add_invoice("sub_1", created=ago(10), **invoice)
    assert bench.money().get(made["id"]) == money


def test_refunds_of_all_charges_count_together(bench: Bench) -> None:
    bench.subscribe(40)
    made = bench.state.add_invoice("sub_1", created=ago(10), parts=(400, 590))["id"]
    bench.state.refund(made, 400)
    assert bench.money()[made] is Money.DUE
    bench.state.refund(made, 590, number=1)
    assert bench.money()[made] is Money.REFUNDED
    assert bench.money()["cs_1"] is Money.DUE
    bench.state.refund("cs_1", 400)
    assert bench.money()["cs_1"] is Money.DUE
    bench.state.refund("cs_1")
    assert bench.money()["cs_1"] is Money.REFUNDED


@pytest.mark.parametrize(("status", "money"), [("needs_response", Money.DISPUTED), ("won", Money.DUE)])
def test_a_dispute_counts_unless_it_was_won(bench: Bench, status: str, money: Money) -> None:
    bench.subscribe(40)
    made = bench.state.add_invoice("sub_1", created=ago(10))["id"]
    bench.state.dispute(made, status)
    bench.state.dispute("cs_1", status)
    assert bench.money() == {"cs_1": money, made: money}


def test_only_what_the_key_may_not_see_is_unclear(bench: Bench) -> None:
    bench.subscribe(40)
    card = bench.state.add_invoice("sub_1", created=ago(20))["id"]
    balance = bench.state.add_invoice("sub_1", created=ago(10), paid_by="balance")["id"]
    blind = bench.account(*READING)
    assert bench.money(blind) == {"cs_1": Money.UNCLEAR}
    assert not blind.billing(SINCE).readable
    assert bench.money(bench.account(*READING, "invoice_read")) == dict.fromkeys(
        ("cs_1", card, balance), Money.DUE
    )


def test_without_the_right_to_see_charges_what_was_charged_is_unclear() -> None:
    data = _invoice(amount_paid=990)
    seen, unseen = (
        Invoice.of(data, (), KEYS),
        Invoice.of(data, None, KEYS),
    )
    assert seen and unseen
    assert (money_of(seen, now=NOW, mode="live"), money_of(unseen, now=NOW, mode="live")) == (
        Money.DUE,
        Money.UNCLEAR,
    )
    balance = Invoice.of(_invoice(amount_paid=0), None, KEYS)
    assert balance and money_of(balance, now=NOW, mode="live") is Money.DUE


@pytest.mark.parametrize("charge", ["ch_1", None])
def test_a_charge_that_is_not_shown_leaves_it_unclear(charge: str | None) -> None:
    intent = {"id": "pi_1", "latest_charge": charge}
    paid = {"status": "paid", "payment": {"payment_intent": intent, "charge": None}}
    found = Invoice.of(_invoice(amount_paid=990), [paid], KEYS)
    assert found and money_of(found, now=NOW, mode="live") is Money.UNCLEAR


def test_the_older_form_of_an_invoice_is_read_too() -> None:
    data = _invoice(amount_paid=0, paid_out_of_band=True, parent=None, subscription="sub_1")
    data["subscription_details"] = {"metadata": {"moduleId": "15"}}
    data["lines"] = {"data": [{"type": "subscription", "proration": False}]}
    found = Invoice.of(data, None, KEYS)
    assert found and (found.subscription, found.modules, found.sells) == ("sub_1", ("15",), True)
    data["lines"] = {"data": [{"type": "subscription", "proration": True}, {"type": "invoiceitem"}]}
    found = Invoice.of(data, None, KEYS)
    assert found and not found.sells
    assert Invoice.of(_invoice(parent=None), None, KEYS) is None


def test_the_session_of_an_older_subscription_is_asked_for_once(bench: Bench) -> None:
    bench.subscribe(200)
    made = [bench.state.add_invoice("sub_1", created=ago(days))["id"] for days in (70, 40, 10)]
    found = bench.read()
    assert found.keys() == set(made)
    assert {one.session_id for one in found.values()} == {"cs_1"}
    assert {one.modules for one in found.values()} == {("6",)}
    assert bench.calls().count("/v1/checkout/sessions") == 2


def test_a_subscription_that_no_checkout_began_is_known_by_its_own_metadata(bench: Bench) -> None:
    bench.state.add_subscription(id="sub_9", customer_email="carol@example.test", metadata={"moduleId": "15"})
    first = bench.state.add_invoice("sub_9", created=ago(40), billing_reason="subscription_create")["id"]
    found = bench.read()
    assert found.keys() == {first}
    assert (found[first].session_id, found[first].modules, found[first].emails) == (
        None,
        ("15",),
        ("carol@example.test",),
    )


def test_many_older_subscriptions_cost_pages_and_not_calls(bench: Bench) -> None:
    for number in range(150):
        bench.subscribe(200, id=f"cs_{number}", subscription=f"sub_{number}")
        bench.state.add_invoice(f"sub_{number}", created=ago(10))
    found = bench.read()
    assert len(found) == 150
    assert all(one.session_id == f"cs_{(one.subscription or '')[4:]}" for one in found.values())
    assert len(bench.calls()) < 15


def test_a_shop_without_subscriptions_is_asked_one_thing(bench: Bench) -> None:
    bench.state.add_session(id="cs_1", created=ago(1), metadata=MODULE)
    bench.read()
    assert bench.calls() == ["/v1/checkout/sessions", "/v1/invoices"]


@pytest.mark.parametrize(
    "changed",
    [{"total": "990"}, {"amount_paid": None}, {"created": None}, {"parent": "sub_1"}, {"livemode": 1}],
)
def test_what_is_no_invoice_is_no_answer(changed: dict[str, Any]) -> None:
    def answer(request: Request) -> Response:
        found = [_invoice(**changed)] if request.path == "/v1/invoices" else []
        return json_response(200, {"object": "list", "url": "/v1", "has_more": False, "data": found})

    server = LoopbackServer(answer)
    server.start()
    account = StripeAccount("sk_" + "live_" + "0" * 24, keys=KEYS, base_url=server.url, timeout=5)
    with pytest.raises(StripeFailure) as caught:
        account.renewals(SINCE, ())
    account.close()
    server.stop()
    assert caught.value.reason == "unexpected-response"


def _invoice(**changed: Any) -> dict[str, Any]:
    paid = int(ago(10).timestamp())
    details = {"subscription": "sub_1", "metadata": MODULE}
    return {
        "id": "in_1",
        "object": "invoice",
        "created": paid,
        "livemode": True,
        "status": "paid",
        "total": 990,
        "amount_paid": 990,
        "currency": "eur",
        "billing_reason": "subscription_cycle",
        "customer_email": "carol@example.test",
        "status_transitions": {"paid_at": paid},
        "parent": {"type": "subscription_details", "subscription_details": details},
        **changed,
    }
