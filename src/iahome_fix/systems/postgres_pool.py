"""The sessions of one database: opened when needed, used again, watched while they wait for the server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.i18n import _
from iahome_fix.systems.asked import DATABASE, asking
from iahome_fix.systems.database import Row
from iahome_fix.systems.database_errors import DatabaseUnreachable
from iahome_fix.systems.deadline import TookTooLong, within
from iahome_fix.systems.lifeline import limited, watched
from iahome_fix.systems.postgres_refusals import explain_connection
from iahome_fix.systems.postgres_session import is_over
from iahome_fix.systems.postgres_times import show_any_time

if TYPE_CHECKING:
    import psycopg

_SESSIONS = 3
# A server that lets a session in sooner than this answers most questions sooner, too. One more session costs
# it more than they do, so a reading one is waited for, if not for long.
_NEAR = 0.1
_PATIENCE = 0.25
# Beyond a limit of the server's, before this side stops waiting for the server to keep it.
_GRACE = 2.0
# A pooler closes sessions that are not used: while a question waited for its answer, for example.
_FRESH_SECONDS = 30.0
# Reasons for no session that mean: there is no server at the moment. Others come from a server.
_GONE = ("timeout", "refused", "closed", "dns", "starting", "stopping")


class Sessions:
    """A few sessions, for any number of threads."""

    def __init__(
        self,
        dsn: str,
        *,
        label: str,
        timeout: float,
        options: Mapping[str, str],
        look_again: Callable[[DatabaseUnreachable], DatabaseUnreachable],
        ahead: bool,
        near: float = _NEAR,
    ) -> None:
        """As `PostgresDatabase`. `near`: the seconds that a server takes at most that counts as near."""
        self._dsn = dsn
        self._label = label
        self._timeout = timeout
        self._options = dict(options)
        self._look_again = look_again
        self._idle: list[tuple[float, psycopg.Connection[Row]]] = []
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(_SESSIONS)
        self._dead: DatabaseUnreachable | None = None
        self._ahead = _SESSIONS - 1 if ahead else 0
        self._closed = False
        self._near, self._near_within = False, near
        self._reading = 0
        self._free = threading.Condition(self._lock)

    @contextmanager
    def one(self, *, reading: bool = False) -> Iterator[psycopg.Connection[Row]]:
        """A session for the block; `reading`: for one question, not for a transaction that waits in between.

        Raises DatabaseUnreachable.
        """
        if not self._slots.acquire(timeout=max(self._timeout, 60)):
            raise DatabaseUnreachable("busy", _("no database session became free in time"))
        try:
            connection = self._used_before(reading=reading)
            if connection is None:
                with asking(DATABASE):
                    connection = self._connect()
            with self._free:
                self._reading += reading
            try:
                with asking(DATABASE):
                    yield connection
            finally:
                with self._free:
                    self._reading -= reading
                    if not connection.closed:
                        self._idle.append((time.monotonic(), connection))
                        self._free.notify()
        finally:
            self._slots.release()

    def watched(
        self, connection: psycopg.Connection[Row], *, patient: bool = True
    ) -> AbstractContextManager[None]:
        """An end to the wait where the server does not keep the limits that it was given."""
        quiet = self._timeout + _GRACE
        return (
            watched(connection, quiet, lambda: self._at_work(connection))
            if patient
            else limited(connection, quiet)
        )

    def open(self) -> psycopg.Connection[Row]:
        """A new session, which the caller closes. Raises DatabaseUnreachable."""
        import psycopg
        from psycopg import IsolationLevel
        from psycopg.conninfo import make_conninfo
        from psycopg.rows import dict_row

        # Its warnings (a query that could not be cancelled) would go to stderr as they are.
        logging.getLogger("psycopg").addHandler(logging.NullHandler())
        limit = max(2, round(self._timeout))

        def connect() -> psycopg.Connection[Row]:
            connection = psycopg.connect(
                make_conninfo(self._dsn, **self._options),
                row_factory=dict_row,
                prepare_threshold=None,
                connect_timeout=limit,
                application_name="iahome-fix",
                client_encoding="utf8",
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
                # A network that swallows packets ends the session; a slow query does not (its packets are
                # acknowledged).
                tcp_user_timeout=int(self._timeout * 1000),
            )
            connection.isolation_level = IsolationLevel.READ_COMMITTED
            show_any_time(connection)
            return connection

        started = time.monotonic()
        try:
            # The limit of psycopg does not hold while the host's name is looked up.
            return within(limit + _GRACE, connect, late=lambda connection: connection.close())
        except TookTooLong:
            said = "timeout"
        except (psycopg.Error, UnicodeError, ValueError) as error:
            said = str(error)
        raise explain_connection(said, self._label, time.monotonic() - started)

    def close(self) -> None:
        """End the sessions that nobody uses."""
        with self._lock:
            self._closed = True
            for _since, connection in self._idle:
                connection.close()
            self._idle.clear()

    def _used_before(self, *, reading: bool) -> psycopg.Connection[Row] | None:
        """A session that is still there; those that are not are closed."""
        while True:
            with self._free:
                if self._dead is not None:
                    raise self._dead
                if reading and self._near and self._reading:
                    self._free.wait_for(lambda: self._idle, _PATIENCE)
                if not self._idle:
                    return None
                since, connection = self._idle.pop()
            if time.monotonic() - since <= _FRESH_SECONDS and not is_over(connection):
                return connection
            connection.close()

    def _connect(self) -> psycopg.Connection[Row]:
        started = time.monotonic()
        try:
            connection = self.open()
        except DatabaseUnreachable as failure:
            found = self._look_again(failure)
            with self._lock:
                self._dead = found
            raise found from None
        with self._lock:
            self._near = time.monotonic() - started < self._near_within
            more, self._ahead = 0 if self._near else self._ahead, 0
        for _each in range(more):
            threading.Thread(target=self._open_ahead, daemon=True, name="session").start()
        return connection

    def _open_ahead(self) -> None:
        """Open one more session, once the first was let in: a wrong password is tried once."""
        with self._slots:
            try:
                connection = self.open()
            except DatabaseUnreachable:
                return  # who needs it finds out
            with self._lock:
                if not self._closed:
                    self._idle.append((time.monotonic(), connection))
                    return
            connection.close()

    def _at_work(self, connection: psycopg.Connection[Row]) -> bool:
        """Whether the server works on what this session asked, as far as another session can tell."""
        import psycopg

        try:
            with closing(self.open()) as other, limited(other, self._timeout + _GRACE):
                row = other.execute(
                    sql.load("session/at_work"), {"pid": connection.info.backend_pid}
                ).fetchone()
        except DatabaseUnreachable as failure:
            return failure.reason not in _GONE
        except psycopg.Error as error:
            return error.sqlstate is not None
        return row is None or not str(row["state"]).startswith("idle")
