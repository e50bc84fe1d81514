"""Runs SQL as the platform's query endpoint does: one message, rows of the last statement that gave any.

The form of values and errors follows postgres-meta (node-postgres with its type parsers).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader

from iahome_fix.systems.embedded.dsn import dsn_with

if TYPE_CHECKING:
    from psycopg import Connection, Cursor

READER = "supabase_read_only_user"
_WRITER = "postgres"
_AS_TEXT = (
    "numeric", "timestamp", "timestamptz", "date", "time", "timetz", "interval", "uuid", "inet", "cidr",
    "bytea",
)  # fmt: skip
_LARGEST_NUMBER = 2**53 - 1  # what JavaScript holds exactly


class Failed(Exception):
    """The server refused a statement; `text` is what the platform says about it."""

    def __init__(self, text: str, state: str, message: str, user: str) -> None:
        super().__init__(message)
        self.text = text
        self.state = state
        self.message = message
        self.user = user


class Unreachable(Exception):
    """The database gave no session."""


def run(dsn: str, query: str, *, read_only: bool, limit: float) -> list[dict[str, Any]]:
    """The rows that the platform answers with.

    Args:
        dsn: the database as `postgres`.
        query: one statement or several; several are one transaction.
        read_only: as the role that can only read.
        limit: seconds for one statement.

    Raises Failed and Unreachable.
    """
    user = READER if read_only else _WRITER
    options = f"-c statement_timeout={int(limit * 1000)}"
    if read_only:
        options += " -c default_transaction_read_only=on"
    try:
        connection: Connection[dict[str, Any]] = psycopg.connect(
            dsn_with(dsn, user=user),
            autocommit=True,
            row_factory=dict_row,
            options=options,
            client_encoding="utf8",
        )
    except psycopg.Error as error:
        raise Unreachable from error
    with connection:
        for name in _AS_TEXT:
            connection.adapters.register_loader(name, TextLoader)
        try:
            cursor = connection.execute(query.encode())
            return _last_rows(cursor)
        except psycopg.Error as error:
            raise Failed(*_described(error, query), user) from error


def _last_rows(cursor: Cursor[dict[str, Any]]) -> list[dict[str, Any]]:
    last: list[dict[str, Any]] = []
    while True:
        if cursor.description is not None:
            last = cursor.fetchall() or last
        if not cursor.nextset():
            return [{name: _value(value) for name, value in row.items()} for row in last]


def _value(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value if isinstance(value, str | int | float | dict) else str(value)


def _described(error: psycopg.Error, query: str) -> tuple[str, str, str]:
    said = error.diag
    state, message = said.sqlstate or "XX000", said.message_primary or str(error)
    text = f"{said.severity or 'ERROR'}:  {state}: {message}\n"
    if said.statement_position:
        text += _pointed_at(query, int(said.statement_position) - 1)
    for label, value in (
        ("DETAIL", said.message_detail),
        ("HINT", said.message_hint),
        ("QUERY", said.internal_query),
        ("CONTEXT", said.context),
    ):
        if value:
            text += f"{label}:  {value}\n"
    return text, state, message


def _pointed_at(query: str, position: int) -> str:
    before = query[:position]
    number, start = before.count("\n") + 1, before.rfind("\n") + 1
    line = query[start:].partition("\n")[0]
    lead = f"LINE {number}: "
    return f"{lead}{line}\n{' ' * (len(lead) + position - start)}^\n"
