"""Served, owed, and explained: every combination of what the database says of one sale."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from iahome_fix.checks.sales import Sale, amounts_of, storable
from iahome_fix.systems.stripe_objects import Session

SESSION = Session.of(
    {
        "id": "cs_1",
        "created": datetime(2026, 11, 1, tzinfo=UTC).timestamp().__int__(),
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 990,
        "currency": "eur",
    }
)
SALE = Sale(
    session=SESSION,
    module="15",
    customer=True,
    other_customer=False,
    found_as_written=True,
    odd_profile=False,
    doubled=False,
    known_module=True,
    module_in_use=False,
    carried=False,
    by_handler=False,
    granted=0,
    lasting=False,
    tokened=False,
    over=False,
    withdrawn=None,
)


def test_served_is_carried_lasting_or_a_token_whose_term_is_over_and_not_withdrawn() -> None:
    for carried, lasting, tokened, over, withdrawn in product((False, True), repeat=5):
        sale = replace(
            SALE,
            carried=carried,
            lasting=lasting,
            tokened=tokened,
            over=over,
            withdrawn="7" if withdrawn else None,
        )
        given = carried or lasting or (tokened and over)
        assert sale.served is (given and not withdrawn), sale
        assert sale.owed is (not given and not withdrawn), sale


def test_nothing_is_owed_to_a_stranger_or_for_a_module_that_is_not_there() -> None:
    for customer, known in product((False, True), repeat=2):
        assert replace(SALE, customer=customer, known_module=known).owed is (customer and known)
    assert replace(SALE, customer=False, other_customer=True).owed is False


def test_the_address_explains_before_the_second_profile_before_the_token() -> None:
    for odd, doubled, tokened in product((False, True), repeat=3):
        sale = replace(SALE, odd_profile=odd, doubled=doubled, tokened=tokened)
        expected = (
            "data.email-case"
            if odd
            else "data.profile-email"
            if doubled
            else "data.tokens-without-access"
            if tokened
            else None
        )
        assert sale.explained_by == expected


def test_each_session_is_counted_once_and_currencies_are_never_added_up() -> None:
    dollars = replace(SESSION, id="cs_2", currency="usd", amount_total=100)
    more = replace(SESSION, id="cs_3", amount_total=10)
    free = replace(SESSION, id="cs_4", amount_total=0)
    unknown = [replace(SESSION, id="cs_5", amount_total=None), replace(SESSION, id="cs_6", currency=None)]
    assert amounts_of([SESSION, SESSION, dollars, more, free, *unknown]) == {"eur": 1000, "usd": 100}
    assert amounts_of([free, *unknown]) == {}


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\0b", "ab"), ("a\ud800b", "a?b"), ("élodie", "élodie"), ("", ""), ("\0", "")],
)
def test_what_postgresql_cannot_hold_is_left_out(text: str, kept: str) -> None:
    assert storable(text) == kept
