"""One psycopg session: the rows of a statement, the way back, and the server's errors as this tool's."""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from iahome_fix.masks import scrub
from iahome_fix.systems.database import Params, Row
from iahome_fix.systems.database_errors import Named, OutcomeUnknown, SqlError, not_storable
from iahome_fix.systems.postgres_refusals import as_error

if TYPE_CHECKING:
    import psycopg


def rows_of(connection: psycopg.Connection[Row], statement: str, params: Params | None) -> list[Row]:
    """The rows of the last statement that gives some; raises what psycopg raises."""
    # Without parameters psycopg sends the text as it is, so that several statements may stand in it.
    cursor: psycopg.Cursor[Row] = connection.execute(statement, params)
    rows: list[Row] = []
    while True:
        if cursor.description is not None:
            rows = cursor.fetchall()
        if not cursor.nextset():
            return rows


def roll_back(connection: psycopg.Connection[Row]) -> None:
    """Undo what is open; a session that cannot is closed."""
    import psycopg

    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()


def is_over(connection: psycopg.Connection[Row]) -> bool:
    """Whether the server, or a pooler, ended a session that nobody used; asks nobody.

    A server says nothing to a session that asks nothing, but its last word.
    """
    if connection.closed:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return bool(selector.select(timeout=0))


def commit(connection: psycopg.Connection[Row]) -> None:
    """Commit. Raises SqlError where the server refuses, so that nothing is kept.

    Raises OutcomeUnknown for every other end than the server's word that it is kept: no answer, or bytes that
    are none.
    """
    try:
        with translated():
            said = connection.execute(b"commit").statusmessage
    except SqlError:
        raise
    except Exception:  # noqa: BLE001 - whatever came, it was not the server's word
        raise OutcomeUnknown from None
    if said != "COMMIT":
        raise OutcomeUnknown


@contextmanager
def translated() -> Iterator[None]:
    """Raises SqlError and DatabaseUnreachable for what psycopg raises."""
    import psycopg

    try:
        yield
    except UnicodeEncodeError:
        raise not_storable() from None
    except psycopg.Error as error:
        if error.sqlstate is None and isinstance(error, psycopg.DataError):
            raise not_storable() from None
        if error.sqlstate is None and isinstance(error, psycopg.ProgrammingError | psycopg.NotSupportedError):
            raise
        # No SQLSTATE: the session broke off, or what came over it is not what a server says.
        raise as_error(error.sqlstate, _primary(error), _named(error)) from None


def _primary(error: psycopg.Error) -> str:
    diagnostic: Any = error.diag
    return str(diagnostic.message_primary or error).strip()


def _named(error: psycopg.Error) -> Named:
    said: Any = error.diag

    def clean(text: Any) -> str | None:
        return scrub(str(text)) if text else None

    return Named(
        schema=clean(said.schema_name),
        table=clean(said.table_name),
        column=clean(said.column_name),
        constraint=clean(said.constraint_name),
        detail=clean(said.message_detail),
        hint=clean(said.message_hint),
        context=clean(said.context),
    )
