"""Small pieces of the sentences: moments, amounts, terms."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.checks.money import amounts
from iahome_fix.explain.payments import Money
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.explain.rows import Access, Token
    from iahome_fix.systems.stripe_payments import Payment


def when(moment: datetime | None) -> str:
    """A moment (UTC) to the minute."""
    return figures.minute(moment) if moment is not None else "?"


def amount(session: Payment) -> str:
    """What a session cost, as a person writes it."""
    if session.amount_total is None or not session.currency:
        return "?"
    return in_currency(session.amount_total, session.currency)


def in_currency(units: int, currency: str) -> str:
    """An amount in the smallest unit of its currency, as a person writes it."""
    return amounts({currency: units})


def paid(session: Payment) -> str:
    """`paid 9.90 EUR on 2026-11-23 08:00`."""
    if not session.amount_total:
        return _("ordered free of charge on {day}").format(day=when(session.moment))
    return _("paid {amount} on {day}").format(amount=amount(session), day=when(session.moment))


def until(holder: Access | Token) -> str:
    """`until 2026-11-23 08:00`, or that there is no end."""
    if holder.term.ends is None:
        return _("without an end")
    return _("until {day}").format(day=when(holder.term.ends))


def money_word(money: Money) -> str:
    """What became of a session, in a word or two."""
    return {
        Money.PAID: _("paid"),
        Money.FREE: _("free order"),
        Money.UNPAID: _("complete, unpaid"),
        Money.OPEN: _("open, unpaid"),
        Money.EXPIRED: _("expired, unpaid"),
        Money.REFUNDED: _("refunded"),
        Money.PARTLY_REFUNDED: _("partly refunded"),
        Money.DISPUTED: _("disputed"),
    }[money]
