"""The nodes of a parsed file, and the few questions that are asked of them everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

KEPT = frozenset(("async", "default", "type", "const", "let", "var", "await", "void", "static", "!", "*"))
"""Words and signs without a name in the grammar that matter here."""

FUNCTIONS = frozenset(
    (
        *("function_declaration", "function_expression", "arrow_function", "method_definition"),
        *("generator_function", "generator_function_declaration", "function"),
    )
)
_WRAPPERS = frozenset(
    ("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression")
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r\n|.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}


class Node:
    """A part of a file: `kind` as the grammar calls it, `field` what it is to its parent, `line` from 1.

    `start` and `end` are places in the file's UTF-8 bytes.
    """

    __slots__ = ("children", "end", "field", "kind", "line", "parent", "source", "start")

    def __init__(
        self,
        kind: str,
        field: str | None,
        start: int,
        end: int,
        line: int,
        parent: Node | None,
        source: bytes,
    ) -> None:
        self.kind = kind
        self.field = field
        self.start = start
        self.end = end
        self.line = line
        self.parent = parent
        self.source = source
        self.children: list[Node] = []

    def __repr__(self) -> str:
        return f"<{self.kind} in line {self.line}>"

    @property
    def text(self) -> str:
        """As written."""
        return self.source[self.start : self.end].decode("utf-8", "replace")

    def get(self, field: str) -> Node | None:
        """The part that has this field."""
        return next((child for child in self.children if child.field == field), None)

    def has(self, kind: str) -> bool:
        """Whether a part of this kind stands directly in it."""
        return any(child.kind == kind for child in self.children)

    def first(self, *kinds: str) -> Node | None:
        """The first direct part of one of these kinds."""
        return next((child for child in self.children if child.kind in kinds), None)

    def walk(self) -> Iterator[Node]:
        """The node and everything in it, in the order of the text."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def walk_here(self) -> Iterator[Node]:
        """The same without what stands in functions within it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            if node is self or node.kind not in FUNCTIONS:
                waiting.extend(reversed(node.children))

    def above(self, *kinds: str) -> Node | None:
        """The nearest node around it that is of one of these kinds."""
        node = self.parent
        while node is not None and node.kind not in kinds:
            node = node.parent
        return node

    def within(self, other: Node) -> bool:
        """Whether it is the other node, or stands in it."""
        return self.source is other.source and other.start <= self.start and self.end <= other.end

    @property
    def broken(self) -> bool:
        """Whether the parser could make no sense of something in it."""
        return any(node.kind == "ERROR" for node in self.walk())


def function_around(node: Node) -> Node | None:
    """The function that the node stands in."""
    return node.above(*FUNCTIONS)


def plain(node: Node | None) -> Node | None:
    """The expression without brackets, casts and `!`."""
    while node is not None and (node.kind in _WRAPPERS or _is_cast(node)):
        node = node.children[0] if node.children else None
    return node


def _is_cast(node: Node) -> bool:
    """Whether it is `x as A.B`: the grammar makes `(x as A).B` of it, in which brackets would be a node."""
    return (
        node.kind == "member_expression"
        and bool(node.children)
        and node.children[0].kind in ("as_expression", "satisfies_expression")
    )


def unawaited(node: Node | None) -> Node | None:
    """The same, without `await` too."""
    node = plain(node)
    while node is not None and node.kind == "await_expression":
        node = plain(node.children[-1] if node.children else None)
    return node


def outermost(node: Node) -> Node:
    """The node with the brackets, casts and `!` around it."""
    while node.parent is not None and node.parent.children[0] is node:
        if node.parent.kind not in _WRAPPERS and not _is_cast(node.parent):
            break
        node = node.parent
    return node


def name_of(node: Node | None) -> str | None:
    """The plain name that an expression is; None for anything else."""
    node = plain(node)
    return node.text if node is not None and node.kind in ("identifier", "undefined") else None


def text_of(node: Node | None) -> str | None:
    """The string that an expression is; None for anything else."""
    node = plain(node)
    if node is None:
        return None
    if node.kind == "string":
        return unescape(node.text[1:-1])
    if node.kind == "template_string" and not node.has("template_substitution"):
        return unescape(node.text[1:-1])
    return None


def template_of(node: Node | None) -> str | None:
    """A string, with `${}` for what is put into it; None for anything else."""
    found = plain(node)
    if found is None or found.kind != "template_string":
        return text_of(found)
    text, at = [], found.start + 1
    for part in found.children:
        if part.kind == "template_substitution":
            text += [found.source[at : part.start].decode("utf-8", "replace"), "${}"]
            at = part.end
    return "".join([*text, found.source[at : found.end - 1].decode("utf-8", "replace")])


def member_of(node: Node | None) -> tuple[Node, str] | None:
    """What `object.key` and `object['key']` are made of; None for anything else."""
    node = plain(node)
    if node is None:
        return None
    around = node.get("object")
    if around is None:
        return None
    if node.kind == "member_expression":
        key = node.get("property")
        return (around, key.text) if key is not None else None
    if node.kind == "subscript_expression":
        text = text_of(node.get("index"))
        return (around, text) if text is not None else None
    return None


def path_of(node: Node | None) -> tuple[str, ...] | None:
    """The names of `a.b.c`; None for anything else."""
    names: list[str] = []
    node = plain(node)
    while node is not None:
        if node.kind in ("identifier", "this"):
            return (node.text, *reversed(names))
        found = member_of(node)
        if found is None:
            return None
        node, name = plain(found[0]), found[1]
        names.append(name)
    return None


def called(call: Node) -> str | None:
    """The last name of what a call calls: `create` in `a.b.create(…)`."""
    what = plain(call.get("function") or call.get("constructor"))
    if what is None:
        return None
    if what.kind == "identifier":
        return what.text
    found = member_of(what)
    return found[1] if found else None


def receiver(call: Node) -> Node | None:
    """What stands before the last dot of a call."""
    found = member_of(call.get("function"))
    return found[0] if found else None


def arguments(call: Node) -> list[Node]:
    """What a call is given."""
    given = call.get("arguments")
    return given.children if given is not None and given.kind == "arguments" else []


def calls(tree: Node, *names: str) -> Iterator[Node]:
    """The calls of anything that ends in one of these names, in the order of the text."""
    for node in tree.walk():
        if node.kind == "call_expression" and called(node) in names:
            yield node


def calls_of(tree: Node, *path: str) -> Iterator[Node]:
    """The calls whose last names are these: `….checkout.sessions.create(…)`."""
    for call in calls(tree, path[-1]):
        node, names = call.get("function"), list(path)
        while names and node is not None:
            found = member_of(node)
            if found is None:
                if names == [name_of(node)]:
                    yield call
                break
            node, name = found
            if names.pop() != name:
                break
            if not names:
                yield call


def parameters(function: Node) -> list[Node]:
    """The patterns of a function's parameters."""
    single = function.get("parameter")
    if single is not None:
        return [single]
    found = function.get("parameters")
    patterns = [] if found is None else found.children
    return [pattern.get("pattern") or pattern for pattern in patterns]


def returned(function: Node) -> Iterator[Node]:
    """The expressions that a function returns."""
    body = function.get("body")
    if body is None:
        return
    if body.kind != "statement_block":
        yield body
        return
    for node in body.walk_here():
        if node.kind == "return_statement" and node.children:
            yield node.children[0]


def is_async(function: Node) -> bool:
    """Whether it is declared `async`."""
    return function.has("async")


@dataclass(frozen=True)
class Property:
    """One entry of an object literal; a shorthand is its own value."""

    key: str
    value: Node
    line: int
    node: Node


@dataclass(frozen=True)
class Literal:
    """An object literal; `whole` is False when a spread or a computed key adds what cannot be read."""

    properties: tuple[Property, ...]
    whole: bool
    node: Node

    def get(self, key: str) -> Property | None:
        return next((p for p in self.properties if p.key == key), None)

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(p.key for p in self.properties)


def literal(node: Node | None) -> Literal | None:
    """The object literal that an expression is; None when it is something else."""
    node = plain(node)
    if node is None or node.kind != "object":
        return None
    found, whole = [], True
    for part in node.children:
        entry = _entry(part)
        if entry is None:
            whole = False
        else:
            found.append(entry)
    return Literal(tuple(found), whole, node)


def _entry(part: Node) -> Property | None:
    if part.kind == "shorthand_property_identifier":
        return Property(part.text, part, part.line, part)
    name = part.get("key") if part.kind == "pair" else part.get("name")
    if name is None or part.kind not in ("pair", "method_definition"):
        return None
    key = key_of(name)
    return None if key is None else Property(key, part.get("value") or part, part.line, part)


def key_of(name: Node) -> str | None:
    """The name of a property; None for a computed one that is no string."""
    if name.kind == "computed_property_name":
        return text_of(name.children[0]) if name.children else None
    return unescape(name.text[1:-1]) if name.kind == "string" else name.text


def literals(node: Node | None) -> list[Literal]:
    """The object literals of an expression: it is one, or a list of them."""
    node = plain(node)
    parts: Sequence[Node] = [] if node is None else node.children if node.kind == "array" else [node]
    return [found for part in parts if (found := literal(part)) is not None]


def unescape(text: str) -> str:
    """What a string holds once its escapes are resolved."""
    if "\\" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        digits = match[1] or match[2] or match[3]
        if digits:
            number = int(digits, 16)
            # Halves of pairs and numbers beyond Unicode cannot be printed.
            return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd"
        return _ESCAPED.get(match[4], match[4])

    return _ESCAPE.sub(one, text)
