"""SQL over a direct or pooled connection (psycopg 3).

No prepared statements and no session state, so a transaction pooler serves as well as a direct
connection (Supabase, "Connecting to your database").
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.i18n import _
from iahome_fix.systems import written
from iahome_fix.systems.database import (
    TURN_TAKEN,
    DatabaseUnreachable,
    Login,
    Params,
    Row,
    Statement,
    turn_taken,
)
from iahome_fix.systems.deadline import TookTooLong, within
from iahome_fix.systems.lifeline import limited, watched
from iahome_fix.systems.postgres_refusals import explain_connection
from iahome_fix.systems.postgres_session import committing, roll_back, rows_of, translated

if TYPE_CHECKING:
    import psycopg

_SESSIONS = 3
# Written for a person under pressure: a lock that is not free within 4 s would stop sales behind it.
_LOCK_TIMEOUT_MS = 4_000
_PATIENT_TIMEOUT_MS = 15 * 60_000
_COMMIT_SECONDS = 60.0
_ASK_AGAIN = 2.0
_TRANSACTION_POOLER = 6543
# Beyond a limit of the server's, before this side stops waiting for the server to keep it.
_GRACE = 2.0
# A pooler closes sessions that are not used: while a question waited for its answer, for example.
_FRESH_SECONDS = 30.0
# Reasons for no session that mean: there is no server at the moment. Others come from a server.
_GONE = ("timeout", "refused", "closed", "dns", "starting", "stopping")


class PostgresDatabase:
    """A few sessions, opened when needed and used again."""

    def __init__(
        self,
        dsn: str,
        *,
        label: str,
        timeout: float,
        look_again: Callable[[DatabaseUnreachable], DatabaseUnreachable] = lambda failure: failure,
    ) -> None:
        """`timeout`: seconds for opening a session and for each read.

        `look_again`: makes the reason for no session more exact where it can.
        """
        self.label = label
        self._dsn = dsn
        self._timeout = timeout
        self._look_again = look_again
        self._idle: list[tuple[float, psycopg.Connection[Row]]] = []
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(_SESSIONS)
        self._dead: DatabaseUnreachable | None = None

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
    ) -> list[Row]:
        limit = _PATIENT_TIMEOUT_MS / 1000 if patient else self._timeout
        with self._session() as connection, self._watched(connection, patient=patient):
            connection.read_only = True
            try:
                with translated():
                    self._begin(connection, int(limit * 1000))
                    if login is None:
                        connection.execute(sql.load("session/whole"))
                    else:
                        connection.execute(
                            sql.load("session/become"), {"claims": login.claims_json, "role": login.role}
                        )
                    return rows_of(connection, statement, params)
            finally:
                roll_back(connection)

    def attempt(self, statement: str, *, login: Login) -> None:
        self.read(f"explain {statement}", login=login)

    def transact(self, unit: Sequence[Statement], *, wait_for_turn: float = 60.0) -> list[Row]:
        rows: list[Row] = []
        with self.write(wait_for_turn=wait_for_turn) as transaction:
            for statement in unit:
                rows = transaction.run(statement.sql, statement.params)
        return rows

    @contextmanager
    def write(self, *, wait_for_turn: float = 60.0) -> Iterator[_PostgresTransaction]:
        with self._session() as connection:
            connection.read_only = False
            try:
                self._take_turn(connection, wait_for_turn)
                with self._watched(connection), translated():
                    self._begin(connection, _PATIENT_TIMEOUT_MS)
                yield _PostgresTransaction(connection, lambda: self._watched(connection))
                with written.writing(self.label), limited(connection, _COMMIT_SECONDS), committing():
                    connection.commit()
            finally:
                roll_back(connection)

    @contextmanager
    def alone(self, *, wait_for_turn: float = 60.0) -> Iterator[Callable[[str], None]]:
        # The turn belongs to a transaction, so a session of its own keeps it. It holds no snapshot between
        # statements: a concurrent build does not wait for it.
        with self._session() as keeper:
            keeper.read_only = False
            try:
                self._take_turn(keeper, wait_for_turn)
                yield self._run_alone
            finally:
                roll_back(keeper)

    def _run_alone(self, statement: str) -> None:
        written.sent(self.label)
        try:
            self._run_in_no_transaction(statement)
        except Exception:
            written.answered(self.label, done=False)
            raise
        written.answered(self.label, done=True)

    def _run_in_no_transaction(self, statement: str) -> None:
        with self._session() as connection:
            try:
                connection.autocommit = True
                with self._watched(connection), translated():
                    # Behind the transaction pooler a setting would stay with a session that others get.
                    if connection.info.port != _TRANSACTION_POOLER:
                        connection.execute(
                            sql.load("session/patience"), {"limit": f"{_PATIENT_TIMEOUT_MS}ms"}
                        )
                    connection.execute(statement.encode())
            finally:
                connection.close()

    def close(self) -> None:
        with self._lock:
            for _since, connection in self._idle:
                connection.close()
            self._idle.clear()

    def _take_turn(self, connection: psycopg.Connection[Row], patience: float) -> None:
        """Begin a transaction that has the turn. Who waits asks anew all the time: a statement that waits
        holds a snapshot, and a concurrent build of whoever has the turn would wait for it in turn."""
        import psycopg

        deadline = time.monotonic() + patience
        while True:
            left = min(deadline - time.monotonic(), _ASK_AGAIN)
            try:
                with self._watched(connection):
                    self._begin(connection, _PATIENT_TIMEOUT_MS, lock_timeout=max(1, int(left * 1000)))
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
        self, connection: psycopg.Connection[Row], timeout: int, lock_timeout: int = _LOCK_TIMEOUT_MS
    ) -> None:
        connection.execute(
            sql.load("session/begin"), {"statement_timeout": timeout, "lock_timeout": lock_timeout}
        )

    @contextmanager
    def _session(self) -> Iterator[psycopg.Connection[Row]]:
        if not self._slots.acquire(timeout=max(self._timeout, 60)):
            raise DatabaseUnreachable("busy", _("no database session became free in time"))
        try:
            with self._lock:
                if self._dead is not None:
                    raise self._dead
                since, connection = self._idle.pop() if self._idle else (0.0, None)
            if connection is not None and time.monotonic() - since > _FRESH_SECONDS:
                connection.close()
                connection = None
            if connection is None:
                connection = self._connect()
            try:
                yield connection
            finally:
                with self._lock:
                    if connection.closed:
                        pass
                    else:
                        self._idle.append((time.monotonic(), connection))
        finally:
            self._slots.release()

    def _watched(
        self, connection: psycopg.Connection[Row], *, patient: bool = True
    ) -> AbstractContextManager[None]:
        """An end to the wait where the server does not keep the limits that it was given."""
        quiet = self._timeout + _GRACE
        return (
            watched(connection, quiet, lambda: self._at_work(connection))
            if patient
            else limited(connection, quiet)
        )

    def _at_work(self, connection: psycopg.Connection[Row]) -> bool:
        """Whether the server works on what this session asked, as far as another session can tell."""
        import psycopg

        try:
            with closing(self._open()) as other, limited(other, self._timeout + _GRACE):
                row = other.execute(
                    sql.load("session/at_work"), {"pid": connection.info.backend_pid}
                ).fetchone()
        except DatabaseUnreachable as failure:
            return failure.reason not in _GONE
        except psycopg.Error as error:
            return error.sqlstate is not None
        return row is None or not str(row["state"]).startswith("idle")

    def _connect(self) -> psycopg.Connection[Row]:
        try:
            return self._open()
        except DatabaseUnreachable as failure:
            found = self._look_again(failure)
            with self._lock:
                self._dead = found
            raise found from None

    def _open(self) -> psycopg.Connection[Row]:
        """A new session. Raises DatabaseUnreachable."""
        import psycopg
        from psycopg.rows import dict_row

        # Its warnings (a query that could not be cancelled) would go to stderr as they are.
        logging.getLogger("psycopg").addHandler(logging.NullHandler())
        limit = max(2, round(self._timeout))

        def connect() -> psycopg.Connection[Row]:
            return psycopg.connect(
                self._dsn,
                row_factory=dict_row,
                prepare_threshold=None,
                connect_timeout=limit,
                application_name="iahome-fix",
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
                # A network that swallows packets ends the session; a slow query does not (its packets are
                # acknowledged).
                tcp_user_timeout=int(self._timeout * 1000),
            )

        started = time.monotonic()
        try:
            # The limit of psycopg does not hold while the host's name is looked up.
            return within(limit + _GRACE, connect, late=lambda connection: connection.close())
        except TookTooLong:
            said = "timeout"
        except (psycopg.Error, UnicodeError, ValueError) as error:
            said = str(error)
        raise explain_connection(said, self.label, time.monotonic() - started)


class _PostgresTransaction:
    def __init__(
        self, connection: psycopg.Connection[Row], watch: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._connection = connection
        self._watch = watch

    def run(self, statement: str, params: Params | None = None) -> list[Row]:
        with self._watch(), translated():
            return rows_of(self._connection, statement, params)
