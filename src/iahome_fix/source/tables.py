"""Which tables the source names, what it does with them, and through which client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.following import Follower, Placed, own_name
from iahome_fix.source.nodes import (
    Literal,
    Node,
    arguments,
    called,
    calls,
    function_around,
    literals,
    member_of,
    name_of,
    path_of,
    plain,
    receiver,
    returned,
    text_of,
)
from iahome_fix.source.scopes import How, assigned_keys, lookup, uses_of

# Others that have a `from`; buckets of the storage are no tables.
_NO_CLIENT = re.compile(
    r"storage|Array|\w+Array|Buffer|Readable|Duplex|Stream|Observable|Object|Map|Set|Iterator|AsyncIterator"
    r"|Temporal|\w+Builder|(?:Plain|Zoned)\w+|Instant|Duration|gsap|knex"
)
_TABLE = re.compile(r"[A-Za-z_][\w$-]*")
_FROM = re.compile(r"\.\s*from\s*[(<]")
_NO_TABLES = ("Array", "Buffer", "Observable")
_LONGEST = 60
"""Calls in a chain; nobody writes as many."""
THEN = ("then", "catch", "finally")
"""By which a promise goes on."""
WRITING = ("insert", "upsert", "update")


@dataclass(frozen=True)
class Call:
    """One call in the chain after `.from('…')`: its name, its arguments, and the line of the name."""

    name: str
    arguments: tuple[Node, ...]
    line: int = 0


@dataclass(frozen=True)
class TableUse:
    """One `.from('table')` with what follows it.

    Attributes:
        client: what stands before the dot.
        calls: what follows, in its order.
        node: the whole chain.
    """

    table: str
    file: SourceFile
    line: int
    client: Node
    calls: tuple[Call, ...]
    node: Node
    follower: Follower = field(repr=False, compare=False)

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
                column = text_of(call.arguments[0])
                if column is not None:
                    yield column, self.text(call.arguments[1])
            elif call.name == "match" and call.arguments:
                for found in literals(call.arguments[0]):
                    for entry in found.properties:
                        yield entry.key, self.text(entry.value)

    def at_filter(self, column: str) -> str:
        """Where rows are chosen by a column."""
        for call in self.calls:
            named = text_of(call.arguments[0]) if call.arguments else None
            if (call.name == "eq" and named == column) or call.name == "match":
                return f"{self.file.path}:{call.line or self.line}"
        return self.where

    @property
    def of_one(self) -> bool:
        """Whether exactly one row is asked for, and nothing makes it one: more of them are an error then."""
        names = {call.name for call in self.calls}
        return bool(names & {"single", "maybeSingle"}) and not names & {"limit", "range", "filter", "or"}

    def text(self, node: Node) -> str | None:
        """The string that a value is, constants followed; None for another value."""
        found = self.follower.texts(Placed(self.file, node))
        return found[0] if len(found) == 1 else None

    def written(self, *kinds: str) -> Iterator[Literal | None]:
        """What is written, row by row; None where it is no literal."""
        for call in self.calls:
            if call.name in (kinds or WRITING):
                rows = list(self._rows(call.arguments[0])) if call.arguments else []
                if rows:
                    yield from rows
                else:
                    yield None

    def _rows(self, node: Node) -> Iterator[Literal | None]:
        given = [plain(node)] if plain(node) is None or name_of(node) is None else []
        given = given or [value.node for value in self.follower.values(Placed(self.file, node))]
        for value in given:
            found = literals(value)
            if value is not None and value.kind == "array" and len(found) < len(value.children):
                yield None
            if not found and (value is None or value.kind != "array"):
                yield None
            for row in found:
                yield Literal(row.properties, row.whole and not self._added(node), row.node)

    def _added(self, node: Node) -> bool:
        """Whether keys are given to a named row after it was made."""
        name = name_of(node)
        binding = lookup(node, name) if name else None
        return binding is not None and any(True for _key in assigned_keys(binding))


def may_name_tables(file: SourceFile) -> bool:
    """Whether it is worth parsing the file for its tables."""
    if "from" not in file.text:
        return False
    return any(
        not _before(file.text, found.start()).endswith(_NO_TABLES) for found in _FROM.finditer(file.text)
    )


def _before(text: str, place: int) -> str:
    """What stands in front of a dot, blanks aside."""
    return text[max(0, place - _LONGEST) : place].rstrip().removesuffix("?").rstrip()


def tables_of(checkout: Checkout, follower: Follower | None = None) -> tuple[TableUse, ...]:
    """Every use of a table in the files."""
    follower = follower or Follower(checkout)
    return tuple(use for file in checkout if may_name_tables(file) for use in _uses(file, follower))


def _uses(file: SourceFile, follower: Follower) -> Iterator[TableUse]:
    for call in calls(file.tree, "from"):
        client = receiver(call)
        given = arguments(call)
        if client is None or len(given) != 1 or not _is_client(client):
            continue
        names = follower.texts(Placed(file, given[0]))
        if len(names) != 1 or not _TABLE.fullmatch(names[0]):
            continue
        chain, top = _chain(call)
        yield TableUse(names[0], file, _line(call), client, chain, top, follower)
        if not chain:
            yield from _handed_on(names[0], Placed(file, top), follower)


def _handed_on(table: str, at: Placed, follower: Follower) -> Iterator[TableUse]:
    """What is done with a table that was given a name, or that a helper returns: `const accesses =
    db.from('…')`, `accesses.insert(…)`; `table().insert(…)`.
    """
    for place in _places(at, follower):
        chain, top = _chain(place.node)
        if chain:
            yield TableUse(table, place.file, place.node.line, place.node, chain, top, follower)


def _places(at: Placed, follower: Follower) -> Iterator[Placed]:
    around = at.node.parent
    name = around.get("name") if around is not None and around.kind == "variable_declarator" else None
    binding = lookup(name, name.text) if name is not None and name.kind == "identifier" else None
    if binding is not None and binding.how is How.VALUE:
        for use in uses_of(binding):
            yield Placed(at.file, use)
        return
    function = function_around(at.node)
    name_of_it = own_name(function) if function is not None else None
    if function is None or name_of_it is None or not any(plain(v) is at.node for v in returned(function)):
        return
    files = tuple(file for file in follower.checkout if name_of_it in file.text)
    yield from follower.callers(files, Placed(at.file, function))


def _line(call: Node) -> int:
    """Where the word `from` stands."""
    name = (plain(call.get("function")) or call).get("property")
    return (name or call).line


def _is_client(client: Node) -> bool:
    found = plain(client)
    if found is None:
        return False
    if found.kind == "call_expression":
        return called(found) != "schema" or _schema(found) in (None, "public")
    if found.kind == "identifier":
        binding = lookup(found, found.text)
        through = path_of(binding.value) if binding is not None and binding.value is not None else None
        names = {found.text, through[-1] if through else ""}
        return not any(_NO_CLIENT.fullmatch(name) for name in names)
    member = member_of(found)
    return member is None or not _NO_CLIENT.fullmatch(member[1])


def _schema(call: Node) -> str:
    """The schema that `.schema('…')` chooses."""
    given = arguments(call)
    return (text_of(given[0]) if given else None) or "?"


def _chain(call: Node) -> tuple[tuple[Call, ...], Node]:
    """The calls behind `.from(…)`, and the outermost of them."""
    found: list[Call] = []
    top = call
    while len(found) < _LONGEST:
        around = top.parent
        while around is not None and around.kind in ("non_null_expression", "parenthesized_expression"):
            top, around = around, around.parent
        if around is None or around.kind != "member_expression" or around.get("object") is not top:
            break
        outer = around.parent
        if outer is None or outer.kind != "call_expression" or outer.get("function") is not around:
            break
        name = around.get("property")
        if name is not None and name.text in THEN:
            break
        line = (name or outer).line
        found.append(Call(name.text if name is not None else "", tuple(arguments(outer)), line))
        top = outer
    return tuple(found), top


def function_calls(checkout_files: tuple[SourceFile, ...]) -> Iterator[Placed]:
    """The calls of functions of the database (`.rpc('…')`)."""
    for file in checkout_files:
        if ".rpc" in file.text:
            for call in calls(file.tree, "rpc"):
                if receiver(call) is not None and arguments(call):
                    yield Placed(file, call)
