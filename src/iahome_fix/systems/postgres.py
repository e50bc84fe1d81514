"""SQL over a direct or pooled connection (psycopg 3).

No prepared statements and no session state, so a transaction pooler serves as well as a direct
connection (Supabase, "Connecting to your database").
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.systems.database import DatabaseUnreachable, Login, Params, Row, SqlError

if TYPE_CHECKING:
    import psycopg

_SESSIONS = 3
# Written for a person under pressure: a lock that is not free within 4 s would stop sales behind it.
_LOCK_TIMEOUT_MS = 4_000
_PATIENT_TIMEOUT_MS = 15 * 60_000


class PostgresDatabase:
    """A few sessions, opened when needed and used again."""

    def __init__(self, dsn: str, *, label: str, timeout: float) -> None:
        """`timeout`: seconds for opening a session and for each read."""
        self.label = label
        self._dsn = dsn
        self._timeout = timeout
        self._idle: list[psycopg.Connection[Row]] = []
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
        with self._session() as connection:
            connection.read_only = True
            try:
                with _translated():
                    self._begin(connection, _PATIENT_TIMEOUT_MS if patient else int(self._timeout * 1000))
                    if login is not None:
                        connection.execute(
                            sql.load("session/become"), {"claims": login.claims_json, "role": login.role}
                        )
                    return _rows(connection, statement, params)
            finally:
                _roll_back(connection)

    @contextmanager
    def write(self, *, wait_for_turn: float = 60.0) -> Iterator[_PostgresTransaction]:
        with self._session() as connection:
            connection.read_only = False
            try:
                with _translated():
                    self._begin(connection, _PATIENT_TIMEOUT_MS, lock_timeout=int(wait_for_turn * 1000))
                    connection.execute(sql.load("session/lock"))
                    self._begin(connection, _PATIENT_TIMEOUT_MS)
                yield _PostgresTransaction(connection)
                with _translated():
                    connection.commit()
            finally:
                _roll_back(connection)

    def close(self) -> None:
        with self._lock:
            for connection in self._idle:
                connection.close()
            self._idle.clear()

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
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = self._connect()
            try:
                yield connection
            finally:
                with self._lock:
                    if connection.closed:
                        pass
                    else:
                        self._idle.append(connection)
        finally:
            self._slots.release()

    def _connect(self) -> psycopg.Connection[Row]:
        import psycopg
        from psycopg.rows import dict_row

        started = time.monotonic()
        try:
            return psycopg.connect(
                self._dsn,
                row_factory=dict_row,
                prepare_threshold=None,
                connect_timeout=max(2, round(self._timeout)),
                application_name="iahome-fix",
                keepalives_idle=10,
                # A network that swallows packets ends the session; a slow query does not (its packets are
                # acknowledged).
                tcp_user_timeout=int(self._timeout * 1000),
            )
        except (psycopg.Error, UnicodeError, ValueError) as error:
            failure = explain_connection(str(error), self.label, time.monotonic() - started)
            with self._lock:
                self._dead = failure
            raise failure from None


class _PostgresTransaction:
    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def run(self, statement: str, params: Params | None = None) -> list[Row]:
        with _translated():
            return _rows(self._connection, statement, params)


def _rows(connection: psycopg.Connection[Row], statement: str, params: Params | None) -> list[Row]:
    # Without parameters psycopg sends the text as it is, so that several statements may stand in it.
    cursor: psycopg.Cursor[Row] = connection.execute(statement, params)
    rows: list[Row] = []
    while True:
        if cursor.description is not None:
            rows = cursor.fetchall()
        if not cursor.nextset():
            return rows


def _roll_back(connection: psycopg.Connection[Row]) -> None:
    import psycopg

    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        state = error.sqlstate
        if state is None:
            raise DatabaseUnreachable("lost", _("the connection to the database was lost")) from None
        raise SqlError(state, scrub(_primary(error))) from None


def _primary(error: psycopg.Error) -> str:
    diagnostic: Any = error.diag
    return str(diagnostic.message_primary or error).strip()


def explain_connection(text: str, label: str, waited: float) -> DatabaseUnreachable:
    """Why no session could be had, told apart by what libpq and Supabase's pooler answer.

    `text` is the client's message, `label` host, port and database without credentials, `waited` seconds.
    Sources: Supavisor's error codes; supabase.com "Troubleshooting"; IPv6-only direct hosts.
    """
    low = text.lower()
    where = {"label": label, "seconds": f"{waited:.0f}"}
    if "password authentication failed" in low or "no password supplied" in low:
        return DatabaseUnreachable(
            "password",
            _("{label} refused the password of the database URL").format(**where),
            _("copy the connection string again from Supabase, Connect; percent-encode special characters"),
        )
    if "tenant or user not found" in low or "enotfound" in low:
        return DatabaseUnreachable(
            "tenant",
            _("the pooler at {label} does not know this project").format(**where),
            _(
                "the user must be postgres.<project ref>, the host that of your region;"
                " a paused project is unknown to it, too"
            ),
        )
    if "ecircuitbreaker" in low:
        return DatabaseUnreachable(
            "banned",
            _("the pooler at {label} refuses after too many wrong passwords").format(**where),
            _("wait some minutes, then try with the right password"),
        )
    if "eaddrnotallowed" in low:
        return DatabaseUnreachable(
            "not-allowed", _("the network restrictions of the project do not let this machine in"), None
        )
    if "emaxconnsession" in low or "too many" in low or "remaining connection slots" in low:
        return DatabaseUnreachable(
            "full", _("all sessions of {label} are taken").format(**where), _("try again in a minute")
        )
    if any(
        word in low
        for word in ("could not translate", "name or service not known", "nodename nor", "resolve")
    ):
        return DatabaseUnreachable(
            "dns",
            _("the host of {label} has no address").format(**where),
            _("a typing error, a paused or deleted project, or no network: look at the project in Supabase"),
        )
    if "network is unreachable" in low:
        return DatabaseUnreachable(
            "ipv6",
            _("{label} is reachable over IPv6 only, and this network has none").format(**where),
            _("use the session pooler's connection string (Supabase, Connect)"),
        )
    if "timeout" in low or "timed out" in low:
        return DatabaseUnreachable(
            "timeout",
            _("{label} did not answer within {seconds} s").format(**where),
            _("look at the project's status in Supabase; --timeout gives it longer"),
        )
    if "refused" in low:
        return DatabaseUnreachable(
            "refused",
            _("nothing listens at {label}").format(**where),
            _("wrong port, a stopped server, or a ban after wrong passwords (Supabase, Database settings)"),
        )
    return DatabaseUnreachable(
        "other",
        _("no connection to {label}: {reason}").format(**where, reason=scrub(_last_line(text))),
        None,
    )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "?"
