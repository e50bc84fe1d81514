"""What a synthetic payment leaves in a table that says nothing of payments: what was not there before it.

Its rows are known by their ids. A run that was killed is known by the journal: whom its payment was for, what
was there before it, and when that was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.systems.database import Statement
from iahome_fix.verify.rows import PAYMENT, TOKEN, Granted, Row, Traces

if TYPE_CHECKING:
    from iahome_fix.facts.tables import Table
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.systems.database import Database

NOTED = "verify"
"""Under which key the journal has what a run has to know of an earlier one."""


@dataclass(frozen=True)
class Before:
    """What was there right before a payment for this customer and module was sent, and when that was."""

    session: str
    user_id: str
    module: str
    since: str
    accesses: tuple[str, ...]
    tokens: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "session": self.session,
            "user_id": self.user_id,
            "module": self.module,
            "since": self.since,
            "accesses": list(self.accesses),
            "tokens": list(self.tokens),
        }


class BareTraces(Traces):
    """The rows of one run, and of those before it that did not come to their end."""

    def __init__(
        self,
        db: Database,
        tables: Mapping[str, Table],
        profile: AppProfile,
        *,
        runs: Iterable[Run] = (),
        session: str = "",
        note: Callable[[Before], None] = lambda _before: None,
    ) -> None:
        """`runs`: what is on record, the newest first; `session`: of this run; `note` puts on record what was
        there before its payment."""
        super().__init__(db, tables, profile)
        self._runs = tuple(runs)
        self._session = session
        self._note = note
        self._before: Before | None = None
        self._left: dict[str, list[Row]] = defaultdict(list)

    def begin(self, user_id: str, module: str) -> None:
        given = {"user_id": user_id, "module": module}
        accesses = tuple(row["id"] for row in self._accesses(given))
        tokens = tuple(row.id for row in self._tokens_of(given))
        since = str(self._db.read(sql.load("verify/now"))[0]["now"])
        self._before = Before(self._session, user_id, module, since, accesses, tokens)
        self._note(self._before)

    def adopt(self, rows: Iterable[Row]) -> None:
        """Rows of earlier runs that `remove` takes away, too."""
        for row in rows:
            if row.session_id is not None:
                self._left[row.session_id].append(row)

    def granted(self, session_id: str, user_id: str) -> Granted | None:
        before = self._before
        if before is None or before.session != session_id:
            return None
        for row in self._accesses({"user_id": user_id, "module": before.module}):
            if row["id"] not in before.accesses:
                return Granted(row["id"], before.module, bool(row["is_active"]), row["hours"])
        return None

    def of(self, sessions: Sequence[str]) -> tuple[Row, ...]:
        found: list[Row] = []
        before = self._before
        if before is not None and before.session in sessions:
            given = {"user_id": before.user_id, "module": before.module}
            new = [row["id"] for row in self._accesses(given) if row["id"] not in before.accesses]
            found += [self._row(self.access, one, before) for one in new]
            new = [row.id for row in self._tokens_of(given) if row.id not in before.tokens]
            found += [self._row(TOKEN, one, before) for one in new]
        for session in sessions:
            found += self._there(self._left.get(session, ()))
        if self._payments:
            asked = {"sessions": list(sessions)}
            found += [Row(PAYMENT, **row) for row in self._db.read(sql.load("verify/payments"), asked)]
        return tuple(found)

    def left_behind(self) -> tuple[Row, ...]:
        found: list[Row] = []
        for before in unfinished(self._runs):
            asked = {"user_id": before.user_id, "module": before.module, "since": before.since}
            rows = self._db.read(
                sql.load("verify/bare_new", self._profile), {**asked, "known": list(before.accesses)}
            )
            found += [self._row(self.access, row["id"], before) for row in rows]
        if self._payments:
            rows = self._db.read(sql.load("verify/left_payments"), patient=True)
            found += [Row(PAYMENT, **row) for row in rows]
        return tuple(found)

    def unmarked(self, user_id: str, module: str) -> frozenset[Row]:
        given = {"user_id": user_id, "module": module}
        return frozenset(row for row in self._others(given) if row.table != TOKEN)

    def remove(self, sessions: Sequence[str], *, payments: bool) -> tuple[Row, ...]:
        rows = self.of(sessions)
        unit = [statement for statement in map(self._taking, rows) if statement is not None]
        if payments and self._payments:
            unit.append(Statement(sql.load("verify/delete_payments"), {"sessions": list(sessions)}))
        if unit:
            self._db.transact((*unit, Statement(sql.load("verify/removed"))))
        return tuple(row for row in self.of(sessions) if row.table != PAYMENT or payments)

    def by_hand(self, what: Row | Sequence[str]) -> str | None:
        # Nothing but their ids tells such rows from others.
        return super().by_hand(what) if isinstance(what, Row) else None

    def _taking(self, row: Row) -> Statement | None:
        values = {"ids": [row.id], "user_id": row.user_id, "module": row.module_id}
        if row.table == self.access:
            return Statement(sql.load("verify/bare_delete", self._profile), values)
        if row.table == TOKEN:
            return Statement(sql.load("verify/bare_delete_tokens"), values)
        return None

    def _there(self, rows: Iterable[Row]) -> list[Row]:
        """Those of the rows that are still there."""
        found = []
        for row in rows:
            given = {"user_id": row.user_id or "", "module": row.module_id or ""}
            if row.table == self.access and any(one["id"] == row.id for one in self._accesses(given)):
                found.append(row)
        return found

    def _accesses(self, given: Mapping[str, str]) -> list[dict[str, Any]]:
        return list(self._db.read(sql.load("verify/bare_accesses", self._profile), given))

    def _tokens_of(self, given: Mapping[str, str]) -> list[Row]:
        return [row for row in self._others(given) if row.table == TOKEN]

    @staticmethod
    def _row(table: str, row_id: str, before: Before) -> Row:
        return Row(table, row_id, before.session, before.user_id, before.module)


def unfinished(runs: Iterable[Run]) -> tuple[Before, ...]:
    """What earlier runs may have left: those that did not end by removing what they wrote, and after which
    none for the same customer and module did. `runs`: the newest first."""
    ended: set[tuple[str, str]] = set()
    found = []
    for run in runs:
        noted = run.changes.get(NOTED) if run.command == "verify" else None
        if noted is None:
            continue
        before = Before(
            noted["session"],
            noted["user_id"],
            noted["module"],
            noted["since"],
            tuple(noted["accesses"]),
            tuple(noted["tokens"]),
        )
        whom = (before.user_id, before.module)
        verified = run.changes.get("verified") or {}
        if verified and not verified.get("left") and not verified.get("late"):
            ended.add(whom)
        elif whom not in ended:
            found.append(before)
    return tuple(found)
