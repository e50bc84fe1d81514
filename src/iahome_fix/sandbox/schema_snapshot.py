"""What the Data API believes the schema to be: read at its start and again when it is told to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import psycopg

from iahome_fix import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

_POLL = 0.1  # seconds between two looks at the stop flag
_LIKENESS = 0.75  # PostgREST names another table only if it is at least this much like the wanted one


class SchemaSnapshot:
    """Tables and columns of schema `public`, renewed on NOTIFY pgrst over a connection of its own.

    Attributes:
        dead: notifications are lost while this is set, as with a listener that died unnoticed.
    """

    def __init__(self, dsn: str) -> None:
        self.dead = False
        self._dsn = dsn
        self._columns: dict[str, frozenset[str]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, read the schema, go on listening. Raises psycopg.Error without a database."""
        self._stop.clear()
        connection = self._connect()
        self._thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close the connection."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def columns(self, table: str) -> frozenset[str] | None:
        """The columns of a table, None for one that is not in the snapshot."""
        return self._columns.get(table)

    def tables(self) -> frozenset[str]:
        """The names of all tables and views."""
        return frozenset(self._columns)

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self._dsn, autocommit=True)
        connection.execute(sql.load("sandbox/listen").encode())
        self._read(connection)
        return connection

    def _read(self, connection: psycopg.Connection) -> None:
        rows = connection.execute(sql.load("sandbox/snapshot").encode()).fetchall()
        self._columns = {str(table): frozenset(columns) for table, columns in rows}

    def _run(self, connection: psycopg.Connection) -> None:
        current: psycopg.Connection | None = connection
        while not self._stop.is_set():
            try:
                if current is None:
                    current = self._connect()
                self._listen(current)
            except psycopg.Error:
                if current is not None:
                    current.close()
                current = None
                self._stop.wait(_POLL)
        if current is not None:
            current.close()

    def _listen(self, connection: psycopg.Connection) -> None:
        while not self._stop.is_set():
            notes = list(connection.notifies(timeout=_POLL, stop_after=1))
            if any(note.payload in ("", "reload schema") for note in notes) and not self.dead:
                self._read(connection)


def most_alike(wanted: str, names: Iterable[str]) -> str | None:
    """The name that is most like the wanted one, if it is enough like it for a hint."""
    scored = [(likeness(wanted, name), name) for name in names]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= _LIKENESS else None


def likeness(one: str, other: str) -> float:
    """1 for equal names, 0 for names with nothing in common (edit distance over the longer length)."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one.lower(), start=1):
        before, row[0] = row[0], i
        for j, right in enumerate(other.lower(), start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return 1 - row[-1] / max(len(one), len(other), 1)
