"""Who gets an access and who does not, by what Stripe says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from iahome_fix.repairs.journal.run import new_run_id
from tests.checks.app_support import EVERYBODY, App, aged, ago
from tests.repairs.reconciling.support import (
    ALICE,
    BOB,
    CAROL,
    PACK,
    TERM,
    apply,
    groups,
    naive,
    plan,
    rows,
)


@pytest.mark.parametrize(
    ("session", "group"),
    [
        ({}, "to_create"),
        ({"amount_total": 0}, "to_create"),
        ({"amount_total": 0, "payment_status": "no_payment_required"}, "to_create"),
        ({"refunded": 100}, "to_create"),
        ({"payment_method_types": ["sepa_debit"]}, "to_create"),
        ({"payment_status": "unpaid", "payment_method_types": ["sepa_debit"]}, "unpaid"),
        ({"refunded": 990}, "refunded"),
        ({"disputed": True}, "disputed"),
        ({"refunded": 990, "disputed": True}, "refunded"),
        ({"age": timedelta(hours=73)}, "over"),
        ({"age": timedelta(hours=71)}, "to_create"),
        ({"customer_email": None, "metadata": {"items_ids": "15"}}, "no_email"),
        ({"customer_email": "dave@example.test", "metadata": {"items_ids": "15"}}, "unknown_customer"),
        ({"customer_email": "dave@example.test"}, "to_create"),
        ({"customer_email": BOB}, "ambiguous_customer"),
        ({"metadata": {"customer_email": CAROL}}, "no_module"),
        ({"metadata": {}}, "no_module"),
        ({"metadata": {"items_ids": "99"}}, "unknown_module"),
        ({"metadata": {"items_ids": "stable-diffusion"}}, "unknown_module"),
        ({"metadata": PACK}, "token_pack"),
        ({"metadata": {**PACK, "items_ids": "15"}}, "token_pack"),
        ({"metadata": {"packageType": "large", "tokens": "100"}, "mode": "subscription"}, "token_pack"),
        ({"age": timedelta(minutes=1)}, "under_way"),
        ({"mode": "subscription"}, "unclear"),
        ({"payment_intent": None}, "unclear"),
        ({"mode": "setup", "amount_total": None, "metadata": {}}, None),
        ({"status": "open"}, None),
        ({"status": "expired", "payment_status": "unpaid"}, None),
        ({"age": timedelta(days=91)}, None),
        ({"livemode": False}, None),
    ],
)
def test_each_session_is_in_one_group(app: App, session: dict[str, Any], group: str | None) -> None:
    app.buys(CAROL, 15, pay=False, **aged(session))
    found = plan(app)
    assert groups(found) == ({group: 1} if group else {})
    created = apply(app, found)
    assert created == (1 if group == "to_create" else 0)
    assert len(rows(app, "id")) == created


@pytest.mark.parametrize(
    ("metadata", "modules"),
    [
        ({"items_ids": "6,13"}, {6, 13}),
        ({"items_ids": " 6 ,, 13, 6 ,"}, {6, 13}),
        ({"moduleId": "15", "moduleTitle": "Stable diffusion", "customerEmail": CAROL}, {15}),
        ({"items_ids": "6", "moduleId": "15"}, {6, 15}),
        ({"items": '[{"id": 6, "title": "x"}, {"module_id": "13"}, 15]'}, {6, 13, 15}),
        ({"items_ids": "6,99,13"}, {6, 13}),
        ({"items_ids": "15; drop table profiles"}, set()),
        ({"items_ids": "015"}, set()),
    ],
)
def test_modules_are_read_in_every_historical_shape(
    app: App, metadata: dict[str, str], modules: set[int]
) -> None:
    app.buys(CAROL, pay=False, metadata=metadata, amount_total=990)
    found = plan(app)
    assert apply(app, found) == len(modules)
    assert {row[0] for row in rows(app, "module_id")} == modules
    if modules:
        assert found.amount == {"eur": 990}, "a session is paid once, however many modules it has"


def test_the_row_holds_what_was_agreed(app: App) -> None:
    bought = ago(hours=30)
    session = app.buys(CAROL, 15, pay=False, created=bought, amount_total=1250, currency="usd")
    run_id = new_run_id()
    assert apply(app, plan(app), run_id) == 1
    (row,) = rows(
        app, "user_id, module_id, access_type, token_id, expires_at, is_active, metadata - 'fingerprint'"
    )
    assert row == (
        EVERYBODY[CAROL],
        15,
        "purchase",
        None,
        naive(bought) + TERM,
        True,
        {
            "session_id": session,
            "purchased_at": f"{naive(bought).isoformat()}Z",
            "amount": 1250,
            "payment_method": "stripe",
            "reconciled": True,
            "run_id": run_id,
        },
    )
    assert groups(plan(app)) == {"covered": 1}


def test_money_is_counted_once_per_session_and_never_across_currencies(app: App) -> None:
    app.buys(ALICE, 6, 13, pay=False)
    app.buys(BOB, 15, pay=False, amount_total=500, currency="jpy")
    app.buys(CAROL, 15, pay=False, amount_total=0)
    app.buys(CAROL, 6, pay=False, amount_total=990, refunded=990)
    found = plan(app)
    assert found.amount == {"eur": 1980, "jpy": 500}
    assert groups(found) == {"to_create": 4, "refunded": 1}


def test_the_term_begins_when_the_buyer_paid(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(hours=80))
    paid = ago(hours=60)
    app.stripe.charge_of(session)["created"] = int(paid.timestamp())
    assert apply(app, plan(app)) == 1
    assert rows(app, "expires_at") == [(naive(paid) + TERM,)]


@pytest.mark.parametrize(
    ("duration", "from_now", "group"),
    [
        (TERM, False, "over"),
        (TERM, True, "to_create"),
        (timedelta(days=30), False, "to_create"),
        (timedelta(days=9), False, "over"),
    ],
)
def test_how_long_and_from_when_is_the_operators_choice(
    app: App, duration: timedelta, *, from_now: bool, group: str
) -> None:
    app.buys(CAROL, 15, 6, pay=False, created=ago(days=10))
    app.buys(BOB, 15, pay=False, created=ago(days=11))
    found = plan(app, chosen=duration, from_now=from_now)
    assert groups(found) == {group: 3}
    assert found.over_customers == (2 if group == "over" else 0)
    assert apply(app, found) == (3 if group == "to_create" else 0)
    begins = found.made if from_now else ago(days=10)
    for (ends,) in rows(app, "expires_at", f"user_id = '{EVERYBODY[CAROL]}'"):
        assert abs(ends - naive(begins + duration)) < timedelta(seconds=5)
    assert not groups(plan(app, chosen=duration, from_now=from_now)).get("to_create")
