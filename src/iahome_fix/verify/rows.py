"""The rows that a synthetic payment leaves: found by its session's id, and removed by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.domain.synthetic import made_at
from iahome_fix.identifiers import identifier
from iahome_fix.systems.database import Statement
from iahome_fix.systems.literals import render

if TYPE_CHECKING:
    from iahome_fix.facts.tables import Table
    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.database import Database

PAYMENT, TOKEN = "payments", "access_tokens"
_TOKEN_COLUMNS = frozenset({"id", "created_by", "module_id"})
_ELSEWHERE_COLUMNS = frozenset({"id", "user_id", "module_id"})


@dataclass(frozen=True)
class Row:
    """A row that a synthetic payment left behind; `session_id` None where the row does not carry it."""

    table: str
    id: str
    session_id: str | None = None
    user_id: str | None = None
    module_id: str | None = None


@dataclass(frozen=True)
class Granted:
    """The access of this run: `hours` until its end, None for one without end."""

    id: str
    module_id: str | None
    is_active: bool
    hours: int | None


class Traces:
    """Where a synthetic payment can leave rows in this database."""

    def __init__(self, db: Database, tables: Mapping[str, Table], profile: AppProfile) -> None:
        self._db = db
        self._profile = profile
        self.access = profile.table.name
        self.ready = _has(tables, self.access, {*profile.table.required, *profile.handler.fills})
        self._payments = tables[PAYMENT].is_table
        self._tokens = _has(tables, TOKEN, _TOKEN_COLUMNS)
        self._elsewhere = _has(tables, profile.elsewhere, _ELSEWHERE_COLUMNS)

    def begin(self, user_id: str, module: str) -> None:
        """Right before the payment for this customer and module is sent."""

    def granted(self, session_id: str, user_id: str) -> Granted | None:
        """The row that the handler wrote for this session and customer, if it did."""
        rows = self._db.read(
            sql.load("verify/row", self._profile), {"session_id": session_id, "user_id": user_id}
        )
        if not rows:
            return None
        row = rows[0]
        return Granted(row["id"], row["module_id"], bool(row["is_active"]), row["hours"])

    def of(self, sessions: Sequence[str]) -> tuple[Row, ...]:
        """All rows that carry one of these sessions."""
        given = {"sessions": list(sessions)}
        found = [
            Row(self.access, **row)
            for row in self._db.read(sql.load("verify/accesses", self._profile), given)
        ]
        if self._payments:
            found += [Row(PAYMENT, **row) for row in self._db.read(sql.load("verify/payments"), given)]
        return tuple(found)

    def left_behind(self) -> tuple[Row, ...]:
        """Rows of every earlier run of `verify` that was not brought to its end."""
        found = [
            Row(self.access, **row)
            for row in self._db.read(sql.load("verify/left_accesses", self._profile), patient=True)
        ]
        if self._payments:
            rows = self._db.read(sql.load("verify/left_payments"), patient=True)
            found += [Row(PAYMENT, **row) for row in rows]
        return tuple(found)

    def unmarked(self, user_id: str, module: str) -> frozenset[Row]:
        """Rows of this customer and module without our mark: what is new among them is the handler's.

        An access counts when it is active and carries no session of `verify`.
        """
        given = {"user_id": user_id, "module": module}
        strangers = (
            Row(self.access, row["id"])
            for row in self._db.read(sql.load("verify/active", self._profile), given)
            if made_at(row["session_id"] or "") is None
        )
        return frozenset(strangers) | self._others(given)

    def _others(self, given: Mapping[str, str]) -> frozenset[Row]:
        asked = (
            (self._elsewhere, self._profile.elsewhere, "verify/elsewhere"),
            (self._tokens, TOKEN, "verify/tokens"),
        )
        return frozenset(
            Row(name, row["id"])
            for there, name, file in asked
            if there
            for row in self._db.read(sql.load(file, self._profile), given)
        )

    def remove(self, sessions: Sequence[str], *, payments: bool) -> tuple[Row, ...]:
        """Delete what carries these sessions, in one transaction; returns what is still there after it.

        `payments`: the bookkeeping rows, too. Raises SqlError, Refused, DatabaseUnreachable, OutcomeUnknown.
        """
        given = {"sessions": list(sessions)}
        unit = [Statement(sql.load("verify/delete_accesses"), given)]
        if payments and self._payments:
            unit.append(Statement(sql.load("verify/delete_payments"), given))
        self._db.transact((*unit, Statement(sql.load("verify/removed"))))
        return tuple(row for row in self.of(sessions) if row.table != PAYMENT or payments)

    def by_hand(self, what: Row | Sequence[str]) -> str | None:
        """The statement by which a person takes one row away, or the accesses of some sessions."""
        if isinstance(what, Row):
            return row_by_hand(what, self._profile)
        return render(sql.load("verify/by_hand_session"), {"sessions": list(what)}).strip() + ";"


def row_by_hand(row: Row, profile: AppProfile) -> str:
    """The statement by which a person takes a row away."""
    table = profile.table
    place, key = (table.place, table.id.name) if row.table == table.name else (f"public.{row.table}", "id")
    text = sql.load("verify/by_hand_row").replace("/* table */", place).replace("/* id */", identifier(key))
    return render(text, {"id": row.id}).strip() + ";"


def _has(tables: Mapping[str, Table], name: str, columns: Collection[str]) -> bool:
    return tables[name].is_table and set(tables[name].columns) >= set(columns)
