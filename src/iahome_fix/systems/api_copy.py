"""The rows of the app's tables, copied over the Data API for this run, and asked in SQL.

Where no SQL can be run on the project, the columns that queries need are read over the Data API into a
throw-away database on this machine (embedded/throwaway.py), and the same queries run there: one rule, one
text. Never copied: `jwt_token`, or anything else that opens a door.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from iahome_fix import figures, sql
from iahome_fix.errors import CouldNotTell, Refused, ToolError
from iahome_fix.i18n import N_, _
from iahome_fix.masks import scrub
from iahome_fix.profile import AppProfile, Column
from iahome_fix.systems import api_rows
from iahome_fix.systems.api_rows import NO_COLUMN
from iahome_fix.systems.copied_tables import READ_LATER, key_of, select_of, tables_of
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.expected import UnexpectedResponse
from iahome_fix.systems.open import no_sql

if TYPE_CHECKING:
    import psycopg

    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Database, Login, Params, Row

MOST = 200_000
"""Rows of all tables together; beyond that a copy takes minutes, and its reading is felt by the project."""


_NO_SUCH_TABLE = "42P01"
"""Only SQL on the project tells of a table that is not copied."""

_NAMED = re.compile(r"\bpublic\.([a-z_]+)\b")
_WITH_ZONE = re.compile(r"T.*(?:Z|[+-]\d\d(?::?\d\d){0,2})(?: BC)?$")
_TYPES = {"boolean": "boolean", "json": "jsonb", "time": "timestamp"}
_MISFITS = {
    "boolean": N_("something else than true or false as {field}"),
    "json": N_("something else than JSON as {field}"),
    "time": N_("something else than a time as {field}"),
}


def _quiet(_text: str) -> None:
    pass


class RowsCopy:
    """A database with the rows of the app's tables, and with nothing else of the project.

    Tables are read when a query names one of them first. One that could not be read stays so: each query that
    names it raises ApiRefusal, UnexpectedResponse or CouldNotTell. What is not about rows (a role, the
    catalog, a change) raises MissingCredential.
    """

    in_one_request = False

    def __init__(
        self,
        api: DataApi,
        profile: AppProfile,
        *,
        timeout: float,
        on_read: Callable[[str], None] = _quiet,
    ) -> None:
        """`profile`: the version of the app; `timeout`: seconds for one query that is not a patient one;
        `on_read` hears of long reads."""
        self.label = _("the Data API")
        self._tables = tables_of(profile)
        self._profile = profile
        self._api, self._timeout, self._on_read = api, timeout, on_read
        self._lock = threading.Lock()
        self._read: dict[str, ToolError | None] = {}
        self._rows = 0
        self._name: str | None = None
        self._database: Database | None = None
        self._filling: psycopg.Connection[Any] | None = None
        self._dsn = ""

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
        settled: bool = False,  # noqa: ARG002 - nobody repairs a copy
    ) -> list[Row]:
        """As Database.read, on the rows as they were when they were read."""
        if login is not None:
            raise no_sql()
        there = set(_NAMED.findall(statement))
        named = [table for table in self._tables if table in there]
        with self._lock:
            database = self._database or self._open()
            for table in self._tables:
                if table not in self._read and (table in named or table not in READ_LATER):
                    self._read[table] = self._failure(table)
        for table in named:
            failure = self._read[table]
            if failure is not None:
                raise failure
        try:
            return database.read(statement, params, patient=patient)
        except SqlError as error:
            if error.sqlstate == _NO_SUCH_TABLE:
                raise no_sql() from None
            raise

    def close(self) -> None:
        """Remove the copy."""
        from iahome_fix.systems.embedded.throwaway import throwaway

        emptied = self._emptied()
        for session in (self._database, self._filling):
            if session is not None:
                session.close()
        if self._name is not None:
            throwaway().take_back(self._name, emptied=emptied)
        self._database = self._name = self._filling = None

    def _emptied(self) -> bool:
        """Whether nothing is left of it. Not so where somebody still copies or reads (a run given up)."""
        import psycopg

        if self._filling is None or not self._lock.acquire(blocking=False):
            return False
        try:
            self._filling.execute(sql.load("copy/emptied").encode())
        except psycopg.Error:
            return False
        finally:
            self._lock.release()
        return True

    def __getattr__(self, name: str) -> NoReturn:
        raise no_sql()

    def _open(self) -> Database:
        from iahome_fix.systems.embedded.throwaway import throwaway
        from iahome_fix.systems.postgres import PostgresDatabase

        try:
            self._name, self._dsn = throwaway().create()
        except (CouldNotTell, Refused, OSError, subprocess.SubprocessError) as error:
            raise _no_server(error) from None
        label = _("the copy of the rows on this machine")
        self._database = PostgresDatabase(self._dsn, label=label, timeout=self._timeout)
        return self._database

    def _failure(self, table: str) -> ToolError | None:
        """Copy a table; why it could not be copied."""
        try:
            self._copy(table)
        except ToolError as error:
            return error
        return None

    def _copy(self, table: str) -> None:
        import psycopg

        columns = self._there(table)
        names = [column.name for column in columns]
        if self._filling is None or self._filling.closed:
            self._filling = psycopg.connect(self._dsn, autocommit=True)
        connection = self._filling
        _execute(connection, "create", table, columns=names)
        zoned: set[str] = set()
        try:
            with (
                connection.cursor() as cursor,
                cursor.copy(_written(connection, "take", table, columns=names)) as taking,
            ):
                for row in self._pages(table, columns):
                    values = [_plain(row, column, key_of(table, self._profile)) for column in columns]
                    zoned.update(c.name for c, v in zip(columns, values, strict=True) if _has_zone(c, v))
                    taking.write_row(values)
        except (psycopg.DataError, UnicodeError):
            raise UnexpectedResponse(table, _("a text that PostgreSQL cannot hold")) from None
        _give_types(connection, table, columns, zoned)
        _execute(connection, "counted", table)

    def _there(self, table: str) -> tuple[Column, ...]:
        """The columns of a table, without those that this version of the app does not have."""
        columns = self._tables[table]
        optional = [column for column in columns if column.optional]
        if not optional:
            return columns
        reply = self._api.select(table, ",".join(column.name for column in columns), limit=0)
        if reply.code not in NO_COLUMN:
            return columns
        absent = {c for c in optional if self._api.select(table, c.name, limit=0).code in NO_COLUMN}
        return tuple(column for column in columns if column not in absent)

    def _pages(self, table: str, columns: Sequence[Column]) -> Iterator[Row]:
        found = 0
        key = key_of(table, self._profile)
        for page in api_rows.pages(self._api, table, select_of(columns, key), key=key):
            found += len(page)
            self._rows += len(page)
            if self._rows > MOST:
                raise _too_many()
            if found % (10 * api_rows.PAGE) == 0:
                self._on_read(_("read {count} rows of {table} …").format(count=found, table=table))
            yield from page


def _plain(row: Row, column: Column, key: str) -> Any:
    if column.name == key:
        return row["key"]
    value = row[column.name]
    if column.kind == "json" and value is not None:
        # A column of texts holds no object, whatever its texts look like.
        return json.dumps(value) if isinstance(value, str) else row[f"{column.name}_text"]
    return value


def _has_zone(column: Column, value: Any) -> bool:
    return column.kind == "time" and isinstance(value, str) and _WITH_ZONE.search(value) is not None


def _give_types(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[Column], zoned: Collection[str]
) -> None:
    """Texts become what they are in the app. Raises UnexpectedResponse, which names the column."""
    import psycopg

    types = {c.name: _TYPES[c.kind] for c in columns if c.kind in _TYPES}
    types |= dict.fromkeys(zoned, "timestamptz")
    if not types:
        return
    try:
        _execute(connection, "typed", table, types=json.dumps(types))
    except psycopg.DataError:
        for column in columns:
            if column.name not in types:
                continue
            try:
                _execute(connection, "typed", table, types=json.dumps({column.name: types[column.name]}))
            except psycopg.DataError:
                misfit = _(_MISFITS[column.kind]).format(field=column.name)
                raise UnexpectedResponse(table, misfit) from None


def _execute(connection: psycopg.Connection[Any], file: str, table: str, **values: Any) -> None:
    connection.execute(_written(connection, file, table, **values))


def _written(connection: psycopg.Connection[Any], file: str, table: str, **values: Any) -> bytes:
    """The statement that an SQL file writes for a table (names cannot be parameters)."""
    row = connection.execute(sql.load(f"copy/{file}").encode(), {"name": table, **values}).fetchone()
    return b"" if row is None else str(row[0]).encode()


def _too_many() -> CouldNotTell:
    return CouldNotTell(
        "too-many-rows",
        _("there are more than {most} rows, too many to be copied over the Data API").format(
            most=figures.number(MOST)
        ),
        no_sql().hint,
    )


def _no_server(error: Exception) -> CouldNotTell:
    reason = error.message if isinstance(error, ToolError) else f"{type(error).__name__}: {error}"
    return CouldNotTell(
        "no-embedded-postgres",
        _(
            "without SQL the rows are judged in a PostgreSQL on this machine, which does not start: {reason}"
        ).format(reason=scrub(reason)),
        (error.hint + "; " if isinstance(error, ToolError) and error.hint else "") + str(no_sql().hint),
    )
