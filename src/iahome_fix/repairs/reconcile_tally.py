"""From Checkout Sessions, and what the database says of them, to the plan of a reconcile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from iahome_fix.checks.sales import UNDER_WAY, storable
from iahome_fix.repairs.reconcile_plan import COVERED, TO_CREATE, UNCLEAR, ReconcilePlan, Sold, Terms
from iahome_fix.repairs.withdrawn import WITHDRAWN, Withdrawn
from iahome_fix.systems.stripe_objects import Session

_DUE = ("due", "over")


class Tally:
    """Collects sessions in any order and in any number of parts; small, however many are covered."""

    def __init__(self, terms: Terms, made: datetime, mode: str | None) -> None:
        """`made`: the moment of the run (UTC); `mode`: that of the key, live where the key does not say."""
        self.terms = terms
        self._made = made
        self._mode = mode
        self._counts: Counter[str] = Counter()
        self._warnings: Counter[str] = Counter()
        self._sold: list[Sold] = []
        self._withdrawn: dict[str, Withdrawn] = {}
        self._due: dict[tuple[str, str], list[Sold]] = {}

    def wants(self, session: Session) -> bool:
        """Whether the database has to be asked about a session; the others are counted here."""
        if session.mode == "setup":
            return False  # nothing is sold in it
        left_out = self._left_out(session)
        if left_out is not None:
            self._counts[left_out] += 1
            return False
        case = _case(session)
        if case is None:
            return True
        for module in _modules(session):
            self._add(self._as_sold(session, module, case))
        return False

    def judge(self, sessions: Iterable[Session], rows: Iterable[Mapping[str, Any]]) -> None:
        """Take in what the database says of these sessions: one row per session and module."""
        by_id = {storable(session.id): session for session in sessions}
        for row in rows:
            session = by_id[row["session_id"]]
            verdict = row["verdict"]
            if row["taken_row"] is not None:
                self._taken(session, row)
            if verdict in _DUE:
                self._candidate(session, row)
            elif verdict in ("covered", "waiting_token"):
                self._covered(session, row)
            else:
                ambiguous = verdict == "ambiguous_customer"
                case = "unknown_customer" if ambiguous else verdict
                remark = verdict if ambiguous else None
                if verdict == "unknown_customer" and row["other_customer"]:
                    remark = "other_address"
                if verdict == "no_module" and not session.from_app:
                    remark = "not_from_app"
                self._add(self._as_sold(session, row["module_id"], case, remark=remark))

    def plan(self) -> ReconcilePlan:
        """The plan, once everything was taken in."""
        for found in self._due.values():
            self._settle(found)
        self._due.clear()
        return ReconcilePlan(
            self.terms,
            self._made,
            self._mode,
            dict(self._counts),
            dict(self._warnings),
            tuple(self._sold),
            tuple(self._withdrawn[key] for key in sorted(self._withdrawn)),
        )

    def as_json(self, session: Session) -> Iterator[dict[str, Any]]:
        """What the database is asked about a session, module by module."""
        for module in _modules(session):
            yield for_database(self._as_sold(session, module, ""), session.emails)

    def _left_out(self, session: Session) -> str | None:
        if session.livemode != (self._mode != "test"):
            return "other_mode"
        if session.is_token_pack:
            return "token_pack"
        if session.paid and session.moment > self._made - UNDER_WAY:
            return "under_way"
        return None

    def _candidate(self, session: Session, row: Mapping[str, Any]) -> None:
        remark = "replaces" if row["replaces"] else None
        case = "over" if row["verdict"] == "over" else TO_CREATE
        sold = self._as_sold(session, row["module_id"], case, user_id=row["owner"], remark=remark)
        if _is_unclear(session) and not self.terms.include_unclear:
            self._add(replace(sold, case=UNCLEAR, remark=None))
        else:
            self._due.setdefault((row["owner"], row["module_id"]), []).append(sold)

    def _taken(self, session: Session, row: Mapping[str, Any]) -> None:
        """Note the row that says that it was withdrawn; once, however many payments it speaks for."""
        self._withdrawn[row["taken_row"]] = Withdrawn(
            row_id=row["taken_row"],
            owner=row["taken_from"],
            email=session.email,
            module_id=row["module_id"],
            why=row["taken_why"],
            taken_at=row["taken_at"],
            given_back=row["verdict"] != WITHDRAWN,
        )

    def _covered(self, session: Session, row: Mapping[str, Any]) -> None:
        self._counts[COVERED] += 1
        over = session.created + self.terms.duration <= self._made
        if row["verdict"] == "waiting_token" and not over:
            self._warnings["waiting_token"] += 1

    def _settle(self, found: list[Sold]) -> None:
        """One customer paid several times for one module: the access that ends last covers the other terms.

        Each term runs from its own beginning, so together they end with the last of them.
        """
        last = max(found, key=lambda sold: (sold.case == TO_CREATE, sold.ends, sold.opened, sold.session_id))
        for sold in found:
            if sold is last or last.case != TO_CREATE:
                self._add(sold)
            else:
                self._counts[COVERED] += 1

    def _add(self, sold: Sold) -> None:
        self._counts[sold.case] += 1
        self._sold.append(sold)
        if sold.remark and sold.remark != "other_address":
            self._warnings[sold.remark] += 1

    def _as_sold(
        self,
        session: Session,
        module: str | None,
        case: str,
        *,
        user_id: str | None = None,
        remark: str | None = None,
    ) -> Sold:
        begins = self._made if self.terms.from_now else session.moment
        return Sold(
            session.id,
            module,
            session.email,
            session.amount_total,
            session.currency,
            session.created,
            session.moment,
            begins + self.terms.duration,
            case,
            user_id,
            remark,
        )


def for_database(sold: Sold, emails: Iterable[str] = ()) -> dict[str, Any]:
    """One record of the parameter `sales` of sql/reconcile/classified.sql."""
    return {
        "session_id": storable(sold.session_id),
        "module_id": storable(sold.module) if sold.module else None,
        "email": storable(sold.email) if sold.email else None,
        "emails": [storable(email) for email in emails],
        "user_id": sold.user_id,
        "amount": sold.amount,
        "created": sold.opened.isoformat(),
        "bought": sold.bought.isoformat(),
        "ends": sold.ends.isoformat(),
    }


def _modules(session: Session) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(storable(module) for module in session.modules)) or (None,)


def _case(session: Session) -> str | None:
    """Why a session gives nothing, as far as Stripe alone decides."""
    if not session.paid:
        return "unpaid"
    if session.refunded:
        return "refunded"
    return "disputed" if session.disputed else None


def _is_unclear(session: Session) -> bool:
    """Money came, but its charge is not to be seen, so neither is a refund (mode subscription, for one)."""
    return session.payment_status == "paid" and session.amount_total != 0 and session.charged is None
