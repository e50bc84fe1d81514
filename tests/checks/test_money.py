"""Amounts for a person, in the decimals that each currency has at Stripe."""

from __future__ import annotations

import pytest

from iahome_fix.checks.money import amounts


@pytest.mark.parametrize(
    ("by_currency", "said"),
    [
        ({"eur": 990}, "9.90 EUR"),
        ({"eur": 5}, "0.05 EUR"),
        ({"EUR": 100}, "1.00 EUR"),
        ({"usd": 123456}, "1234.56 USD"),
        ({"kwd": 1234}, "1.234 KWD"),
        ({"eur": 1, "usd": 200}, "0.01 EUR + 2.00 USD"),
        ({"usd": 200, "jpy": 990, "eur": 1}, "0.01 EUR + 990 JPY + 2.00 USD"),
        ({}, ""),
    ],
)
def test_amounts(by_currency: dict[str, int], said: str) -> None:
    assert amounts(by_currency) == said


def test_the_currencies_without_decimals() -> None:
    """Stripe, Supported currencies: zero-decimal currencies."""
    names = ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga")
    for currency in (*names, "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"):
        assert amounts({currency: 990}) == f"990 {currency.upper()}"


def test_the_currencies_with_three_decimals() -> None:
    """Stripe, Supported currencies: three-decimal currencies."""
    for currency in ("bhd", "jod", "kwd", "omr", "tnd"):
        assert amounts({currency: 990}) == f"0.990 {currency.upper()}"
