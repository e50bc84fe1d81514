"""Calls, arguments and object literals in a stream of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from iahome_fix.source.lexer import Sort, Token

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_DOTS = (".", "?.")
_FAR, _LONGEST = 80, 400


class Stream:
    """Tokens with the partner of every bracket."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self._partner: dict[int, int] = {}
        waiting: list[int] = []
        for place, token in enumerate(tokens):
            if token.sort is not Sort.SIGN:
                continue
            if token.value in _CLOSING:
                waiting.append(place)
            elif token.value in (")", "]", "}"):
                # A bracket that fits nothing is the text of a page, or a string that was misread.
                while waiting and _CLOSING[tokens[waiting[-1]].value] != token.value:
                    waiting.pop()
                if waiting:
                    self._partner[waiting.pop()] = place

    def __len__(self) -> int:
        return len(self.tokens)

    def sign(self, place: int, *values: str) -> bool:
        """Whether one of these signs stands there."""
        token = self.at(place)
        return token is not None and token.sort is Sort.SIGN and token.value in values

    def name(self, place: int, *values: str) -> bool:
        """Whether a name stands there, one of these if any are given."""
        token = self.at(place)
        return token is not None and token.sort is Sort.NAME and (not values or token.value in values)

    def at(self, place: int) -> Token | None:
        return self.tokens[place] if 0 <= place < len(self.tokens) else None

    def end(self, place: int) -> int:
        """The partner of the bracket at `place`; the end of the stream when it has none."""
        return self._partner.get(place, len(self.tokens))

    def arguments(self, place: int) -> list[range]:
        """The parts between the commas of the brackets that open at `place`."""
        found, start, at, end = [], place + 1, place + 1, self.end(place)
        while at < end:
            if self.sign(at, ","):
                found.append(range(start, at))
                start = at + 1
            if self.sign(at, "(", "[", "{"):
                at = min(self.end(at), end)
            at += 1
        if start < end:
            found.append(range(start, end))
        return found

    def given(self, name: str, before: int | None = None) -> range | None:
        """The places of what `const name = …` is given; of several, the last that stands before `before`."""
        found = self._constants.get(name, ())
        nearer = [span for span in found if before is not None and span.start <= before]
        return nearer[-1] if nearer else found[0] if found else None

    def names_given(self) -> Iterator[tuple[str, range]]:
        """Every constant with what it is given."""
        for name, spans in self._constants.items():
            for span in spans:
                yield name, span

    @cached_property
    def _constants(self) -> Mapping[str, tuple[range, ...]]:
        return _constants(self)

    def find(self, *path: str, within: range | None = None) -> Iterator[int]:
        """Where `a.b.c` begins, whatever stands before it; dots may be optional chains."""
        for place in self._places.get(path[0], ()):
            if (within is None or place in within) and self._continues(place + 1, path[1:]):
                yield place

    @cached_property
    def _places(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            if token.sort is Sort.NAME:
                found.setdefault(token.value, []).append(place)
        return found

    def _continues(self, place: int, path: Sequence[str]) -> bool:
        for word in path:
            if self.sign(place, "!"):
                place += 1
            if not (self.sign(place, *_DOTS) and self.name(place + 1, word)):
                return False
            place += 2
        return True

    def calls(self, *path: str, within: range | None = None) -> Iterator[int]:
        """Where the opening bracket of a call `a.b.c(` stands; type arguments are stepped over."""
        length = 2 * len(path) - 1
        for place in self.find(*path, within=within):
            at = place + length + sum(self.sign(place + i, "!") for i in range(1, length))
            bracket = self.bracket(at)
            if bracket is not None:
                yield bracket

    def bracket(self, place: int) -> int | None:
        """The opening bracket of a call whose name ends before `place`, or None."""
        if self.sign(place, "!"):
            place += 1
        if self.sign(place, "?."):
            place += 1
        if self.sign(place, "<"):
            depth = 0
            for at in range(place, min(place + 30, len(self.tokens))):
                depth += self.sign(at, "<") - self.sign(at, ">")
                if depth == 0:
                    place = at + 1
                    break
        return place if self.sign(place, "(") else None


@dataclass(frozen=True)
class Property:
    """One entry of an object literal; `value` are the places of its value, empty for a shorthand."""

    key: str
    value: range
    line: int


@dataclass(frozen=True)
class Literal:
    """An object literal; `whole` is False when a spread or a computed key adds what cannot be read."""

    properties: tuple[Property, ...]
    whole: bool

    def get(self, key: str) -> Property | None:
        return next((p for p in self.properties if p.key == key), None)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(p.key for p in self.properties)


def literal(stream: Stream, span: range) -> Literal | None:
    """The object literal that the span holds; None when it holds something else."""
    if not span or not stream.sign(span.start, "{"):
        return None
    found, whole = [], True
    for part in stream.arguments(span.start):
        key = _key(stream, part)
        if key is None:
            whole = False
        else:
            found.append(key)
    return Literal(tuple(found), whole)


def literals(stream: Stream, span: range) -> list[Literal]:
    """The object literals of the span: it is one, or a list of them."""
    parts = stream.arguments(span.start) if span and stream.sign(span.start, "[") else [span]
    return [found for part in parts if (found := literal(stream, part)) is not None]


def text_of(stream: Stream, span: range) -> str | None:
    """The string that the span is, casts aside; None for anything else."""
    token = stream.at(span.start) if span else None
    if token is None or token.sort is not Sort.TEXT:
        return None
    if len(span) > 1 and not stream.name(span.start + 1, "as", "satisfies"):
        return None
    return token.value


def name_of(stream: Stream, span: range) -> str | None:
    """The plain name that the span is; None for anything else."""
    token = stream.at(span.start) if span else None
    if token is None or token.sort is not Sort.NAME:
        return None
    rest = span.start + 1
    if stream.sign(rest, "!"):
        rest += 1
    return token.value if rest >= span.stop or stream.name(rest, "as", "satisfies") else None


def declaration(stream: Stream, place: int) -> int | None:
    """Where the `const`, `let` or `var` stands whose value holds `place`; None when there is none."""
    for start in range(place, max(place - _FAR, -1), -1):
        if stream.name(start, "const", "let", "var"):
            at = _equals(stream, start)
            return start if at is not None and place < _statement_end(stream, at + 1) else None
    return None


def _constants(stream: Stream) -> Mapping[str, tuple[range, ...]]:
    found: dict[str, tuple[range, ...]] = {}
    for place in range(len(stream)):
        if stream.name(place, "const", "let", "var") and stream.name(place + 1):
            at = _equals(stream, place)
            if at is not None:
                name = stream.tokens[place + 1].value
                span = range(at + 1, _statement_end(stream, at + 1))
                found[name] = (*found.get(name, ()), span)
    return found


def _equals(stream: Stream, place: int) -> int | None:
    """The `=` of the declaration that begins at `place`."""
    at = place + 1
    while at < min(len(stream), place + _FAR) and not stream.sign(at, "=", ";"):
        at = (stream.end(at) if stream.sign(at, "(", "[", "{") else at) + 1
    return at if stream.sign(at, "=") else None


def _statement_end(stream: Stream, place: int) -> int:
    line = None
    last = min(len(stream), place + _LONGEST)
    while place < last:
        if stream.sign(place, ";", ",", ")", "}", "]"):
            return place
        token = stream.tokens[place]
        # Without a semicolon a statement ends with its line, unless a sign carries it on.
        if (
            line is not None
            and token.line > line
            and token.sort is not Sort.SIGN
            and _complete(stream, place - 1)
        ):
            return place
        if stream.sign(place, "(", "[", "{"):
            place = stream.end(place)
            if place < len(stream):
                line = stream.tokens[place].line
        else:
            line = token.line
        place += 1
    return min(place, len(stream))


def _complete(stream: Stream, place: int) -> bool:
    token = stream.at(place)
    if token is None:
        return False
    if token.sort is Sort.SIGN:
        return token.value in (")", "]", "}", "!")
    return not stream.name(place, "await", "new", "typeof", "return")


def _key(stream: Stream, part: range) -> Property | None:
    first = stream.at(part.start) if part else None
    if first is None or first.sort not in (Sort.NAME, Sort.TEXT, Sort.NUMBER):
        return None
    if stream.sign(part.start + 1, ":"):
        return Property(first.value, range(part.start + 2, part.stop), first.line)
    if len(part) == 1 and first.sort is Sort.NAME:
        return Property(first.value, range(part.stop, part.stop), first.line)
    # A method, an accessor: its name is a key, too.
    return Property(first.value, range(part.stop, part.stop), first.line)
