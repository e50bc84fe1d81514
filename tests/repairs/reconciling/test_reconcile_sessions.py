"""Odd sessions, many sessions, and the same words as the checks."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import Any

import pytest

from iahome_fix.checks.data import link as data
from iahome_fix.checks.payments import link as payments
from iahome_fix.facts import sales
from iahome_fix.model import Status
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.reconcile import reconcile as repair
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_ids import random_text
from tests.checks.app_support import EVERYBODY, App, ago
from tests.repairs.reconciling.support import (
    ALICE,
    BOB,
    CAROL,
    PACK,
    apply,
    groups,
    opened,
    plan,
    terms,
)

KEYS = MODULE_ACCESS.checkout

# Stripe's side


def test_payments_whose_refund_cannot_be_seen_are_granted_only_on_demand(app: App) -> None:
    app.buys(CAROL, 15, pay=False, mode="subscription")
    served = app.buys(BOB, 15, pay=False, mode="subscription")
    app.grant(BOB, 15, served, 70)
    found = plan(app)
    assert groups(found) == {"unclear": 1, "covered": 1}
    assert apply(app, found) == 0
    assert apply(app, plan(app, include_unclear=True)) == 1


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [("unknown_fields", {"to_create": 1, "covered": 1}), ("null_fields", {"unpaid": 2})],
)
def test_fields_that_are_null_or_not_known_yet_grant_nothing_wrong(
    app: App, trouble: str, expected: dict[str, int]
) -> None:
    app.buys(CAROL, 15, pay=False)
    served = app.buys(BOB, 15, pay=False)
    app.grant(BOB, 15, served, 70)
    setattr(app.stripe.trouble, trouble, True)
    found = plan(app)
    assert groups(found) == expected
    assert apply(app, found) == expected.get("to_create", 0)


@pytest.mark.parametrize(
    ("prefix", "livemode", "group"),
    [
        ("sk_live_", True, "to_create"),
        ("sk_live_", False, "other_mode"),
        ("sk_test_", True, "other_mode"),
        ("sk_test_", False, "to_create"),
        ("sk_org_", True, "to_create"),
        ("sk_org_", False, "other_mode"),
    ],
)
def test_sessions_of_the_other_mode_never_count(app: App, prefix: str, *, livemode: bool, group: str) -> None:
    moment = int(ago(hours=1).timestamp())
    session = {
        "id": "cs_1",
        "created": moment,
        "livemode": livemode,
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 990,
        "currency": "eur",
        "customer_details": {"email": CAROL},
        "metadata": {"items_ids": "15"},
        "payment_intent": {"latest_charge": {"created": moment, "amount": 990, "amount_refunded": 0}},
    }

    def answer(request: Request) -> Response:
        found = [session] if request.path == "/v1/checkout/sessions" else []
        return json_response(200, {"object": "list", "data": found, "has_more": False, "url": "/v1/x"})

    server = LoopbackServer(answer)
    server.start()
    account = StripeAccount(prefix + random_text(24), keys=KEYS, base_url=server.url, timeout=2)
    try:
        with closing(opened(app)) as ctx:
            found = repair.plan(ctx.database, account, terms(), MODULE_ACCESS)
    finally:
        account.close()
        server.stop()
    assert groups(found) == {group: 1}


def test_thousands_of_sessions_are_one_plan(app: App) -> None:
    for number in range(4200):
        app.stripe.add_session(
            created=ago(minutes=10 + number / 2),
            customer_email=(ALICE, BOB, CAROL, "x@example.test")[number % 4],
            metadata={"items_ids": "6" if number % 8 < 4 else "6,13"},
        )
    found = plan(app)
    assert groups(found) == {
        "to_create": 6,
        "covered": 4725 - 6,
        "unknown_customer": 1575,
    }
    assert apply(app, found) == 6


# The checks mean the same


@pytest.mark.parametrize("seed", range(6))
def test_what_the_checks_say_is_owed_is_what_reconcile_creates(app: App, seed: int) -> None:
    app.sql("update public.profiles set email = 'Alice@Example.test' where email = %s", ALICE)
    emails = (ALICE, BOB, CAROL, "Bob@example.test ", "CAROL@example.test", "dave@example.test", None)
    fates: tuple[dict[str, Any], ...] = (
        {}, {}, {}, {"refunded": 990}, {"disputed": True}, {"payment_status": "unpaid"},
    )  # fmt: skip
    for number in range(30):
        # As good as random, and the same in every run.
        any_of = hashlib.sha256(f"{seed} {number}".encode()).digest()
        email, module = emails[any_of[0] % 7], (3, 6, 13, 15, 99)[any_of[1] % 5]
        hours = (1, 20, 50, 71, 73, 200, 900)[any_of[2] % 7]
        session = app.buys(email, module, pay=False, created=ago(hours=hours), **fates[any_of[3] % 6])
        if any_of[4] % 3 == 0 and module != 99:
            app.sql("update public.module_access set is_active = false")
            carried = session if any_of[5] % 2 else None
            app.grant((ALICE, BOB, CAROL)[any_of[6] % 3], module, carried, (-3, 40, 90)[any_of[7] % 3])
    app.buys(CAROL, 3, pay=False, metadata=PACK)
    app.buys(CAROL, 3, pay=False, created=ago(minutes=2))
    with closing(opened(app)) as ctx:
        owed = [sale for sale in sales.sales(ctx) if sale.owed]
        found = repair.plan(ctx.database, ctx.stripe, terms(), MODULE_ACCESS, now=sales.now(ctx))
    due = [sold for case in ("to_create", "over") for sold in found.of(case)]
    assert {(s.session_id, s.module) for s in due} <= {(s.session.id, s.module) for s in owed}
    pairs = {(sold.user_id, sold.module) for sold in due}
    assert pairs == {(EVERYBODY[(s.session.email or "").strip().lower()], s.module) for s in owed}
    assert apply(app, plan(app, from_now=True)) == len(pairs) > 0
    report = app.run((*data.CHECKS, *payments.CHECKS))
    assert report.result("payments.unfulfilled").status is Status.OK
    assert groups(plan(app, from_now=True)).get("to_create") is None


@pytest.mark.parametrize(
    ("ended", "group"),
    [
        ("won", "to_create"),
        ("warning_closed", "to_create"),
        ("lost", "disputed"),
        ("needs_response", "disputed"),
        ("under_review", "disputed"),
        ("warning_under_review", "disputed"),
    ],
)
def test_a_dispute_that_was_decided_for_the_shop_is_none(app: App, ended: str, group: str) -> None:
    session = app.buys(CAROL, 15, pay=False)
    app.stripe.dispute(session, ended)
    assert groups(plan(app)) == {group: 1}


def test_a_key_that_may_not_read_disputes_counts_them_all(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False)
    app.stripe.dispute(session, "won")
    app.key = app.stripe.add_key(
        kind="restricted", permissions=["checkout_session_read", "payment_intent_read", "charge_read"]
    )
    assert groups(plan(app)) == {"disputed": 1}
