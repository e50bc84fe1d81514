"""A sale: one module of one payment, and its one verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from iahome_fix.packed import Record

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.systems.stripe_payments import Payment


class Verdict(StrEnum):
    """What a sale is due whose money is there (`domain/money.py` says which those are).

    `waiting_token`: an active token of the customer covers the term, and `backfill` makes its access.
    `unclear`: it would be owed, but whether it was refunded is not to be seen. `over`: owed, and the term
    that would be written has ended already. The rest as sql/domain/verdict.sql has them.
    """

    SERVED = "served"
    WITHDRAWN = "withdrawn"
    WAITING_TOKEN = "waiting_token"  # noqa: S105 - a verdict
    NO_MODULE = "no_module"
    NO_EMAIL = "no_email"
    UNKNOWN_CUSTOMER = "unknown_customer"
    AMBIGUOUS_CUSTOMER = "ambiguous_customer"
    UNKNOWN_MODULE = "unknown_module"
    UNCLEAR = "unclear"
    OVER = "over"
    OWED = "owed"


OWING = (Verdict.OWED, Verdict.OVER)
UNASSIGNED = (Verdict.NO_EMAIL, Verdict.UNKNOWN_CUSTOMER, Verdict.AMBIGUOUS_CUSTOMER)
"""Nobody can say whose these are, but a person."""


Key = tuple[str, str | None]
"""A sale's own: the payment's id and the module."""


@dataclass(frozen=True, slots=True)
class Sale(Record):
    """One module of a payment (`module` None: the session names none) and what the database says of it.

    Attributes:
        session: the payment: a Checkout Session, or the invoice of a renewal.
        owner: the profile's id of the one customer to whom the payment leads; None for nobody.
        until: when the term ends that was bought (UTC); `ends`: when an access ends that is written now.
        candidates: how long it may have been bought for, where that is not known (then `until` and `ends` go
            by the longest); what is owed is given once somebody says which.
        over: `until` has come.
        as_written: the address for which the handler looks is in `profiles` letter by letter.
        by_id: only the user id of the metadata leads to the customer, none of the addresses.
        odd: the customer's address in `profiles` has capitals or blanks.
        crowded: one of its addresses has several profiles, none of them in these letters.
        known_module: `modules` has it; `module_in_use`: an access in force names it.
        cited: a row of theirs that counts cites it.
        by_handler: a row that cites it was written by the app's handler, not by a repair.
        given_to: the profile of somebody else that has an access in force for it (the row given_row), while
            the customer has none; that counts as served, since somebody may have given it on purpose.
        altered: the address for which the handler looks, that of the metadata, leads to no profile, while
            another one of the payment leads to the owner.
        row_in_way: the id of the customer's active row for the module that was there when they paid, for
            which the handler refuses the next one; row_over: its end has come.
        former_row: the id of an access in force that cites it and belongs to an id that no profile has.
        added: the metadata do not name it, the session's line items do.
        granted: how many modules the rows that cite its session have, under whatever ids.
        open: an access of the customer to the module is in force, but ends before `until`.
        taken_row: the id of the row by which a person took it away, if any (given back where the terms
            restore it); taken_from: whose it is, taken_why: inactive, ended or moment
            (sql/domain/withdrawn.sql), taken_at: when (ISO 8601, UTC), None where the row does not tell.
    """

    session: Payment
    module: str | None
    verdict: Verdict
    owner: str | None
    until: datetime
    ends: datetime
    over: bool
    as_written: bool
    odd: bool
    crowded: bool
    known_module: bool
    module_in_use: bool
    by_handler: bool
    granted: int
    open: bool
    candidates: tuple[str, ...] = ()
    by_id: bool = False
    cited: bool = False
    altered: bool = False
    row_in_way: str | None = None
    row_over: bool = False
    former_row: str | None = None
    given_to: str | None = None
    given_row: str | None = None
    added: bool = False
    taken_row: str | None = None
    taken_from: str | None = None
    taken_why: str | None = None
    taken_at: str | None = None

    @property
    def key(self) -> Key:
        """By which it is told from all others."""
        return self.session.id, self.module

    @property
    def is_renewal(self) -> bool:
        """It was paid by a later invoice of a subscription."""
        return self.session.is_renewal

    @property
    def served(self) -> bool:
        """The customer has, or had, what was bought."""
        return self.verdict is Verdict.SERVED

    @property
    def withdrawn(self) -> str | None:
        """The id of the row by which a person took it away, where that is the verdict."""
        return self.taken_row if self.verdict is Verdict.WITHDRAWN else None

    @property
    def owed(self) -> bool:
        """Paid by a known customer for a known module, and not given."""
        return self.verdict in OWING
