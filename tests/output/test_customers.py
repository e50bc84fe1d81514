"""Who waits, as CSV: nothing in it is a formula, an address only where it was asked for."""

from __future__ import annotations

import csv
import io

import pytest

from iahome_fix.checks.ledger import Waiting
from iahome_fix.domain.sale import Verdict
from iahome_fix.domain.trace import Step
from iahome_fix.output.page.customers import COLUMNS, cell, customers
from tests.output.page_support import sale


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def waiting(number: int, email: str = "", currency: str = "eur") -> Waiting:
    return Waiting(
        sale(number, Verdict.OWED, email=email, currency=currency), "stripe.undelivered", Step.ACCEPTED
    )


def test_each_missing_module_is_a_line_with_what_is_known_of_it() -> None:
    (row,) = rows(customers([waiting(7)], emails=False))
    assert tuple(row) == COLUMNS
    assert row == {
        "paid_at": "2026-11-29T02:14:00Z",
        "customer": "c…7@e…e.test",
        "profile": "owner-7",
        "module": "15",
        "payment_amount": "9.90",
        "currency": "EUR",
        "payment": "cs_live_7",
        "check": "stripe.undelivered",
        "step": "accepted",
        "sold_until": "2026-12-02T02:14:00Z",
    }
    assert rows(customers([waiting(7)], emails=True))[0]["customer"] == "customer7@example.test"
    assert rows(customers([waiting(7, currency="jpy")], emails=True))[0]["payment_amount"] == "990"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "＠", "\x00=", "\u202e="])
def test_no_value_is_a_formula(sign: str) -> None:
    address = f"{sign}HYPERLINK(1)@example.test"
    (row,) = rows(customers([waiting(1, email=address)], emails=True))
    assert row["customer"].startswith("'")
    assert row["customer"].endswith("HYPERLINK(1)@example.test")
    (masked,) = rows(customers([waiting(1, email=address)], emails=False))
    assert not masked["customer"].startswith(("=", "+", "-", "@"))


def test_nothing_in_it_steers_or_breaks_a_line() -> None:
    plain = cell("a\x1b[31m\nb\u2028c\x00\x9bd\ud800e\u061cf")
    assert plain.isprintable()
    assert plain.encode("utf-8")
    hostile = 'a";\n=1,"b'
    found = rows(customers([waiting(1, email=hostile), waiting(2)], emails=True))
    assert len(found) == 2
    assert found[0]["customer"] == 'a"; =1,"b'
    assert len(cell("x" * 5_000)) == 1_000
