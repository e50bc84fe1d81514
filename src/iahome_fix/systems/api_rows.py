"""Rows over the Data API: whole tables in pages, inserts and guarded updates.

PostgREST cuts a list at the project's `max_rows` (1000 by default) without a word, so a table is read in
pages by its id: each page asks for what comes after the last id, and the end is a page without rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.systems import expected

if TYPE_CHECKING:
    from collections.abc import Callable

    from supabase import Client

    from iahome_fix.systems.data_api import DataApi, Reply, Request
    from iahome_fix.systems.database import Row

PAGE = 1000
_FEW = 100  # so many ids fit into one address
ABSENT = ("PGRST205", "42P01")
"""The Data API does not serve such a table: there is none, or its picture of the schema is older."""
NO_COLUMN = ("42703", "PGRST204")
# The request did not reach a table: the pool was full, the schema was being read, or the gateway's own token
# was dated a moment ahead (PGRST303, "JWT issued at future").
_NOT_DONE = ("PGRST000", "PGRST001", "PGRST002", "PGRST003")
_ANOTHER_LOOK = (*_NOT_DONE, "502", "503", "504", "520")
_PAUSES = (0.5, 1.0, 2.0)


def is_of_postgres(code: str) -> bool:
    """Whether a refusal is PostgreSQL's own (an SQLSTATE), so that the request got through to the table."""
    return len(code) == 5 and code.isalnum() and not code.isalpha()


class ApiRefusal(CouldNotTell):
    """The Data API did not give what was asked; `table` and `reply` say what of."""

    def __init__(self, table: str, reply: Reply) -> None:
        said = f"{reply.code} {reply.message}".strip()
        super().__init__(
            "data-api", _("the Data API did not give {table}: {reason}").format(table=table, reason=said)
        )
        self.table = table
        self.reply = reply


def pages(
    api: DataApi,
    table: str,
    columns: str,
    *,
    where: Mapping[str, str | bool] | None = None,
    among: tuple[str, Sequence[Any]] | None = None,
    key: str = "id",
) -> Iterator[tuple[Row, ...]]:
    """All rows of a table, in the order of `key`, a page at a time. Raises ApiRefusal, UnexpectedResponse.

    `columns` has to hold `key`; `where`: column (or JSON path) by the text, or the truth, that it has to
    equal; `among`: a column with few values, of which it has to have one.
    """
    last: Any = None
    seen: set[Any] = set()
    while True:
        rows = _read(api, table, _page(table, columns, where or {}, among, key, last))
        if not rows:
            return
        ids = [row[key] for row in rows]
        try:
            expected.repeated(ids, seen)
        except expected.Misfit as misfit:
            raise expected.UnexpectedResponse(table, str(misfit)) from None
        seen.update(ids)
        yield rows
        last = ids[-1]


def by_ids(api: DataApi, table: str, columns: str, ids: Sequence[Any]) -> Iterator[Row]:
    """The rows that have these ids, as far as they are there. Raises ApiRefusal, UnexpectedResponse."""
    for start in range(0, len(ids), _FEW):
        yield from _read(api, table, _some(table, columns, ids[start : start + _FEW]))


def portions(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """So many of them at a time as fit into one address."""
    for start in range(0, len(values), _FEW):
        yield values[start : start + _FEW]


def _page(
    table: str,
    columns: str,
    where: Mapping[str, str | bool],
    among: tuple[str, Sequence[Any]] | None,
    key: str,
    after: Any,
) -> Callable[[Client], Request]:
    def request(client: Client) -> Request:
        query = client.table(table).select(columns).order(key).limit(PAGE)
        for column, value in where.items():
            query = query.is_(column, _WORDS[value]) if isinstance(value, bool) else query.eq(column, value)
        if among is not None:
            query = query.in_(among[0], list(among[1]))
        return query if after is None else query.gt(key, after)

    return request


def _some(table: str, columns: str, ids: Sequence[Any]) -> Callable[[Client], Request]:
    return lambda client: client.table(table).select(columns).in_("id", list(ids))


def _read(api: DataApi, table: str, request: Callable[[Client], Request]) -> tuple[Row, ...]:
    reply = _again(lambda: api.ask(request), _ANOTHER_LOOK)
    if reply.code is not None:
        raise ApiRefusal(table, reply)
    return tuple(dict(row) for row in reply.rows)


def asked_again(ask: Callable[[], Reply]) -> Reply:
    """The answer to a read, asked for again for some seconds while it is of those that pass."""
    return _again(ask, _ANOTHER_LOOK)


def insert(api: DataApi, table: str, rows: Sequence[Row]) -> Reply:
    """Insert all of the rows or none: one request is one transaction."""
    from postgrest.types import ReturnMethod

    return _again(
        lambda: api.ask(lambda c: c.table(table).insert(list(rows), returning=ReturnMethod.minimal)),
        _NOT_DONE,
    )


def insert_told(api: DataApi, table: str, rows: Sequence[Row], columns: str) -> Reply:
    """The same; the rows that were made come back, with these columns."""
    return _again(lambda: api.ask(lambda c: c.table(table).insert(list(rows)).select(columns)), _NOT_DONE)


def update(
    api: DataApi, table: str, values: Row, unchanged: Mapping[str, Any], *, columns: str | None = None
) -> Reply:
    """Update the rows that still hold what `unchanged` says (None and booleans included); they come back, all
    of them or these columns."""

    def request(client: Client) -> Request:
        query = _where(client.table(table).update(values), unchanged)
        asked: Request = query if columns is None else query.select(columns)
        return asked

    return _again(lambda: api.ask(request), _NOT_DONE)


def delete(api: DataApi, table: str, unchanged: Mapping[str, Any], ids: Sequence[Any], *, key: str) -> Reply:
    """Delete those of the rows that still hold what `unchanged` says; their keys come back."""

    def request(client: Client) -> Request:
        query = client.table(table).delete().in_(key, list(ids))
        asked: Request = _where(query, unchanged).select(f"key:{key}::text")
        return asked

    return _again(lambda: api.ask(request), _NOT_DONE)


def _where(query: Any, unchanged: Mapping[str, Any]) -> Any:
    for column, value in unchanged.items():
        is_word = value is None or isinstance(value, bool)
        query = query.is_(column, _WORDS[value]) if is_word else query.eq(column, value)
    return query


_WORDS = {None: "null", True: "true", False: "false"}


def _again(ask: Callable[[], Reply], codes: tuple[str, ...]) -> Reply:
    """The answer, asked for again a few times while it is of those that pass."""
    for pause in _PAUSES:
        reply = ask()
        early = reply.code == "PGRST303" and "future" in reply.message
        if reply.code not in codes and not early:
            return reply
        time.sleep(pause)
    return ask()
