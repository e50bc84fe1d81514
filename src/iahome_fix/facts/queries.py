"""The answers to queries that stand in files: what most checks read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.facts.seen import fact
from iahome_fix.facts.shapes import SHAPES
from iahome_fix.i18n import _
from iahome_fix.systems.expected import Misfit, UnexpectedResponse, require

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.systems.database import Database, Params


class Record(Mapping[str, Any]):
    """One row of an answer. A column that is not there is an answer of another shape, said by the query."""

    __slots__ = ("_query", "_values")

    def __init__(self, query: str, values: Mapping[str, Any]) -> None:
        self._query = query
        self._values = dict(values)

    def __getitem__(self, column: str) -> Any:
        try:
            return self._values[column]
        except KeyError:
            raise UnexpectedResponse(
                self._query, _("an object without {field}").format(field=column)
            ) from None

    def get(self, column: str, default: Any = None) -> Any:
        """As of every mapping: a column that may be missing."""
        return self._values.get(column, default)

    def __contains__(self, column: object) -> bool:
        return column in self._values

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Answer(tuple[Record, ...]):
    """The rows of one query, in its order."""

    __slots__ = ()

    def only(self, query: str) -> Record:
        """The one row of a query that has one. Raises UnexpectedResponse for none, or several."""
        if len(self) != 1:
            raise UnexpectedResponse(
                query, _("{came} objects instead of {count}").format(came=len(self), count=1)
            )
        return self[0]


@fact
def of_database(ctx: Context, query: str, params: Params | None = None, patient: bool = False) -> Answer:
    """What `sql/<query>.sql` says of the catalog, of roles and rights, over SQL.

    `query`: a file, or several behind each other with a plus sign; `patient`: it looks at whole tables.
    Raises MissingCredential where there is no SQL, SqlError, DatabaseUnreachable.
    """
    return answer_of(ctx.database, ctx, query, params, patient=patient)


@fact
def of_rows(ctx: Context, query: str, params: Params | None = None, patient: bool = False) -> Answer:
    """What it says of the rows of the app's tables, on every channel. Raises as `of_database` does."""
    return answer_of(ctx.rows, ctx, query, params, patient=patient)


def answer_of(
    database: Database, ctx: Context, query: str, params: Params | None, *, patient: bool = False
) -> Answer:
    """The answer of that database to such a query. Raises SqlError, DatabaseUnreachable."""
    text = "".join(sql.load(name, ctx.profile) for name in query.split("+"))
    return records(query, database.read(text, params, patient=patient))


def records(query: str, rows: Sequence[Mapping[str, Any]]) -> Answer:
    """Rows as the answer of that query. Raises UnexpectedResponse where they are not of its shape."""
    shape = SHAPES.get(query)
    if shape is not None:
        for row in rows:
            try:
                require(dict(row), shape)
            except Misfit as misfit:
                raise UnexpectedResponse(f"sql/{query}.sql", str(misfit)) from None
    return Answer(Record(query, row) for row in rows)
