"""SQL past the tool, as tests write and read it: sessions are kept from call to call, by database and user.

A session for each statement cost more than the statements did. What a statement sets in its session ends with
it all the same: such a session is not used again.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from iahome_fix.systems.postgres_session import is_over

_OF_THE_SESSION: Final = re.compile(
    r"^\s*(?:set|reset|listen|discard)\b|\bset_config\b|\bpg_advisory|\btemp(?:orary)?\b"
    r"|\balter\s+(?:role|user|database|system)\b",
    re.IGNORECASE,
)
"""What leaves something in the session, or changes with what a new one begins."""
_COUNTED: Final = re.compile(r"\bdelete\b", re.IGNORECASE)
"""What the server's statistics tell the tool; a session that goes on hands them over with a delay."""
_MOST: Final = 10

_idle: dict[str, psycopg.Connection[Any]] = {}
_lock = threading.Lock()


def execute(
    dsn: str, *statements: str, values: Sequence[Any] = (), utc: bool = False
) -> list[tuple[Any, ...]]:
    """Each statement in a transaction of its own; the rows of the last.

    `values`: for the marks in the statement. `utc`: whatever time zone the database is in.
    """
    if utc:
        dsn = make_conninfo(dsn, options="-c timezone=UTC")
    connection = _taken(dsn)
    rows: list[tuple[Any, ...]] = []
    try:
        for statement in statements:
            cursor = connection.execute(statement.encode(), values or None)
            while cursor.nextset():
                pass
            rows = cursor.fetchall() if cursor.description else []
        if any(map(_COUNTED.search, statements)):
            connection.execute("select pg_catalog.pg_stat_force_next_flush()")
    except BaseException:
        connection.close()
        raise
    if any(map(_OF_THE_SESSION.search, statements)):
        connection.close()
    else:
        _give_back(dsn, connection)
    return rows


def forget(dsn: str) -> None:
    """End the sessions with a database, whoever they are as."""
    with _lock:
        for other in [other for other in _idle if _database(other) == _database(dsn)]:
            _idle.pop(other).close()


def close() -> None:
    """End all sessions that are kept."""
    with _lock:
        while _idle:
            _idle.popitem()[1].close()


def _taken(dsn: str) -> psycopg.Connection[Any]:
    with _lock:
        kept = _idle.pop(dsn, None)
    if kept is not None:
        if not is_over(kept):
            return kept
        kept.close()
    return psycopg.connect(dsn, autocommit=True, prepare_threshold=None)


def _give_back(dsn: str, connection: psycopg.Connection[Any]) -> None:
    with _lock:
        others = [_idle.pop(dsn, None), _idle.pop(next(iter(_idle))) if len(_idle) >= _MOST else None]
        _idle[dsn] = connection
    for other in others:
        if other is not None:
            other.close()


def _database(dsn: str) -> tuple[Any, ...]:
    parts = conninfo_to_dict(dsn)
    return tuple(parts.get(name) for name in ("host", "port", "dbname"))
