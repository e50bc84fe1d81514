"""Money, terms, verdicts and sums on hand-made sessions: what Stripe alone decides, and how it is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iahome_fix.domain.learned import Learned, Period
from iahome_fix.domain.lengths import LATEST, Length
from iahome_fix.domain.money import Money, money_of, partly_settled
from iahome_fix.domain.sale import UNASSIGNED, Sale, Verdict
from iahome_fix.domain.sums import amounts_of, sums_of
from iahome_fix.domain.terms import Terms, usual
from iahome_fix.domain.verdicts import as_json, modules_of, storable
from iahome_fix.explain.payments import money_of as told_of
from iahome_fix.facts.sales import explained_by
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.stripe_payments import Session

KEYS = MODULE_ACCESS.checkout
DURATION = timedelta(hours=72)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PAID = NOW - timedelta(hours=2)


def session(**more: Any) -> Session:
    """A paid Checkout Session, with these fields changed."""
    found = {
        "id": "cs_1",
        "created": int(PAID.timestamp()),
        "livemode": True,
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 990,
        "currency": "eur",
        "metadata": {"items_ids": "15"},
        "payment_intent": {"status": "succeeded", "latest_charge": charge()},
    }
    return Session.of({**found, **more}, KEYS)


def charge(age: timedelta = timedelta(hours=2), **more: Any) -> dict[str, Any]:
    found = {"id": "ch_1", "created": int((NOW - age).timestamp()), "amount": 990, "amount_refunded": 0}
    return {**found, "refunded": False, "disputed": False, **more}


def paid_by(**more: Any) -> dict[str, Any]:
    return {"payment_intent": {"status": "succeeded", "latest_charge": charge(**more)}}


@pytest.mark.parametrize(
    ("fields", "money"),
    [
        ({}, Money.DUE),
        ({"payment_status": "no_payment_required", "amount_total": 0, "payment_intent": None}, Money.DUE),
        ({"payment_status": "no_payment_required", "mode": "subscription"}, Money.DUE),
        ({"amount_total": 0, "payment_intent": None}, Money.DUE),
        ({"payment_status": "no_payment_required", "amount_total": None, "payment_intent": None}, Money.DUE),
        (paid_by(amount_refunded=989), Money.DUE),
        (paid_by(amount_refunded=990), Money.REFUNDED),
        (paid_by(refunded=True, amount_refunded=990), Money.REFUNDED),
        (paid_by(disputed=True), Money.DISPUTED),
        (paid_by(disputed=True, refunded=True), Money.REFUNDED),
        ({"payment_status": "unpaid"}, Money.UNPAID),
        ({"status": "open"}, Money.UNPAID),
        ({"status": "expired"}, Money.UNPAID),
        ({"status": None}, Money.UNPAID),
        ({"mode": "setup"}, Money.SETUP),
        ({"mode": "setup", "livemode": False}, Money.SETUP),
        ({"livemode": False}, Money.OTHER_MODE),
        ({"livemode": False, "metadata": {"type": "token_purchase"}}, Money.OTHER_MODE),
        ({"metadata": {"type": "token_purchase", "items_ids": "15"}}, Money.TOKEN_PACK),
        ({"metadata": {"tokens": "5"}}, Money.TOKEN_PACK),
        ({"metadata": {"tokens": "5", "items_ids": "15"}}, Money.DUE),
        ({"mode": "subscription", "payment_intent": None}, Money.UNCLEAR),
        ({"payment_intent": "pi_1"}, Money.UNCLEAR),
        ({"payment_intent": {"status": "succeeded", "latest_charge": "ch_1"}}, Money.UNCLEAR),
        ({"payment_intent": None}, Money.UNCLEAR),
        (paid_by(age=timedelta(minutes=5)), Money.DUE),
        (paid_by(age=timedelta(minutes=5) - SECOND), Money.UNDER_WAY),
        (paid_by(age=timedelta(minutes=1), refunded=True), Money.REFUNDED),
    ],
)
def test_what_the_money_of_a_session_says(fields: dict[str, Any], money: Money) -> None:
    assert money_of(session(**fields), now=NOW, mode="live") is money


def test_explain_has_its_words_from_the_same_rule() -> None:
    def word(**fields: Any) -> str:
        return told_of(session(**fields)).value

    assert word(**paid_by(disputed=True, refunded=True)) == "refunded"
    assert word(**paid_by(disputed=True)) == "disputed"
    assert word(**paid_by(status="failed")) == word(payment_status="unpaid") == "unpaid"
    assert (word(status="expired"), word(status="open")) == ("expired", "open")
    assert word(mode="setup", payment_status="no_payment_required", payment_intent=None) == "free"
    assert (word(**paid_by(amount_refunded=5)), word()) == ("partly-refunded", "paid")


@pytest.mark.parametrize(
    ("mode", "live", "test"),
    [
        ("live", Money.DUE, Money.OTHER_MODE),
        ("test", Money.OTHER_MODE, Money.DUE),
        (None, Money.DUE, Money.OTHER_MODE),
    ],
)
def test_a_key_whose_mode_is_not_known_counts_as_live(mode: str | None, live: Money, test: Money) -> None:
    assert money_of(session(), now=NOW, mode=mode) is live
    assert money_of(session(livemode=False), now=NOW, mode=mode) is test


def test_a_term_runs_from_the_payment_or_from_now() -> None:
    terms = Terms(since=NOW - timedelta(days=90), usual=DURATION)
    assert terms.sold_until(PAID, "15") == terms.ends(PAID, NOW, "15") == PAID + timedelta(hours=72)
    from_now = replace(terms, from_now=True)
    assert (from_now.sold_until(PAID, "15"), from_now.ends(PAID, NOW, "15")) == (
        PAID + DURATION,
        NOW + DURATION,
    )
    month = replace(terms, chosen=Length(timedelta(days=30)))
    assert month.ends(PAID, NOW, "15") == PAID + timedelta(days=30)
    assert usual(NOW, DURATION) == terms


def test_a_term_that_is_not_known_begins_and_ends_as_late_as_it_may() -> None:
    """Written now, it lasts as long as what was sold at the time of the payment."""
    march = Period(frozenset({Length(timedelta(days=30))}), PAID - timedelta(days=9), PAID, 3)
    later = Period(frozenset({Length(timedelta(days=90))}), NOW, NOW, 3)
    known = Learned((Length(DURATION),), {"15": (march, later), "6": (march,)})
    terms = Terms(since=NOW - timedelta(days=90), usual=DURATION, learned=known, from_now=True)
    between = PAID + timedelta(hours=1)
    assert terms.ends(between, NOW, "15") == NOW + timedelta(days=90)
    assert terms.covered_from(between, "15") == between + timedelta(days=30)
    assert terms.candidates(between, "15") == ("30d", "90d")
    assert terms.ends(PAID, NOW, "15") == NOW + timedelta(days=30)


def test_what_the_app_wrote_a_little_shorter_than_the_operator_says_covers_it() -> None:
    terms = Terms(since=NOW - timedelta(days=90), usual=DURATION, early=timedelta(days=2))
    month = PAID + timedelta(days=30)
    chosen = replace(terms, chosen=Length(timedelta(days=30)))
    single = replace(terms, by_module={"15": Length(timedelta(days=30))})
    assert chosen.covered_from(PAID, "15") == month - timedelta(days=2)
    assert single.covered_from(PAID, "15") == month - timedelta(days=2)
    assert single.covered_from(PAID, "6") == terms.covered_from(PAID, "15") == PAID + DURATION
    assert chosen.sold_until(PAID, "15") == month


def test_what_was_refunded_of_one_module_is_no_part_of_several() -> None:
    part = paid_by(amount_refunded=400)
    assert not partly_settled(session(**part))
    assert not partly_settled(session(metadata={"items_ids": "15,6"}))
    assert partly_settled(session(metadata={"items_ids": "15,6"}, **part))


def test_a_term_beyond_the_calendar_ends_with_it() -> None:
    terms = Terms(since=NOW, usual=timedelta(days=36_525))
    for late in (LATEST - timedelta(days=1), datetime.max.replace(tzinfo=UTC)):
        assert terms.sold_until(late, None) == LATEST


def test_the_payment_counts_and_not_the_opening_of_the_session() -> None:
    opened = session(created=int((NOW - timedelta(hours=80)).timestamp()), **paid_by(age=timedelta(hours=60)))
    (asked,) = as_json(opened, usual(NOW, DURATION), NOW)
    assert asked["paid"] == (NOW - timedelta(hours=60)).isoformat()
    assert asked["until"] == asked["ends"] == (NOW + timedelta(hours=12)).isoformat()


def test_the_addresses_are_asked_in_their_order_after_the_user_id() -> None:
    one = session(
        customer_email="prefilled@example.test",
        customer_details={"email": "typed@example.test"},
        metadata={"items_ids": "15", "userEmail": "named@example.test", "userId": " u-1 "},
    )
    assert one.emails == ("prefilled@example.test", "typed@example.test", "named@example.test")
    assert one.user_id == "u-1"
    assert session(metadata={"userId": " "}).user_id is None


@pytest.mark.parametrize(
    ("metadata", "modules"),
    [
        ({"items_ids": "6,13,6"}, ("6", "13")),
        ({"items_ids": "6", "moduleId": "13"}, ("6", "13")),
        ({"moduleId": "a\0b"}, ("ab",)),
        ({}, (None,)),
    ],
)
def test_the_modules_of_a_session(metadata: dict[str, str], modules: tuple[str | None, ...]) -> None:
    assert modules_of(session(metadata=metadata)) == modules


SALE = Sale(
    session=session(),
    module="15",
    verdict=Verdict.OWED,
    owner="u-1",
    until=PAID + DURATION,
    ends=PAID + DURATION,
    over=False,
    as_written=True,
    odd=False,
    crowded=False,
    known_module=True,
    module_in_use=False,
    by_handler=False,
    granted=0,
    open=False,
)


@pytest.mark.parametrize("verdict", Verdict)
def test_what_is_owed_served_or_withdrawn_is_read_off_the_verdict_alone(verdict: Verdict) -> None:
    sale = replace(SALE, verdict=verdict, taken_row="7")
    assert sale.owed is (verdict in (Verdict.OWED, Verdict.OVER))
    assert sale.served is (verdict is Verdict.SERVED)
    assert sale.withdrawn == ("7" if verdict is Verdict.WITHDRAWN else None)
    assert (verdict in UNASSIGNED) is ("customer" in verdict.value or verdict is Verdict.NO_EMAIL)


def test_the_address_explains_what_is_owed_and_a_token_what_waits_for_it() -> None:
    assert explained_by(SALE) is None
    assert explained_by(replace(SALE, odd=True)) == "data.email-case"
    assert explained_by(replace(SALE, odd=True, verdict=Verdict.SERVED)) is None
    assert explained_by(replace(SALE, verdict=Verdict.WAITING_TOKEN)) == "data.tokens-without-access"


def test_another_command_is_given_the_same_terms() -> None:
    terms = usual(NOW, DURATION)
    assert terms.words(NOW) == ()
    assert terms.words(NOW, from_now=True) == ("--from", "now")
    assert replace(terms, from_now=True).words(NOW) == ("--from", "now")
    longer = replace(terms, chosen=Length(timedelta(days=30)), since=NOW - timedelta(days=120))
    assert longer.words(NOW) == ("--since", f"{longer.since:%Y-%m-%dT%H:%MZ}", "--access-duration", "30d")
    # A shorter look, too, and one from the beginning of a day, as it was written; not how long a run took.
    shorter = replace(terms, since=NOW - timedelta(days=10))
    assert shorter.words(NOW) == ("--since", f"{shorter.since:%Y-%m-%dT%H:%MZ}")
    whole = replace(terms, since=datetime(2026, 8, 1, tzinfo=UTC))
    assert whole.words(NOW) == ("--since", "2026-08-01")
    assert terms.words(NOW + timedelta(minutes=50)) == ()
    assert replace(terms, since=terms.since - timedelta(hours=2)).words(NOW)[0] == "--since"
    # What the app of another profile sells is usual there, and needs no option.
    sold = usual(NOW, timedelta(days=30))
    assert (sold.length.text, sold.words(NOW)) == ("30d", ())
    # What was chosen is said, whatever is usual: the rows of the shop may say otherwise.
    assert replace(sold, chosen=Length(DURATION)).words(NOW) == ("--access-duration", "72h")
    single = replace(sold, by_module={"librespeed": Length(timedelta(days=90)), "metube": Length(months=1)})
    assert single.words(NOW) == (
        *("--access-duration", "librespeed=90d"),
        *("--access-duration", "metube=month"),
    )


def test_each_session_is_counted_once_and_currencies_are_never_added_up() -> None:
    one = session()
    dollars = replace(one, id="cs_2", currency="usd", amount_total=100)
    more = replace(one, id="cs_3", amount_total=10)
    free = replace(one, id="cs_4", amount_total=0)
    unknown = [replace(one, id="cs_5", amount_total=None), replace(one, id="cs_6", currency=None)]
    assert amounts_of([one, one, dollars, more, free, *unknown]) == {"eur": 1000, "usd": 100}
    assert amounts_of([free, *unknown]) == {}


def test_sums_count_each_customer_once_and_each_stranger_for_one() -> None:
    other = replace(SALE, session=replace(SALE.session, id="cs_2"), owner=None)
    another = replace(other, session=replace(SALE.session, id="cs_3"))
    sums = sums_of([SALE, replace(SALE, module="6"), other, replace(other, module="6"), another])
    assert (sums.sales, sums.customers, sums.amount) == (5, 3, {"eur": 2970})
    assert sums.oldest == PAID
    assert sums_of([]).as_json() == {"sales": 0, "customers": 0, "amount": {}, "oldest": None}


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\0b", "ab"), ("a\ud800b", "a?b"), ("élodie", "élodie"), ("", ""), ("\0", "")],
)
def test_what_postgresql_cannot_hold_is_left_out(text: str, kept: str) -> None:
    assert storable(text) == kept
