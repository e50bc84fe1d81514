"""SQL over a direct or pooled connection (psycopg 3).

No prepared statements and no session state, so a transaction pooler serves as well as a direct
connection (Supabase, "Connecting to your database"). Each transaction brings its settings and its limits
along (sql/session/begin.sql).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.i18n import _
from iahome_fix.systems import reads, rehearsal, wave, written
from iahome_fix.systems.database import (
    TURN_TAKEN,
    Decided,
    Login,
    Params,
    Question,
    Row,
    Statement,
    Witness,
    nobody,
)
from iahome_fix.systems.database_errors import DatabaseUnreachable, OutcomeUnknown, too_long, turn_taken
from iahome_fix.systems.lifeline import beating, limited
from iahome_fix.systems.limits import Limits, begin_statement, milliseconds
from iahome_fix.systems.postgres_pool import Sessions
from iahome_fix.systems.postgres_session import commit, roll_back, rows_of, translated
from iahome_fix.systems.rehearsal import RehearsalEnded, SaleToTry, Tried

if TYPE_CHECKING:
    import psycopg

    from iahome_fix.systems.wave import Answer

_TRANSACTION_POOLER = 6543
_BETWEEN_LOOKS = 0.5


class PostgresDatabase:
    """A few sessions, opened when needed and used again."""

    in_one_request = False

    def __init__(
        self,
        dsn: str,
        *,
        label: str,
        timeout: float,
        options: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        look_again: Callable[[DatabaseUnreachable], DatabaseUnreachable] = lambda failure: failure,
        ahead: bool = False,
    ) -> None:
        """`timeout`: seconds for opening a session and for each read.

        `options`: connection parameters beside the DSN's, which they override. `limits`: others than the
        usual. `look_again`: makes the reason for no session more exact where it can. `ahead`: with the first
        session the others are opened, too, for who asks much at once.
        """
        self.label = label
        self._timeout = timeout
        self._limits = limits or Limits()
        self._sessions = Sessions(
            dsn, label=label, timeout=timeout, options=options or {}, look_again=look_again, ahead=ahead
        )

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
            reads.query(statement, params, login),
        ]
        return self._rows(parts, patient=patient, settled=settled)

    def read_each(self, questions: Sequence[Question], *, patient: bool = False) -> list[Answer]:
        parts = [*wave.asking(self._reading(patient=patient), questions), sql.load(wave.ANSWERS)]
        return wave.answers(self._rows(parts, patient=patient), len(questions))

    def attempt(self, statement: str, *, login: Login) -> None:
        self.read(f"explain {statement}", login=login)

    def rehearse(
        self, sale: SaleToTry, *, login: Login, seconds: float, through: Collection[str] = ()
    ) -> Tried:
        with self._sessions.one() as connection:
            connection.read_only = False
            try:
                with self._sessions.watched(connection, patient=False), translated():
                    self._begin(connection, seconds, lock=seconds / 2)
                    for step in rehearsal.statements(login, sale, through):
                        connection.execute(step.sql.encode(), step.params)
            except RehearsalEnded as end:
                return end.tried
            finally:
                roll_back(connection)
        raise rehearsal.not_ended()

    def transact(
        self,
        unit: Sequence[Statement],
        *,
        wait_for_turn: float = 60.0,
        longest: float | None = None,
        witness: Witness = nobody,
    ) -> list[Row]:
        rows: list[Row] = []
        with self._write(wait_for_turn, longest, lambda xid: witness(Decided(rows, xid))) as transaction:
            for statement in unit:
                rows = transaction.run(statement.sql, statement.params)
        return rows

    @contextmanager
    def write(
        self, *, wait_for_turn: float = 60.0, longest: float | None = None
    ) -> Iterator[_PostgresTransaction]:
        with self._write(wait_for_turn, longest, lambda _xid: None) as transaction:
            yield transaction

    @contextmanager
    def alone(self, *, wait_for_turn: float = 60.0) -> Iterator[Callable[[str], None]]:
        # The turn belongs to a transaction, so a session of its own keeps it. It holds no snapshot between
        # statements: a concurrent build does not wait for it.
        with self._sessions.one() as keeper:
            keeper.read_only = False
            try:
                self._take_turn(keeper, wait_for_turn)
                with self._sessions.watched(keeper), translated():
                    keeper.execute(sql.load("session/writable"))
                every, answer = self._limits.heartbeat, self._timeout
                with beating(keeper, every, sql.load("session/heartbeat"), answer) as is_there:

                    def run(statement: str) -> None:
                        if not is_there():
                            raise DatabaseUnreachable(
                                "lost",
                                _("the connection that kept other repairs out was lost"),
                                _("what is done stays; run the same command again"),
                            )
                        self._run_alone(statement)

                    yield run
            finally:
                roll_back(keeper)

    def close(self) -> None:
        self._sessions.close()

    @contextmanager
    def _write(
        self, wait_for_turn: float, longest: float | None, decided: Callable[[str | None], None]
    ) -> Iterator[_PostgresTransaction]:
        limit = longest or self._limits.locking
        with self._sessions.one() as connection:
            connection.read_only = False
            try:
                self._take_turn(connection, wait_for_turn)
                with self._sessions.watched(connection), translated():
                    connection.execute(sql.load("session/writable"))
                    self._begin(connection, limit)
                    connection.execute(sql.load("session/as_server"))
                transaction = _PostgresTransaction(
                    connection, lambda: self._sessions.watched(connection), limit
                )
                yield transaction
                xid = transaction.run(sql.load("session/written_by"))[0]["xid"]
                decided(xid)
                with written.writing(self.label):
                    try:
                        with limited(connection, self._limits.commit):
                            commit(connection)
                    except OutcomeUnknown:
                        self._look_up(xid)
            finally:
                roll_back(connection)

    def _look_up(self, xid: str | None) -> None:
        """What became of a commit without an answer: returns if all is kept.

        Raises DatabaseUnreachable if nothing is, OutcomeUnknown if that cannot be told either.
        """
        if xid is None:
            return  # nothing was written that could be lost
        deadline = time.monotonic() + self._limits.look_up
        status = None
        while time.monotonic() < deadline:
            status = self._status(xid)
            if status == "committed":
                return
            if status == "aborted":
                raise DatabaseUnreachable(
                    "lost",
                    _("the connection to the database was lost before anything was kept"),
                    _("nothing was changed; run the same command again"),
                )
            time.sleep(_BETWEEN_LOOKS)
        raise OutcomeUnknown(xid)

    def _status(self, xid: str) -> str | None:
        """committed, aborted, in progress; None where nobody tells."""
        import psycopg

        try:
            with closing(self._sessions.open()) as other, limited(other, self._timeout):
                row = other.execute(sql.load("session/what_became"), {"xid": xid}).fetchone()
        except (DatabaseUnreachable, psycopg.Error):
            return None
        return row["status"] if row else None

    def _reading(self, *, patient: bool) -> Params:
        return self._limits.begin(self._limits.patient if patient else self._timeout)

    def _rows(self, parts: Sequence[str], *, patient: bool = False, settled: bool = False) -> list[Row]:
        """The rows of the last of the statements of one transaction, which is rolled back."""
        with self._sessions.one(reading=not settled) as connection:
            try:
                connection.read_only = True
                connection.autocommit = not settled
                if settled:
                    self._take_turn(connection, self._limits.look_up)
                    parts = parts[1:]  # the transaction has begun
                else:
                    parts = ["begin", *parts, "rollback"]
                with self._sessions.watched(connection, patient=patient), translated():
                    return rows_of(connection, ";\n".join(parts), None)
            finally:
                roll_back(connection)
                if not connection.closed:
                    connection.autocommit = False

    def _run_alone(self, statement: str) -> None:
        written.sent(self.label)
        try:
            self._run_in_no_transaction(statement)
        except OutcomeUnknown:
            raise  # stays undecided
        except Exception:
            written.answered(self.label, done=False)
            raise
        written.answered(self.label, done=True)

    def _run_in_no_transaction(self, statement: str) -> None:
        with self._sessions.one() as connection:
            asked = False
            try:
                connection.autocommit = True
                with self._sessions.watched(connection), translated():
                    # Behind the transaction pooler a setting would stay with a session that others get.
                    if connection.info.port != _TRANSACTION_POOLER:
                        limits = self._limits.begin(
                            self._limits.patient, lock=0, whole=False, until_end=False
                        )
                        connection.execute(begin_statement(), limits)
                        connection.execute(
                            sql.load("session/by_itself"), {"idle_timeout": milliseconds(self._limits.idle)}
                        )
                    asked = True
                    connection.execute(statement.encode())
            except DatabaseUnreachable as error:
                if asked and error.reason == "lost":
                    raise OutcomeUnknown from None
                raise
            finally:
                connection.close()

    def _take_turn(self, connection: psycopg.Connection[Row], patience: float) -> None:
        """Begin a transaction that has the turn. Who waits asks anew all the time: a statement that waits
        holds a snapshot, and a concurrent build of whoever has the turn would wait for it in turn."""
        import psycopg

        deadline = time.monotonic() + patience
        while True:
            left = max(0.001, min(deadline - time.monotonic(), self._limits.ask_again))
            try:
                with self._sessions.watched(connection):
                    self._begin(connection, self._limits.locking, lock=left, whole=False)
                    connection.execute(sql.load("session/lock"))
            except psycopg.Error as error:
                if error.sqlstate != TURN_TAKEN:
                    with translated():
                        raise
            else:
                return
            connection.rollback()
            if time.monotonic() >= deadline:
                raise turn_taken()

    def _begin(
        self,
        connection: psycopg.Connection[Row],
        statement: float,
        *,
        lock: float | None = None,
        whole: bool = True,
    ) -> None:
        """The settings and limits of a transaction, which begins with them if none is open."""
        connection.execute(begin_statement(), self._limits.begin(statement, lock=lock, whole=whole))


class _PostgresTransaction:
    def __init__(
        self,
        connection: psycopg.Connection[Row],
        watch: Callable[[], AbstractContextManager[None]],
        longest: float,
    ) -> None:
        self._connection = connection
        self._watch = watch
        self._longest = longest

    def run(self, statement: str, params: Params | None = None) -> list[Row]:
        try:
            with self._watch(), translated():
                return rows_of(self._connection, statement, params)
        except DatabaseUnreachable as error:
            if error.reason != "slow":
                raise
            raise too_long(self._longest) from None
