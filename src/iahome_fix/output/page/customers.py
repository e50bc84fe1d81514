"""Who waits, as CSV for a spreadsheet: one line for each module that was paid for and is missing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from iahome_fix.checks.money import major
from iahome_fix.masks import mask_email

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.checks.ledger import Waiting

COLUMNS = (
    "paid_at",
    "customer",
    "profile",
    "module",
    "payment_amount",
    "currency",
    "payment",
    "check",
    "step",
    "sold_until",
)
"""Names for programs, the same in every language; times are UTC, the amount is that of the whole payment."""
_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\u2212")
LONGEST = 1_000


def customers(waiting: Iterable[Waiting], *, emails: bool) -> str:
    """The whole file, in the order given. `emails`: addresses in full, as --show-emails asks for it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in waiting:
        payment = one.sale.session
        address = payment.email or ""
        writer.writerow(
            cell(str(value))
            for value in (
                _moment(payment.moment),
                address if emails else mask_email(address),
                one.sale.owner or "",
                one.sale.module or "",
                major(payment.currency, payment.amount_total),
                (payment.currency or "").upper(),
                payment.id,
                one.check,
                one.step.value if one.step else "",
                _moment(one.sale.until),
            )
        )
    return text.getvalue()


def cell(text: str) -> str:
    """A value that no spreadsheet takes for a formula, and no terminal for a command."""
    plain = _STEERING.sub(" ", text)[:LONGEST]
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
