"""Makes and drops the databases of a server, over one session of its superuser that is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import psycopg

from iahome_fix import sql


class Databases:
    """Opens its session when first asked, and anew where the server ended it. For any number of threads."""

    def __init__(self, superuser_dsn: Callable[[], str]) -> None:
        self._dsn = superuser_dsn
        self._lock = threading.Lock()
        self._session: psycopg.Connection | None = None

    def create(self, name: str, template: str | None = None) -> None:
        """Make a database, owned by `postgres` where it is there; a template must have no connections."""
        self._write("embedded/create_database", {"name": name, "template": template})

    def drop(self, name: str) -> None:
        """Drop a database if it is there, whoever is connected to it."""
        self._write("embedded/drop_database", {"name": name})

    def close(self) -> None:
        """End the session; who asks again has another."""
        with self._lock:
            if self._session is not None:
                self._session.close()
            self._session = None

    def _write(self, file: str, values: Mapping[str, str | None]) -> None:
        with self._lock:
            session = self._session
            if session is not None:
                try:
                    execute_written(session, file, values)
                except psycopg.Error:
                    if not session.closed:
                        raise
                else:
                    return
            self._session = psycopg.connect(self._dsn(), autocommit=True)
            execute_written(self._session, file, values)


def execute_written(connection: psycopg.Connection, file: str, values: Mapping[str, str | None]) -> None:
    """Run the statement that an SQL file writes from the values (names cannot be parameters)."""
    row = connection.execute(sql.load(file).encode(), values).fetchone()
    if row is not None:
        connection.execute(str(row[0]).encode())
