"""Which tables the source names, what it does with them, and through which client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iahome_fix.source.files import SourceFile
from iahome_fix.source.lexer import Sort
from iahome_fix.source.syntax import Literal, Stream, literals, name_of, text_of

# Others that have a `from`; buckets of the storage are no tables.
_NO_CLIENT = re.compile(
    r"storage|Array|\w+Array|Buffer|Readable|Duplex|Stream|Observable|Object|Map|Set|Iterator|AsyncIterator"
    r"|Temporal|\w+Builder|(?:Plain|Zoned)\w+|Instant|Duration"
)
_TABLE = re.compile(r"[A-Za-z_][\w$-]*")
WRITING = ("insert", "upsert", "update")


@dataclass(frozen=True)
class Call:
    """One call in the chain after `.from('…')`: its name and its arguments."""

    name: str
    arguments: tuple[range, ...]


@dataclass(frozen=True)
class TableUse:
    """One `.from('table')` with what follows it; `client` is the plain name before the dot, if any."""

    table: str
    file: SourceFile
    line: int
    client: str | None
    calls: tuple[Call, ...]
    stream: Stream
    place: int

    @property
    def where(self) -> str:
        return f"{self.file.path}:{self.line}"

    @property
    def writes(self) -> bool:
        return any(call.name in WRITING for call in self.calls)

    @property
    def adds(self) -> bool:
        """Whether new rows are made."""
        return any(call.name in ("insert", "upsert") for call in self.calls)

    @property
    def reads(self) -> bool:
        """Whether rows are asked for, and not only the ones that were just written."""
        return any(call.name == "select" for call in self.calls) and not self.writes

    def filters(self) -> Iterator[tuple[str, str | None]]:
        """Columns that rows are chosen by, with the string that they must equal; None for another value."""
        for call in self.calls:
            if call.name == "eq" and len(call.arguments) == 2:
                column = text_of(self.stream, call.arguments[0])
                if column is not None:
                    yield column, text_of(self.stream, call.arguments[1])
            elif call.name == "match" and call.arguments:
                for found in literals(self.stream, call.arguments[0]):
                    for entry in found.properties:
                        yield entry.key, text_of(self.stream, entry.value)

    def written(self, *kinds: str) -> Iterator[Literal | None]:
        """What is written, row by row; None where it is no literal."""
        for call in self.calls:
            if call.name in (kinds or WRITING):
                rows = literals(self.stream, _behind(self.stream, call.arguments)) if call.arguments else []
                if rows:
                    yield from rows
                else:
                    yield None


def tables_of(files: Iterable[SourceFile]) -> tuple[TableUse, ...]:
    """Every use of a table in the files."""
    return tuple(use for file in files if ".from" in file.text for use in _uses(file))


def _uses(file: SourceFile) -> Iterator[TableUse]:
    for stream in file.streams:
        for place in stream.find("from"):
            bracket = stream.bracket(place + 1)
            if bracket is None or not stream.sign(place - 1, ".", "?."):
                continue
            arguments = stream.arguments(bracket)
            table = _text(stream, arguments)
            if table is None or not _TABLE.fullmatch(table):
                continue
            before = place - (3 if stream.sign(place - 2, "!") else 2)
            if not _is_client(stream, before):
                continue
            client = stream.tokens[before].value if stream.name(before) else None
            calls, _end = _chain(stream, stream.end(bracket) + 1)
            yield TableUse(table, file, stream.tokens[place].line, client, calls, stream, place)


def _text(stream: Stream, arguments: list[range]) -> str | None:
    if len(arguments) != 1:
        return None
    name = name_of(stream, arguments[0])
    return text_of(stream, (stream.given(name) or range(0)) if name else arguments[0])


def _is_client(stream: Stream, before: int) -> bool:
    token = stream.at(before)
    if token is None:
        return False
    if token.sort is Sort.NAME:
        given = stream.given(token.value, before) or range(0)
        through = stream.at(given.stop - 1) if given else None
        names = {token.value, through.value if through and through.sort is Sort.NAME else ""}
        return not any(_NO_CLIENT.fullmatch(name) for name in names)
    if stream.sign(before, ")"):
        return _schema_of(stream, before) in (None, "public")
    return stream.sign(before, "]", "!")


def _schema_of(stream: Stream, closing: int) -> str | None:
    """The schema that `.schema('…')`, ending here, chooses."""
    for place in range(closing, max(closing - 12, -1), -1):
        if stream.name(place, "schema") and stream.sign(place + 1, "(") and stream.end(place + 1) == closing:
            arguments = stream.arguments(place + 1)
            return (text_of(stream, arguments[0]) if arguments else None) or "?"
    return None


def _chain(stream: Stream, place: int) -> tuple[tuple[Call, ...], int]:
    found: list[Call] = []
    while True:
        if stream.sign(place, "!"):
            place += 1
        if not (stream.sign(place, ".", "?.") and stream.name(place + 1)):
            return tuple(found), place
        bracket = stream.bracket(place + 2)
        if bracket is None:
            return tuple(found), place
        found.append(Call(stream.tokens[place + 1].value, tuple(stream.arguments(bracket))))
        place = stream.end(bracket) + 1


def _behind(stream: Stream, arguments: tuple[range, ...]) -> range:
    """The first argument, or what the constant that it names was given."""
    name = name_of(stream, arguments[0])
    return (stream.given(name, arguments[0].start) if name else None) or arguments[0]
