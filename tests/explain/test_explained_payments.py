"""What was paid: given, missing, over, given back, under way, or another's."""

from __future__ import annotations

from typing import Any

import pytest

from iahome_fix.domain.trace import Step
from tests.checks.app_support import App, ago
from tests.explain.support import ALICE, BOB, CAROL, CAROLS, explain, page, token


def test_a_served_customer_sees_it_and_the_page_agrees(app: App) -> None:
    session = app.buys(CAROL, 15)
    told = explain(app)
    assert (told.answer, told.says(15)) == ("served", ("visible", None))
    assert told.module(15)["title"] == "Stable diffusion"
    assert told.module(15)["command"] is None
    assert told.body["page"] == page(app) == {"modules": ["15"], "error": None}
    assert told.body["customer"]["profile_id"] == told.body["customer"]["login_id"] == CAROLS
    assert told.body["accesses"][0]["metadata"]["session_id"] == session
    assert told.body["not_looked_at"] == []


def test_paid_twice_within_the_hour_is_served_by_one_access_and_said(app: App) -> None:
    first = app.buys(CAROL, 15, created=ago(minutes=50))
    again = app.buys(CAROL, 15, created=ago(minutes=20))
    app.buys(BOB, 15, created=ago(minutes=20))
    told = explain(app)
    assert (told.answer, told.says(15)) == ("served", ("visible", "payments.paid-twice"))
    assert again in told.module(15)["sentence"]
    assert first not in told.module(15)["sentence"]
    assert explain(app, BOB).says(15) == ("visible", None)

    report = app.run()
    found = report.result("payments.paid-twice")
    assert (found.status.value, found.finding.evidence["amount"]) == ("warn", {"eur": 990})
    assert found.finding.evidence["sessions"] == [again]
    assert report.causes == ()
    app.stripe.refund(again)
    assert app.run().result("payments.paid-twice").status.value == "ok"


def test_paid_and_never_written(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    told = explain(app)
    assert (told.answer, told.says(15)) == ("missing", ("missing", "payments.unfulfilled"))
    assert "9.90 EUR" in told.module(15)["sentence"]
    assert told.module(15)["command"] == "iahome-fix reconcile"
    assert told.body["sessions"][0]["amount_total"] == 990
    assert told.body["sessions"][0]["delivery"] == "no-event"
    assert told.body["page"] == page(app)


def test_another_customers_lost_payment_is_not_this_ones(app: App) -> None:
    app.buys(BOB, 6, pay=False, created=ago(hours=3))
    app.stripe.add_event(
        object_id=app.buys(ALICE, 6, pay=False, created=ago(hours=2)),
        created=ago(hours=2),
        pending_webhooks=1,
    )
    app.buys(CAROL, 15)
    assert explain(app).answer == "served"
    assert [one["module_id"] for one in explain(app).body["modules"]] == ["15"]


def test_the_handler_is_named_when_it_fails_for_everybody(app: App) -> None:
    app.buys(BOB, 6, created=ago(hours=3))
    app.site.handler = "noop"
    app.buys(CAROL, 15)
    told = explain(app)
    assert told.says(15) == ("missing", "site.webhook-handler")
    assert "without writing" in told.module(15)["sentence"]


def test_an_event_that_stripe_could_not_deliver(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(days=2))
    event = app.stripe.add_event(object_id=session, created=ago(days=2), pending_webhooks=1)["id"]
    told = explain(app)
    assert told.says(15) == ("missing", "stripe.undelivered")
    assert event in told.module(15)["sentence"]
    assert told.module(15)["command"] == "iahome-fix reconcile"
    assert told.body["events"][0]["pending_webhooks"] == 1
    assert told.body["sessions"][0]["delivery"] == "pending"


def test_the_endpoint_comes_before_the_payment_and_both_commands_are_there(app: App) -> None:
    app.endpoint.enabled_events[:] = ["charge.succeeded"]
    app.buys(CAROL, 15)
    told = explain(app)
    assert told.says(15) == ("missing", "stripe.endpoint-events")
    assert told.module(15)["command"] == "iahome-fix check-stripe --fix"
    assert told.module(15)["then"] == ["iahome-fix reconcile"]
    assert told.body["endpoint"]["receives_completed"] is False


def test_a_term_that_is_over_and_was_never_given(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(days=5))
    told = explain(app)
    assert told.answer == "missing"
    assert "72 hours are over" in told.module(15)["sentence"]
    assert told.module(15)["command"] == "iahome-fix reconcile --from now"


def test_a_payment_older_than_reconcile_looks_back(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(days=120))
    told = explain(app)
    assert told.body["sessions"][0]["id"] == session
    assert told.body["sessions"][0]["delivery"] == "forgotten"
    assert told.module(15)["command"] == (f"iahome-fix reconcile --since {ago(days=120):%Y-%m-%d} --from now")


def test_a_term_that_was_served_and_is_over(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(days=5))
    app.grant(CAROL, 15, session, hours=-48)
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", ("over", None))
    assert f"{ago(hours=48):%Y-%m-%d}" in told.module(15)["sentence"]
    assert told.body["accesses"][0]["expired"] is True
    assert told.body["page"] == page(app) == {"modules": [], "error": None}


def test_a_second_payment_that_the_running_access_swallowed(app: App) -> None:
    app.grant(CAROL, 15, app.buys(CAROL, 15, pay=False, created=ago(hours=60)), hours=12)
    app.buys(CAROL, 15, pay=False, created=ago(hours=2))
    told = explain(app)
    assert (told.answer, told.module(15)["state"]) == ("missing", "partly-served")
    assert "not for as long as bought" in told.module(15)["sentence"]
    assert told.module(15)["command"] == "iahome-fix reconcile"


@pytest.mark.parametrize(
    ("session", "money", "state"),
    [
        ({"refunded": 990}, "refunded", "refunded"),
        ({"disputed": True}, "disputed", "disputed"),
        ({"status": "open"}, "open", "unpaid"),
        ({"status": "expired", "payment_status": "unpaid"}, "expired", "unpaid"),
        ({"payment_status": "unpaid", "payment_method_types": ["sepa_debit"]}, "unpaid", "unpaid"),
    ],
)
def test_what_is_not_owed(app: App, session: dict[str, Any], money: str, state: str) -> None:
    app.buys(CAROL, 15, pay=False, **session)
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", (state, None))
    assert told.body["sessions"][0]["state"] == money


def test_a_part_given_back_leaves_the_access_due(app: App) -> None:
    app.buys(CAROL, 15, pay=False, refunded=100)
    told = explain(app)
    assert told.answer == "missing"
    assert told.body["sessions"][0]["state"] == "partly-refunded"
    assert told.body["sessions"][0]["refunded_amount"] == 100


def test_a_free_order_is_owed_too(app: App) -> None:
    app.buys(CAROL, 15, pay=False, amount_total=0)
    told = explain(app)
    assert told.answer == "missing"
    assert told.body["sessions"][0]["state"] == "free"
    assert "free of charge" in told.module(15)["sentence"]


def test_an_access_that_outlives_its_refund_is_there_and_told(app: App) -> None:
    app.stripe.refund(app.buys(CAROL, 15))
    told = explain(app)
    assert (told.answer, told.says(15)) == ("served", ("visible", "payments.refunded-active"))


def test_a_payment_of_a_minute_ago_is_under_way(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(minutes=1))
    told = explain(app)
    assert (told.answer, told.says(15)) == ("unknown", ("under-way", None))
    assert told.body["sessions"][0]["under_way"] is True


def test_a_young_payment_does_not_hide_an_old_one(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(minutes=1))
    app.buys(CAROL, 15, pay=False, created=ago(hours=5))
    assert explain(app).answer == "missing"


def test_refunds_that_may_not_be_read_leave_it_open(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.buys(CAROL, 6)
    app.key = app.stripe.add_key(
        "live", "restricted", ("checkout_session_read", "webhook_read", "event_read")
    )
    told = explain(app)
    assert (told.answer, told.says(15), told.says(6)) == ("unknown", ("unknown", None), ("visible", None))
    assert "rak_charge_read" in told.module(15)["hint"]


def test_a_delayed_method_whose_event_said_unpaid(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, payment_method_types=["sepa_debit"], created=ago(hours=30))
    app.stripe.add_event(
        object_id=session, created=ago(hours=30), object_overrides={"payment_status": "unpaid"}
    )
    told = explain(app)
    assert told.says(15) == ("missing", "payments.unfulfilled")
    assert "money came after the event" in told.module(15)["sentence"]


def test_an_endpoint_that_came_later(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(hours=5))
    app.endpoint.created = int(ago(hours=1).timestamp())
    assert "registered only later" in explain(app).module(15)["sentence"]


def test_typed_in_other_letters_at_the_checkout(app: App) -> None:
    app.buys("Carol@Example.TEST", 15)
    told = explain(app)
    assert told.says(15) == ("missing", "payments.unfulfilled")
    assert "other letters" in told.module(15)["sentence"]
    assert told.body["sessions"][0]["emails"][0]["field"] == "customer_details.email"


def test_old_sessions_are_found_in_every_spelling_that_was_ever_used(app: App) -> None:
    old = app.buys("Carol@Example.TEST", 6, pay=False, created=ago(days=200))
    assert explain(app).body["sessions"] == []
    assert explain(app, "Carol@Example.TEST").body["sessions"][0]["id"] == old
    app.buys("Carol@Example.TEST", 15, created=ago(hours=1))
    assert old in {one["id"] for one in explain(app).body["sessions"]}


@pytest.mark.parametrize(
    ("key", "because"),
    [
        ("customer_email", "payments.unfulfilled"),
        ("customerEmail", "payments.unfulfilled"),
        ("userEmail", "payments.unfulfilled"),
        ("contact", "payments.unknown-customer"),
    ],
)
def test_an_address_in_any_field_of_the_session_is_found(app: App, key: str, because: str) -> None:
    session = app.buys(
        "c.work@example.test", 15, pay=False, metadata={"items_ids": "15", key: "  CAROL@example.test "}
    )
    told = explain(app)
    assert [one["id"] for one in told.body["sessions"]] == [session]
    assert told.says(15) == ("missing", because)
    assert told.near == ["other-address"]
    assert explain(app, days=0.001).body["sessions"] == []


def test_a_payment_that_names_the_profile_and_no_address_of_it_is_found(app: App) -> None:
    named = {"items_ids": "15", "userId": CAROLS}
    session = app.buys("c.work@example.test", 15, pay=False, metadata=named)
    told = explain(app)
    assert [one["id"] for one in told.body["sessions"]] == [session]
    assert told.says(15) == ("missing", "payments.unfulfilled")


def test_the_payers_address_without_an_account_points_to_the_one_that_has(app: App) -> None:
    metadata = {"items_ids": "15", "customer_email": CAROL}
    app.buys("c.work@example.test", 15, pay=False, metadata=metadata)
    told = explain(app, "C.Work@example.test", emails=True)
    assert told.says(15)[0] == "missing"
    miss = told.body["customer"]["near_misses"][0]
    assert (miss["kind"], miss["email"]) == ("other-address", CAROL)
    assert "has a profile" in miss["detail"]


def test_a_payment_that_leads_to_two_accounts_is_for_a_person(app: App) -> None:
    app.buys(BOB, 15, pay=False, metadata={"items_ids": "15", "customer_email": BOB, "userEmail": CAROL})
    for email in (BOB, CAROL):
        told = explain(app, email)
        assert told.says(15) == ("missing", "payments.unknown-customer")
        assert "different profiles" in told.module(15)["sentence"]
        assert told.module(15)["command"] is None


def test_a_payment_that_counts_for_another_account(app: App) -> None:
    app.buys(BOB, 15, pay=False, metadata={"items_ids": "15", "customer_email": BOB, "contact": CAROL})
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", ("other-account", None))
    assert explain(app, BOB).says(15) == ("missing", "payments.unfulfilled")


def test_a_payment_that_was_given_to_another_account(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False)
    app.grant(BOB, 15, session)
    told = explain(app)
    assert (told.answer, told.says(15)) == ("nothing-owed", ("other-account", None))


def test_a_payment_that_names_no_module(app: App) -> None:
    app.buys(CAROL, 15, metadata={"customer_email": CAROL, "item": "15"})
    told = explain(app)
    assert (told.answer, told.says(None)) == ("missing", ("missing", "payments.no-module"))


def test_a_payment_for_a_module_that_does_not_exist(app: App) -> None:
    app.buys(CAROL, 99, pay=False)
    assert explain(app).says(99) == ("missing", "payments.no-module")


def test_a_token_pack_gives_no_module(app: App) -> None:
    app.buys(
        CAROL, 15, pay=False, metadata={"type": "token_purchase", "tokens": "5", "customer_email": CAROL}
    )
    told = explain(app)
    assert (told.answer, told.body["modules"]) == ("nothing-owed", [])
    assert told.body["sessions"][0]["token_pack"] is True


def test_several_modules_of_one_payment_are_judged_one_by_one(app: App) -> None:
    session = app.buys(CAROL, 6, 13, 15, pay=False)
    app.grant(CAROL, 6, session)
    token(app, 13, "9 days")
    told = explain(app)
    assert told.says(6) == ("visible", None)
    assert told.says(13) == ("missing", "data.tokens-without-access")
    assert told.says(15) == ("missing", "payments.unfulfilled")


def test_two_profiles_between_which_reconcile_does_not_choose(own: App) -> None:
    own.sql("alter table public.profiles drop constraint profiles_id_fkey")
    own.sql("insert into public.profiles (id, email) values (gen_random_uuid(), 'CAROL@example.test')")
    own.buys("Carol@example.test", 15, pay=False)
    told = explain(own)
    assert told.says(15) == ("missing", "payments.unknown-customer")
    assert "several profiles" in told.module(15)["sentence"]
    assert told.module(15)["command"] is None


def test_a_subscription_does_not_show_its_refunds(app: App) -> None:
    app.buys(CAROL, 15, pay=False, mode="subscription")
    told = explain(app)
    assert (told.answer, told.says(15)) == ("unknown", ("unknown", None))
    assert "reconcile --include-unclear" in told.module(15)["hint"]


def test_the_handlers_fault_is_not_blamed_for_a_gap_before_it(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(hours=9))
    app.buys(BOB, 6, created=ago(hours=5))
    app.site.handler = "noop"
    for number in range(12):
        app.buys(ALICE, 6, created=ago(hours=3, minutes=number))
    assert explain(app).says(15) == ("missing", "payments.unfulfilled")
    app.buys(CAROL, 13, created=ago(hours=3, minutes=30))
    assert explain(app).says(13) == ("missing", "site.webhook-handler")


def test_the_way_of_a_payment_is_drawn_with_the_step_at_which_it_stops(app: App) -> None:
    app.buys(CAROL, 15, pay=False, metadata={"items_ids": "15", "customer_email": CAROL})
    one = explain(app).module(15)
    assert [stage["step"] for stage in one["trace"]] == [step.value for step in Step]
    assert {stage["step"]: stage["state"] for stage in one["trace"]} == {
        **{step.value: "holds" for step in Step},
        "sent": "unknown",  # no event was made for it
    }
    assert one["next"].startswith("run the command above")


def test_a_payment_by_nobody_stops_at_the_customer(app: App) -> None:
    app.buys("stranger@example.test", 15, pay=False, metadata={"items_ids": "15"})
    one = explain(app, "stranger@example.test").module(15)
    stopped = [(stage["step"], stage["check"]) for stage in one["trace"] if stage["state"] == "stops"]
    assert stopped == [("customer", "payments.unknown-customer")]
    assert one["next"].startswith("a person")
