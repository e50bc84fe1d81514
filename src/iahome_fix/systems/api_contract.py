"""What the Data API may answer to a request, read off the request itself.

PostgREST says in which form rows come (https://docs.postgrest.org, "Read", "Insert", "Pagination"): a list of
objects with the columns of `select`, no more than `limit`, in the order of `order`, only what the filters
leave, and `Content-Range` for which of them they are. A refusal is an object with a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _
from iahome_fix.systems import expected
from iahome_fix.systems.bounded_client import asked
from iahome_fix.systems.expected import ANYTHING, ID, TEXT, YES_NO, Kind, Misfit, Shape

if TYPE_CHECKING:
    import httpx

_REST = "/rest/v1/"
_RANGE = re.compile(r"(?:(\d+)-(\d+)|\*)/(\d+|\*)")
_COLUMNS: Mapping[str, Kind] = {
    "id": ID,
    "is_active": YES_NO.or_null,
    **dict.fromkeys(("access_type", "expires_at", "created_at", "updated_at"), TEXT.or_null),
}
"""The columns of the app that are read without a cast; any other may be anything."""
_WHOLE_ROWS: Mapping[str, tuple[str, ...]] = {
    "module_access": ("id", "user_id", "module_id", "is_active", "expires_at", "updated_at", "metadata"),
    "user_applications": ("user_id", "module_id", "is_active"),
}
"""What has to be there where all columns are asked for."""
_DOWN = 500
"""From here on a gateway answers for a Data API that does not, in whatever form."""


def hold(response: httpx.Response) -> None:
    """Raises UnexpectedResponse for what the Data API does not answer to this request."""
    request = response.request
    try:
        _hold(request, response)
    except Misfit as misfit:
        raise expected.unexpected(asked(request), response.content, misfit, response.status_code) from None


def definitions(response: httpx.Response) -> dict[str, Any]:
    """The tables in the API's own description, each with its columns. Raises UnexpectedResponse."""
    try:
        _require_status(response, 200)
        wanted = Shape({"definitions": expected.OBJECT})
        document = expected.require(expected.parsed(response.content), wanted)
        found: dict[str, Any] = document["definitions"]
        for table in found.values():
            expected.require(table, Shape({}, {"properties": expected.OBJECT, "required": expected.TEXTS}))
            for column in table.get("properties", {}).values():
                expected.require(column, Shape({}, {"format": TEXT}))
    except Misfit as misfit:
        raise expected.unexpected(
            asked(response.request), response.content, misfit, response.status_code
        ) from None
    return found


def _hold(request: httpx.Request, response: httpx.Response) -> None:
    table = request.url.path.partition(_REST)[2]
    if response.status_code >= 300:
        _refusal(response)
    elif table:
        wants_rows = request.method == "GET" or "return=representation" in request.headers.get("prefer", "")
        (_rows if wants_rows else _nothing)(table, request, response)


def _refusal(response: httpx.Response) -> None:
    if response.status_code < 400:
        raise Misfit(_("a redirect"))
    try:
        words = {"message": TEXT.or_null, "code": TEXT.or_null, "hint": TEXT.or_null}
        expected.require(expected.parsed(response.content), Shape({}, words))
    except Misfit:
        if response.status_code < _DOWN:
            raise


def _nothing(_table: str, request: httpx.Request, response: httpx.Response) -> None:
    """A write that asks for no rows back."""
    wanted = (201,) if request.method == "POST" else (200, 204)
    if response.status_code not in wanted:
        raise Misfit(_("something else than is answered to a write"))
    if response.content:
        raise Misfit(_("{kind} instead of nothing").format(kind=expected.looks_like(response.content)))


def _rows(table: str, request: httpx.Request, response: httpx.Response) -> None:
    _require_status(response, *((200, 206) if request.method == "GET" else (200, 201)))
    rows = expected.rows(expected.parsed(response.content), _shape(table, request.url.params.get("select")))
    _window(request, response, rows)
    for column, operator, value in _filters(request):
        _filtered(rows, column, operator, value)


def _require_status(response: httpx.Response, *wanted: int) -> None:
    if response.status_code not in wanted:
        raise Misfit(expected.looks_like(response.content))


def _window(request: httpx.Request, response: httpx.Response, rows: Sequence[Mapping[str, Any]]) -> None:
    """How many they are, and in which order."""
    limit = request.url.params.get("limit")
    if limit is not None and len(rows) > int(limit):
        raise Misfit(_("more rows than were asked for"))
    said = response.headers.get("content-range")
    # Of what was deleted there is no range left: "*/*".
    if said is not None and (request.method != "DELETE" or said.strip() != "*/*"):
        _require_range(said.strip(), len(rows))
    if request.url.params.get("order", "").partition(".")[0] == "id":
        ids = [row["id"] for row in rows]
        expected.repeated(ids)
        numbers = [one for one in ids if isinstance(one, int)]
        # Texts come in an order of the database's own.
        if len(numbers) not in (0, len(ids)) or numbers != sorted(numbers):
            raise Misfit(_("rows that are out of order"))


def _require_range(said: str, came: int) -> None:
    found = _RANGE.fullmatch(said)
    if found is not None:
        first, last, in_all = (int(text) if text and text != "*" else None for text in found.groups())
        counted = 0 if first is None or last is None else last - first + 1
        enough = in_all is None or (in_all >= (first or 0) + came and (came > 0 or in_all == 0))
        if counted == came and enough:
            return
    raise Misfit(_("a count that contradicts the rows"))


def _filters(request: httpx.Request) -> Iterator[tuple[str, str, str]]:
    for name, value in request.url.params.multi_items():
        operator, dot, operand = value.partition(".")
        # What a write answers with is no longer as its filters had it.
        if dot and operator in ("eq", "gt", "in", "is") and (request.method == "GET" or name == "id"):
            yield name, operator, operand


def _filtered(rows: Sequence[Mapping[str, Any]], column: str, operator: str, wanted: str) -> None:
    """Rows that were not asked for. What is not among the columns of the answer cannot be told."""
    name, arrow, key = column.partition("->>")
    for row in rows:
        if name not in row or (arrow and not isinstance(row[name], dict)):
            continue
        value = row[name].get(key) if arrow else row[name]
        if operator == "gt":
            fits = not isinstance(value, int) or not wanted.lstrip("-").isdecimal() or value > int(wanted)
        elif operator == "in":
            fits = _plain(value) in {text.strip('"') for text in wanted.strip("()").split(",")}
        else:
            # A time, a number with a fraction or an object has several forms.
            comparable = value is None or isinstance(value, bool | int) or name == "id" or bool(arrow)
            fits = not comparable or _plain(value) == wanted
        if not fits:
            raise Misfit(_("other rows than were asked for"))


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shape(table: str, select: str | None) -> Shape:
    """The columns that a `select` names, each of its kind: a cast to text is text, a key is never null."""
    fields: dict[str, Kind] = {}
    others = False
    for part in (select or "*").split(","):
        if part == "*":
            fields |= {name: _COLUMNS.get(name, ANYTHING) for name in _WHOLE_ROWS.get(table, ())}
            others = True
            continue
        bare, _cast, kind = part.partition("::")
        alias, colon, source = bare.partition(":")
        source = source if colon else bare
        name = alias if colon else source.rpartition("->")[2].removeprefix(">")
        if kind == "text":
            fields[name] = TEXT if source == "id" else TEXT.or_null
        elif "->>" in source:
            fields[name] = TEXT.or_null
        else:
            fields[name] = _COLUMNS.get(source, ANYTHING)
    return Shape(fields, others=others)
