"""Is the money of a Checkout Session there, and is it still ours? The one place of this rule.

Source: Stripe, Fulfill orders (status and payment_status), Refunds, Disputes. A refund or a dispute never
changes the payment, only its charge.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iahome_fix.systems.stripe_payments import Payment

UNDER_WAY = timedelta(minutes=5)
"""A delivery may take so long before anything is wrong."""


class Money(StrEnum):
    """What a session's money says about the goods; only DUE and UNCLEAR go on to the question who gets what.

    `setup`: nothing is sold in it. `other_mode`: a test payment seen with a live key, or the reverse.
    `token_pack`: usage tokens, which are no module. `unpaid`: the flow is not complete, or the money has not
    come (yet). `under_way`: so young that its delivery may still be on its way. `unclear`: money came, and
    its charge is not to be seen, so neither is a refund.
    """

    SETUP = "setup"
    OTHER_MODE = "other_mode"
    TOKEN_PACK = "token_pack"  # noqa: S105 - what was sold
    UNPAID = "unpaid"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    UNDER_WAY = "under_way"
    UNCLEAR = "unclear"
    DUE = "due"


def money_of(payment: Payment, *, now: datetime, mode: str | None) -> Money:
    """What the money of one payment says.

    `now`: the moment of the run (UTC). `mode`: that of the key, `live` where the key does not say.
    """
    if payment.mode == "setup":
        return Money.SETUP
    if payment.livemode != (mode != "test"):
        return Money.OTHER_MODE
    if payment.is_token_pack:
        return Money.TOKEN_PACK
    became = became_of(payment)
    if became in (Money.DUE, Money.UNCLEAR) and is_under_way(payment, now):
        return Money.UNDER_WAY
    return became


def became_of(payment: Payment) -> Money:
    """What became of the money, whatever was sold for it, in which mode, and however long ago."""
    if payment.mode == "setup":
        return Money.SETUP
    if not payment.paid:
        return Money.UNPAID
    if payment.refunded:
        return Money.REFUNDED
    if payment.disputed:
        return Money.DISPUTED
    return Money.UNCLEAR if _is_unclear(payment) else Money.DUE


def is_under_way(payment: Payment, now: datetime) -> bool:
    """Is it too young at `now` (UTC) for anything to be wrong already?"""
    return payment.moment > now - UNDER_WAY


def partly_settled(payment: Payment) -> bool:
    """A part of the money for several modules went back, and nothing says for which of them.

    What a person took away of those may be what was refunded: nobody is accused of it.
    """
    return len(payment.modules) > 1 and payment.refunded_amount > 0


def _is_unclear(payment: Payment) -> bool:
    """Money came, but no charge is to be seen: by the key's rights, or in mode subscription."""
    return payment.payment_status == "paid" and payment.amount_total != 0 and payment.charged is None
