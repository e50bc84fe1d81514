"""Amounts for a person. Stripe counts in the smallest unit of a currency (Stripe, Supported currencies)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import figures

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_DECIMALS = {
    *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
    *("pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"),
}
_THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}


def amounts(by_currency: Mapping[str, int]) -> str:
    """`{"eur": 990}` as `9.90 EUR` or `9,90 €`; several currencies with a plus sign, never added up."""
    return " + ".join(_amount(currency, units) for currency, units in sorted(by_currency.items()))


def major(currency: str | None, units: int | None) -> str:
    """An amount for a program: `9.90`; empty where there is none."""
    if units is None or not currency:
        return ""
    decimals = _decimals(currency)
    return f"{units / 10**decimals:.{decimals}f}"


def _amount(currency: str, units: int) -> str:
    decimals = _decimals(currency)
    return figures.amount(units / 10**decimals, decimals, currency)


def _decimals(currency: str) -> int:
    low = currency.lower()
    return 0 if low in _NO_DECIMALS else 3 if low in _THREE_DECIMALS else 2
