"""SQL over HTTPS, where there is a token for the Management API and no database URL.

Each request is a session of its own and takes no parameters together with several statements, so values are
written into the text (`literals`) and whatever belongs into one transaction leaves in one request. Several
statements of one request are one transaction, all or nothing (PostgreSQL, "Multiple Statements in a Simple
Query"); nothing here begins or commits, so that a failed one leaves no open transaction behind.

What only reads goes to the read-only endpoint, whose role cannot write. A read as a login cannot: that role
may not become another, so it runs as `postgres` in a read-only transaction.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.i18n import _
from iahome_fix.systems import expected, reads, rehearsal, wave, written
from iahome_fix.systems.database import (
    TURN_TAKEN,
    Login,
    Params,
    Question,
    Row,
    Statement,
    Transaction,
    Witness,
    nobody,
)
from iahome_fix.systems.database_errors import (
    DatabaseUnreachable,
    OutcomeUnknown,
    SqlError,
    TooLong,
    too_long,
    turn_taken,
)
from iahome_fix.systems.expected import UnexpectedResponse
from iahome_fix.systems.limits import Limits, begin_statement
from iahome_fix.systems.literals import one_statement, render, unambiguous
from iahome_fix.systems.management_http import AnswerLost, ManagementApi, ManagementError
from iahome_fix.systems.rehearsal import RehearsalEnded, SaleToTry, Tried

if TYPE_CHECKING:
    from iahome_fix.systems.wave import Answer

T = TypeVar("T")

_SESSIONS = 3
_ONE = expected.Shape({"answer": expected.TEXT}, others=False)
_ANY = expected.Shape({})
# The platform ends a request after about 60 s; the database gives up first, and rolls back.
_LONGEST = 50.0
_PATIENCE = 5.0
_TURN = 5.0  # one request waits so long for the turn; then the next asks again
_TOO_LATE = "IF002"  # raised by sql/session/in_time.sql
_SLOW = "slow"  # the reason of a statement that the database ended for its time
_QUERY = "/database/query"


class ManagementDatabase:
    """A `Database` over the Management API."""

    in_one_request = True

    def __init__(
        self, api: ManagementApi, *, timeout: float, longest: float = _LONGEST, limits: Limits | None = None
    ) -> None:
        """`timeout`: seconds for each read; `longest`: seconds for a statement that may take its time.

        `limits`: others than the usual.
        """
        self.label = f"{api.host}/{api.ref}"
        self._api = api
        self._timeout = timeout
        self._longest = longest
        self._limits = limits or Limits()
        self._slots = threading.BoundedSemaphore(_SESSIONS)

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
        settled: bool = False,
    ) -> list[Row]:
        parts = [
            *reads.beginning(self._reading(patient=patient)),
            *reads.acting_as(login, statement),
            _as_json(reads.query(statement, params, login)),
        ]
        patience = self._longest + _PATIENCE if patient else 2.0
        if settled:
            # A statement of the other request lasts no longer than this.
            turn = (self._begin(self._longest, lock=self._longest), sql.load("session/lock"))
            parts[1:2] = [*turn, parts[1]]
            patience += self._longest
        return self._ask(parts, read_only=login is None, patience=patience, patient=patient)

    def read_each(self, questions: Sequence[Question], *, patient: bool = False) -> list[Answer]:
        parts = [*wave.asking(self._reading(patient=patient), questions), _as_json(sql.load(wave.ANSWERS))]
        rows = self._ask(
            parts,
            read_only=all(question.login is None for question in questions),
            patience=self._longest + _PATIENCE if patient else 2.0,
            patient=patient,
        )
        return wave.answers(rows, len(questions))

    def attempt(self, statement: str, *, login: Login) -> None:
        parts = [
            *reads.beginning(self._reading(patient=False)),
            *reads.acting_as(login, statement),
            reads.query(f"explain {statement}", None, login),
            _as_json(sql.load("session/done")),
        ]
        self._ask(parts, read_only=False, patience=2.0, patient=False)

    def rehearse(
        self, sale: SaleToTry, *, login: Login, seconds: float, through: Collection[str] = ()
    ) -> Tried:
        parts = [sql.load("session/read_write"), self._begin(seconds, lock=seconds / 2)]
        parts += [render(step.sql, step.params) for step in rehearsal.statements(login, sale, through)]
        try:
            self._run(parts, read_only=False, patience=2.0)
        except RehearsalEnded as end:
            return end.tried
        except AnswerLost as lost:
            raise lost.failure from None
        raise rehearsal.not_ended()

    def _reading(self, *, patient: bool) -> Params:
        return self._limits.begin(self._longest if patient else min(self._timeout, self._longest))

    def _ask(self, parts: Sequence[str], *, read_only: bool, patience: float, patient: bool) -> list[Row]:
        try:
            return self._run(parts, read_only=read_only, patience=patience)
        except AnswerLost as lost:
            raise lost.failure from None
        except DatabaseUnreachable as error:
            if patient and error.reason == _SLOW:
                raise self._too_long() from None
            raise

    def transact(
        self,
        unit: Sequence[Statement],
        *,
        wait_for_turn: float = 60.0,
        longest: float | None = None,
        witness: Witness = nobody,  # noqa: ARG002 - one request, so nothing is known before the commit
    ) -> list[Row]:
        limit = min(longest or self._limits.locking, self._longest)
        texts = [render(statement.sql, statement.params) for statement in unit]
        parts = [
            sql.load("session/read_write"),
            self._begin(self._longest, lock=max(0.001, min(wait_for_turn, _TURN)), whole=False),
            sql.load("session/lock"),
            sql.load("session/writable"),
            self._begin(limit),
            sql.load("session/as_server"),
            *texts[:-1],
            sql.load("session/in_time"),
            _as_json(texts[-1]),
        ]
        deadline = time.monotonic() + wait_for_turn
        while True:
            try:
                with written.writing(self.label):
                    return self._committed(parts)
            except DatabaseUnreachable as error:
                if error.reason == _SLOW:
                    raise self._too_long(limit) from None
                raise
            except SqlError as error:
                if error.sqlstate == _TOO_LATE:
                    raise self._too_long() from None
                if error.sqlstate != TURN_TAKEN:
                    raise
                if time.monotonic() >= deadline:
                    raise turn_taken() from None

    def _committed(self, parts: Sequence[str]) -> list[Row]:
        try:
            return self._run(parts, read_only=False, patience=self._longest + _PATIENCE)
        except AnswerLost:
            raise OutcomeUnknown from None

    def write(
        self,
        *,
        wait_for_turn: float = 60.0,  # noqa: ARG002
        longest: float | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[Transaction]:
        """There is no such thing here: a session ends with its request. Raises Refused."""
        raise Refused(
            "needs-database-url",
            _("this step needs a database session, which the Management API does not give"),
            _("set SUPABASE_DB_URL (Supabase, Connect); nothing was changed"),
        )

    @contextmanager
    def alone(self, *, wait_for_turn: float = 60.0) -> Iterator[Callable[[str], None]]:  # noqa: ARG002
        """Each statement in a request of its own; nothing keeps a turn between two requests."""
        yield self._run_alone

    def close(self) -> None:
        self._api.close()

    def _run_alone(self, statement: str) -> None:
        try:
            self._send(statement, _any_rows, read_only=False, patience=self._longest + _PATIENCE)
        except AnswerLost:
            raise OutcomeUnknown from None
        except DatabaseUnreachable as error:
            if error.reason == _SLOW:
                raise SqlError("57014", str(error)) from None
            raise

    def _run(self, parts: Sequence[str], *, read_only: bool, patience: float) -> list[Row]:
        # All of it is read before the first statement runs, with whatever settings the database has by then.
        text = ";\n".join(unambiguous(one_statement(part).rstrip()) + "\n" for part in parts)
        return self._send(text, _rows, read_only=read_only, patience=patience)

    def _send(self, text: str, holds: Callable[[Any], T], *, read_only: bool, patience: float) -> T:
        if not self._slots.acquire(timeout=max(self._timeout, 60)):
            raise ManagementError("busy", _("no database session became free in time"))
        try:
            return self._api.call(
                "POST",
                f"{_QUERY}/read-only" if read_only else _QUERY,
                permission="database_read" if read_only else "database_write",
                body={"query": text},
                patience=patience,
                holds=holds,
            )
        except SqlError as error:
            if error.sqlstate == "42601" and "multiple commands" in error.message:
                raise _one_statement_only() from None
            raise
        finally:
            self._slots.release()

    def _too_long(self, seconds: float | None = None) -> TooLong:
        if seconds is not None and seconds < self._longest:
            return too_long(seconds)
        return TooLong(
            self._longest,
            _("this takes longer than the Management API allows ({seconds} s)").format(
                seconds=f"{self._longest:g}"
            ),
            _("set SUPABASE_DB_URL (Supabase, Connect), which has no such limit"),
        )

    def _begin(self, statement: float, *, lock: float | None = None, whole: bool = True) -> str:
        return render(begin_statement(), self._limits.begin(statement, lock=lock, whole=whole))


def _as_json(query: str) -> str:
    """The query with all its rows in one, as JSON text.

    The types that the platform makes of columns are then out of the game, and so is its rule that an answer
    holds the rows of the last statement that gave any: this one always gives a row.
    """
    return sql.load("session/as_json").replace("/* query */", one_statement(query))


class _Answered(dict[str, Any]):
    """A row of an answer: a column that was asked for is in it, or the answer was to something else."""

    def __missing__(self, column: str) -> Any:
        raise UnexpectedResponse(
            _("rows over the Management API"), _("an object without {field}").format(field=column)
        )


def _rows(answer: Any) -> list[Row]:
    """The rows in the one row that `session/as_json` makes of them. Raises Misfit."""
    (outer,) = expected.rows(answer, _ONE, count=1)
    return [_Answered(row) for row in expected.rows(expected.parsed(outer["answer"]), _ANY)]


def _any_rows(answer: Any) -> tuple[Row, ...]:
    """What a statement gives that is sent as it is. Raises Misfit."""
    return expected.rows(answer, _ANY)


def _one_statement_only() -> CouldNotTell:
    return CouldNotTell(
        "one-statement",
        _("the Management API took only one statement for a request; nothing was changed"),
        _("set SUPABASE_DB_URL (Supabase, Connect)"),
    )
