"""From the verdicts on all sales to the plan of a reconcile; it decides nothing of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from iahome_fix.domain.money import Money, money_of
from iahome_fix.domain.sale import OWING, Sale, Verdict
from iahome_fix.domain.terms import Terms
from iahome_fix.domain.verdicts import JUDGED, modules_of
from iahome_fix.profile import AppProfile
from iahome_fix.repairs.reconcile.plan import (
    COVERED,
    LEFT_OUT,
    NEEDS_SQL,
    TO_CREATE,
    UNKNOWN_TERM,
    ReconcilePlan,
    Sold,
)
from iahome_fix.repairs.withdrawn import Withdrawn
from iahome_fix.systems.stripe_payments import Payment

_HAVING = (Verdict.SERVED, Verdict.WAITING_TOKEN)


class Tally:
    """Collects sessions in any order and in any number of parts; small, however many are covered."""

    def __init__(
        self,
        terms: Terms,
        profile: AppProfile,
        made: datetime,
        mode: str | None,
        *,
        transactions: bool = True,
    ) -> None:
        """`profile`: the version of the app; `made`: the moment of the run (UTC); `mode`: that of the key,
        live where the key does not say; `transactions`: whether several changes can be made as one."""
        self._transactions = transactions
        self.terms = terms
        self.profile = profile
        self.made = made
        self._mode = mode
        self._counts: Counter[str] = Counter()
        self._warnings: Counter[str] = Counter()
        self._sold: list[Sold] = []
        self._withdrawn: dict[str, Withdrawn] = {}
        self._due: dict[tuple[str, str], list[Sold]] = {}

    def wants(self, session: Payment) -> bool:
        """Whether the database has to be asked about a session; the others are counted here."""
        money = money_of(session, now=self.made, mode=self._mode)
        if money in JUDGED:
            return True
        if money.value in LEFT_OUT:
            self._counts[money.value] += 1
        elif money is not Money.SETUP:
            for module in modules_of(session):
                self._add(self._as_sold(session, module, money.value))
        return False

    def take(self, sales: Iterable[Sale]) -> None:
        """Take in verdicts."""
        for sale in sales:
            self._note_withdrawn(sale)
            if sale.verdict in _HAVING:
                self._counts[COVERED] += 1
                self._warnings[sale.verdict.value] += sale.verdict is Verdict.WAITING_TOKEN
            elif sale.verdict in OWING and sale.owner and sale.module:
                case = self._case(sale)
                sold = self._as_sold(sale.session, sale.module, case, sale)
                remark = "moves" if sale.former_row is not None else "replaces" if sale.open else None
                self._due.setdefault((sale.owner, sale.module), []).append(replace(sold, remark=remark))
            else:
                foreign = sale.verdict is Verdict.NO_MODULE and not sale.session.from_app
                remark = "not_from_app" if foreign else None
                sold = self._as_sold(sale.session, sale.module, sale.verdict.value, sale)
                self._add(replace(sold, remark=remark))

    def plan(self) -> ReconcilePlan:
        """The plan, once everything was taken in."""
        for found in self._due.values():
            self._settle(found)
        self._due.clear()
        return ReconcilePlan(
            self.terms,
            self.made,
            self._mode,
            dict(self._counts),
            dict(+self._warnings),
            tuple(self._sold),
            self.profile,
            tuple(self._withdrawn[key] for key in sorted(self._withdrawn)),
        )

    def _case(self, sale: Sale) -> str:
        """What becomes of a sale that is owed. How long it lasts is not guessed.

        An access of a former id is moved by two changes: in between the customer would have less than before.
        """
        if sale.verdict is not Verdict.OWED:
            return sale.verdict.value
        if sale.candidates:
            return UNKNOWN_TERM
        moved = sale.former_row is not None
        return NEEDS_SQL if moved and not self._transactions else TO_CREATE

    def _note_withdrawn(self, sale: Sale) -> None:
        """Note the row that says that it was withdrawn; once, however many payments it speaks for."""
        given_back = sale.taken_row in self.terms.restore and sale.verdict in OWING
        if sale.taken_row is not None and (sale.verdict is Verdict.WITHDRAWN or given_back):
            self._withdrawn[sale.taken_row] = Withdrawn(
                row_id=sale.taken_row,
                owner=sale.taken_from,
                email=sale.session.email,
                module_id=sale.module,
                why=sale.taken_why or "",
                taken_at=sale.taken_at,
                given_back=given_back,
            )

    def _settle(self, found: list[Sold]) -> None:
        """One customer paid several times for one module: the access that ends last covers the other terms.

        Each term runs from its own beginning, so together they end with the last of them; what has to be
        moved, or whose term is not known, and may last longer than what can be given is left.
        """
        last = max(found, key=lambda sold: (sold.case == TO_CREATE, sold.ends, sold.opened, sold.session_id))
        for sold in found:
            longer = sold.case in (NEEDS_SQL, UNKNOWN_TERM) and sold.ends > last.ends
            if sold is last or last.case != TO_CREATE or longer:
                self._add(sold)
            else:
                self._counts[COVERED] += 1

    def _add(self, sold: Sold) -> None:
        self._counts[sold.case] += 1
        self._sold.append(sold)
        if sold.remark:
            self._warnings[sold.remark] += 1

    def _as_sold(self, session: Payment, module: str | None, case: str, sale: Sale | None = None) -> Sold:
        return Sold(
            session.id,
            module,
            session.emails,
            session.user_id,
            session.amount_total,
            session.currency,
            session.created,
            session.moment,
            sale.ends if sale else self.terms.ends(session.moment, self.made, module),
            case,
            sale.owner if sale else None,
            began=session.session_id,
            paid_by=session.payment_id,
            candidates=sale.candidates if sale else (),
        )
