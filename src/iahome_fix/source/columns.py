"""Which columns of which tables the source names: in rows, in select, in filters and in onConflict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from iahome_fix.source.edits import Edit, instead
from iahome_fix.source.files import SourceFile
from iahome_fix.source.following import DEEPEST, Follower, Placed
from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    arguments,
    called,
    literal,
    name_of,
    path_of,
    plain,
    receiver,
    returned,
    template_of,
)
from iahome_fix.source.scopes import How, assignments_of, lookup, uses_of
from iahome_fix.source.tables import WRITING, Call, TableUse

_NAME = re.compile(r"[A-Za-z_][\w$]*")
_OF_FIRST = frozenset(
    (
        *("eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "is", "in", "not", "filter", "order"),
        *("likeAllOf", "likeAnyOf", "ilikeAllOf", "ilikeAnyOf", "contains", "containedBy", "overlaps"),
        *("rangeGt", "rangeGte", "rangeLt", "rangeLte", "rangeAdjacent", "textSearch"),
    )
)
"""Methods of supabase-js whose first argument is a column."""
_IN_OR = re.compile(
    r"(?:\A|[,(])\s*([A-Za-z_]\w*)\.(?:not\.)?"
    r"(?:n?eq|[gl]te?|i?like|i?match|is|isdistinct|in|c[sd]|ov|[sna]x[lr]|adj|(?:pl|ph|w)?fts)\b"
)
_ALIAS = re.compile(r"\A\s*(?:\.\.\.)?\s*(?:[\w$]+\s*:(?!:))?\s*")
_ELSEWHERE = ("foreignTable", "referencedTable")


class Asked(Enum):
    """What a column is named for."""

    WRITTEN = "written"
    SELECTED = "selected"
    FILTERED = "filtered"
    UNIQUE = "unique"
    EMBEDDED = "embedded"
    """The column is another relation's name."""


def holds_number(value: Node | None) -> bool:
    """Whether an expression is a number for certain: of `Date.now()`, `Math.floor(…)`, a sum of such."""
    node = plain(value)
    if node is None:
        return False
    if node.kind == "number":
        return True
    if node.kind == "call_expression":
        path = path_of(node.get("function")) or ()
        return path == ("Date", "now") or path[:1] == ("Math",) or called(node) == "getTime"
    operator = node.get("operator")
    if node.kind == "binary_expression" and operator is not None and operator.text in ("+", "-", "*", "/"):
        sides = [holds_number(node.get(side)) for side in ("left", "right")]
        return any(sides) if operator.text != "+" else all(sides)
    return False


@dataclass(frozen=True)
class Named:
    """A column that the source names.

    Attributes:
        table: the table that it is asked of: that of `use`, or one that is embedded.
        beside: what the same row or list names as well.
        at: the entry of a row, or the string in which it stands.
    """

    use: TableUse
    table: str
    column: str
    asked: Asked
    at: Placed
    beside: frozenset[str] = frozenset()

    def corrected(self, name: str) -> Edit | None:
        """The name in its place; None where the place holds it twice."""
        file, node = self.at.file, self.at.node
        if node.kind == "shorthand_property_identifier":
            return instead(file, node, f"{name}: {self.column}")
        key = node.get("key") if node.kind == "pair" else None
        if key is not None:
            quote = key.text[0] if key.kind == "string" else ""
            return instead(file, key, f"{quote}{name}{quote}")
        word = re.compile(rf"(?<![\w$]){re.escape(self.column)}(?![\w$])")
        if len(word.findall(node.text)) != 1:
            return None
        if self.asked is Asked.SELECTED and re.search(rf"\.{re.escape(self.column)}\b", file.text):
            # The code goes on to read it under its own name.
            name = f"{self.column}:{name}"
        return instead(file, node, word.sub(name, node.text))


def columns_of(use: TableUse, callers: tuple[SourceFile, ...] = ()) -> Iterator[Named]:
    """The columns that one statement names. `callers`: where to look for who gives a function its row."""
    for call in use.calls:
        if call.name in WRITING:
            yield from _written(use, call, callers)
        if call.name == "upsert":
            yield from _unique(use, call)
        elif call.name == "select":
            yield from _selected(use, call)
        elif call.name == "match" and call.arguments:
            for row, file in _rows(use.follower, Placed(use.file, call.arguments[0]), callers):
                yield from _entries(use, row, file, Asked.FILTERED)
        elif call.name in _OF_FIRST and call.arguments and not _asks_elsewhere(call):
            yield from _first(use, call)
        elif call.name == "or" and call.arguments and not _asks_elsewhere(call):
            yield from _or(use, call)


def _written(use: TableUse, call: Call, callers: tuple[SourceFile, ...]) -> Iterator[Named]:
    if not call.arguments:
        return
    given = call.arguments[0]
    for row, file in _rows(use.follower, Placed(use.file, given), callers):
        yield from _entries(use, row, file, Asked.WRITTEN)
    name = name_of(given)
    binding = lookup(given, name) if name else None
    # `row.key = …` after the row was made.
    for key, assignment in assignments_of(binding) if binding is not None else ():
        left = assignment.get("left")
        key_node = left.get("property") if left is not None else None
        if key_node is not None:
            yield Named(use, use.table, key, Asked.WRITTEN, Placed(use.file, key_node))


def _entries(use: TableUse, row: Node, file: SourceFile, asked: Asked) -> Iterator[Named]:
    made = literal(row)
    for entry in made.properties if made is not None else ():
        if made is not None and _NAME.fullmatch(entry.key):
            yield Named(use, use.table, entry.key, asked, Placed(file, entry.node), made.keys)


def _rows(
    follower: Follower, at: Placed, callers: tuple[SourceFile, ...], depth: int = 0
) -> Iterator[tuple[Node, SourceFile]]:
    """The object literals of an expression: a row or a list of them; named, spread, mapped, pushed, given."""
    if depth > DEEPEST:
        return
    for value in follower.values(at):
        node, file = value.node, value.file
        if node.kind == "object":
            yield node, file
            for part in node.children:
                if part.kind == "spread_element" and part.children:
                    yield from _rows(follower, Placed(file, part.children[0]), callers, depth + 1)
        elif node.kind == "array":
            for part in node.children:
                inner = part.children[0] if part.kind == "spread_element" and part.children else part
                yield from _rows(follower, Placed(file, inner), callers, depth + 1)
        elif node.kind == "call_expression":
            yield from _returned(follower, value, callers, depth)
        elif node.kind == "identifier":
            yield from _given(follower, value, callers, depth)
    yield from _pushed(follower, at, callers, depth)


def _returned(
    follower: Follower, call: Placed, callers: tuple[SourceFile, ...], depth: int
) -> Iterator[tuple[Node, SourceFile]]:
    """What a function makes that is called, or that `map` calls."""
    mapped = called(call.node) in ("map", "flatMap") and receiver(call.node) is not None
    given = arguments(call.node)
    function = follower.called(call)
    if mapped:
        function = follower.declared(Placed(call.file, given[0])) if given else None
    if function is not None:
        for result in returned(function.node):
            yield from _rows(follower, Placed(function.file, result), callers, depth + 1)


def _given(
    follower: Follower, at: Placed, callers: tuple[SourceFile, ...], depth: int
) -> Iterator[tuple[Node, SourceFile]]:
    """What a function is given as its row by those who call it."""
    binding = lookup(at.node, at.node.text)
    if binding is None or binding.how is not How.PARAMETER or binding.path:
        return
    function = binding.node.above(*FUNCTIONS)
    if function is None:
        return
    for call in follower.callers(callers, Placed(at.file, function)):
        given = arguments(call.node)
        if binding.index < len(given):
            yield from _rows(follower, Placed(call.file, given[binding.index]), callers, depth + 1)


def _pushed(
    follower: Follower, at: Placed, callers: tuple[SourceFile, ...], depth: int
) -> Iterator[tuple[Node, SourceFile]]:
    """`rows.push({ … })`."""
    name = name_of(at.node)
    binding = lookup(at.node, name) if name else None
    for use in uses_of(binding) if binding is not None and binding.how is How.VALUE else ():
        around = use.parent
        call = around.parent if around is not None and around.kind == "member_expression" else None
        if call is not None and call.kind == "call_expression" and called(call) == "push":
            for given in arguments(call):
                yield from _rows(follower, Placed(at.file, given), callers, depth + 1)


def _strings(use: TableUse, node: Node) -> Iterator[tuple[str, Placed]]:
    """The texts that an argument may be, with where each stands; `${}` where something is put in."""
    for value in use.follower.values(Placed(use.file, node)):
        text = template_of(value.node)
        found = plain(value.node)
        if text is not None and found is not None:
            yield text, Placed(value.file, found)


def _asks_elsewhere(call: Call) -> bool:
    made = literal(call.arguments[1]) if len(call.arguments) > 1 else None
    return made is not None and any(key in made.keys for key in _ELSEWHERE)


def _first(use: TableUse, call: Call) -> Iterator[Named]:
    for text, at in _strings(use, call.arguments[0]):
        if text == "${}":
            continue
        path = re.split(r"->", text)[0].strip()
        table, _dot, column = path.rpartition(".")
        if _NAME.fullmatch(column) and (not table or _NAME.fullmatch(table)):
            yield Named(use, table or use.table, column, Asked.FILTERED, at)


def _or(use: TableUse, call: Call) -> Iterator[Named]:
    for text, at in _strings(use, call.arguments[0]):
        for match in _IN_OR.finditer(text):
            if match[1] not in ("and", "or", "not"):
                yield Named(use, use.table, match[1], Asked.FILTERED, at)


def _unique(use: TableUse, call: Call) -> Iterator[Named]:
    options = literal(call.arguments[1]) if len(call.arguments) > 1 else None
    entry = options.get("onConflict") if options is not None else None
    for text, at in _strings(use, entry.value) if entry is not None else ():
        names = [name.strip() for name in text.split(",")]
        if all(_NAME.fullmatch(name) for name in names):
            for name in names:
                yield Named(use, use.table, name, Asked.UNIQUE, at, frozenset(names))


def _selected(use: TableUse, call: Call) -> Iterator[Named]:
    for given in call.arguments[:1]:
        for text, at in _strings(use, given):
            found = list(selected(text))
            own = frozenset(column for table, column in found if table is None)
            for table, column in found:
                yield Named(
                    use, table or use.table, column, Asked.SELECTED, at, own if not table else frozenset()
                )
            for around, name in embedded(text):
                yield Named(use, around or use.table, name, Asked.EMBEDDED, at)


def embedded(text: str) -> Iterator[tuple[str | None, str]]:
    """The relations that PostgREST's `select` embeds, each with the one around it, None for the table."""
    waiting: list[tuple[str | None, str]] = [(None, text)]
    while waiting:
        around, inside = waiting.pop()
        for item in _items(inside):
            item = item[len(match[0]) :] if (match := _ALIAS.match(item)) else item
            head, bracket, rest = item.partition("(")
            name = head.partition("!")[0].strip()
            if bracket and rest.strip(") \n\t") and _NAME.fullmatch(name):
                yield around, name
                waiting.append((name, rest.rstrip()[:-1]))


def selected(text: str) -> Iterator[tuple[str | None, str]]:
    """The columns in PostgREST's `select`, each with the relation that is embedded, None for the table."""
    waiting: list[tuple[str | None, str]] = [(None, text)]
    while waiting:
        table, inside = waiting.pop()
        for item in _items(inside):
            item = item[len(match[0]) :] if (match := _ALIAS.match(item)) else item
            head, bracket, rest = item.partition("(")
            name = re.split(r"!|::|->|\.", head)[0].strip()
            if bracket and rest.strip(") \n\t") and "." not in head:
                waiting.append((name, rest.rstrip()[:-1]))
            elif bracket and "." not in head:
                continue  # `count()`, `rel()`
            elif _NAME.fullmatch(name):
                yield table, name


def _items(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()
