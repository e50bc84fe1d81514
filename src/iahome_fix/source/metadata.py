"""What the checkouts of the source tell Stripe about a purchase, and what the handler reads of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.following import Follower, Placed
from iahome_fix.source.nodes import (
    Literal,
    Node,
    Property,
    arguments,
    calls_of,
    key_of,
    literal,
    member_of,
    name_of,
    outermost,
    plain,
    unawaited,
)
from iahome_fix.source.scopes import Binding, assignments_of, lookup, uses_of

# A source may put the module into the session under a name that no deployed version of the app has used yet.
_MODULE_KEY = re.compile(r"(?:items?|modules?)_?[iI]ds?|items|modules?")
_PATH = ("checkout", "sessions", "create")
ELSEWHERE = ("payment_intent_data", "subscription_data")
"""Where metadata goes to the PaymentIntent or the Subscription, and not to the session."""


@dataclass(frozen=True)
class Session:
    """One `checkout.sessions.create`.

    Attributes:
        call: the call; `options`: what it is given, as far as that is a literal.
        keys: of the session's metadata, with where each is written; `whole` when these are all.
        elsewhere: the keys of metadata that go to something else.
        imported: the file in which the options stand, where that is another one.
    """

    file: SourceFile
    call: Node
    options: Literal | None
    keys: dict[str, Placed]
    whole: bool
    elsewhere: frozenset[str] = frozenset()
    imported: SourceFile | None = None

    @property
    def options_file(self) -> SourceFile:
        return self.imported or self.file

    @property
    def line(self) -> int:
        return self.call.line

    @property
    def where(self) -> str:
        return f"{self.file.path}:{self.line}"

    @property
    def module_keys(self) -> frozenset[str]:
        return naming(self.keys)


@dataclass(frozen=True)
class Read:
    """A key of the metadata that the handler reads, and where."""

    key: str
    at: Placed


def naming(keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys that name a module."""
    return frozenset(key for key in keys if _MODULE_KEY.fullmatch(key))


def sessions_of(checkout: Checkout, follower: Follower) -> tuple[Session, ...]:
    """Every Checkout Session that the source makes."""
    return tuple(
        found
        for file in checkout
        if "sessions" in file.text and "create" in file.text
        for call in calls_of(file.tree, *_PATH)
        for found in _session(follower, Placed(file, call))
    )


def _session(follower: Follower, call: Placed) -> Iterator[Session]:
    given = arguments(call.node)
    if not given:
        return
    own, file = _literal(follower, Placed(call.file, given[0]))
    if own is None:
        yield Session(call.file, call.node, None, {}, False)
        return
    assigned = _assigned(given[0])
    options = _whole(follower, Placed(file, own.node), assigned if file is call.file else {})
    keys, whole = _metadata(follower, file, options)
    elsewhere: set[str] = set()
    for name in ELSEWHERE:
        entry = options.get(name)
        inside, other = _literal(follower, Placed(file, entry.value)) if entry is not None else (None, file)
        if inside is not None:
            elsewhere |= set(_metadata(follower, other, inside)[0])
    if "metadata" in assigned:
        whole = False
    yield Session(call.file, call.node, options, keys, whole, frozenset(elsewhere), file)


def _whole(follower: Follower, at: Placed, assigned: Mapping[str, Node]) -> Literal:
    """The options with what is spread into them, and given to them afterwards, in the same file."""
    own = literal(at.node) or Literal((), False, at.node)
    spread: list[Property] = []
    known = True
    for part in at.node.children:
        if part.kind == "spread_element" and part.children:
            made, file = _literal(follower, Placed(at.file, part.children[0]))
            spread += made.properties if made is not None and file is at.file else ()
            known = known and made is not None and made.whole and file is at.file
        else:
            known = known and part.kind != "spread_element" and (part.kind != "pair" or _has_key(part))
    later = [
        Property(key, value, assignment.line, assignment.parent or assignment)
        for key, assignment in assigned.items()
        if key != "metadata" and (value := assignment.get("right")) is not None
    ]
    return Literal((*later, *own.properties, *spread), own.whole or known, at.node)


def _metadata(follower: Follower, file: SourceFile, options: Literal) -> tuple[dict[str, Placed], bool]:
    entry = options.get("metadata")
    if entry is None:
        return {}, options.whole
    found, other = _literal(follower, Placed(file, entry.value))
    added = {key: Placed(file, entry.node) for key in _assigned(entry.value)}
    if found is None:
        return added, False
    keys = {p.key: Placed(other, p.node) for p in found.properties}
    whole = found.whole
    if not whole:
        spread, all_known = _spread(follower, Placed(other, found.node))
        keys |= spread
        whole = all_known
    return keys | added, whole


def _spread(follower: Follower, at: Placed) -> tuple[dict[str, Placed], bool]:
    """The keys of `...other`, and whether all of them are known."""
    keys: dict[str, Placed] = {}
    known = True
    for part in at.node.children:
        if part.kind != "spread_element":
            known = known and part.kind in ("pair", "shorthand_property_identifier") and _has_key(part)
            continue
        made, file = (
            _literal(follower, Placed(at.file, part.children[0])) if part.children else (None, at.file)
        )
        if made is None:
            known = False
        else:
            keys |= {p.key: Placed(file, p.node) for p in made.properties}
            known = known and made.whole
    return keys, known


def _has_key(part: Node) -> bool:
    key = part.get("key")
    return key is None or key_of(key) is not None


def _literal(follower: Follower, at: Placed) -> tuple[Literal | None, SourceFile]:
    """The one object literal that an expression stands for, or that the helper returns which it calls."""
    found = [one for value in follower.values(at) for one in _made(follower, value)]
    return found[0] if len(found) == 1 else (None, at.file)


def _made(follower: Follower, value: Placed) -> Iterator[tuple[Literal | None, SourceFile]]:
    function = follower.called(value) if value.node.kind == "call_expression" else None
    if function is None:
        yield literal(value.node), value.file
        return
    for result in follower.results(function):
        for inner in follower.values(result):
            yield literal(inner.node), inner.file


def _assigned(node: Node) -> dict[str, Node]:
    """What is given to a named object after it was made: the assignments by their keys."""
    name = name_of(node) or (node.text if node.kind == "shorthand_property_identifier" else None)
    binding = lookup(node, name) if name else None
    return dict(assignments_of(binding)) if binding is not None else {}


def read_keys(file: SourceFile) -> Iterator[Read]:
    """The metadata keys that the file reads, whatever it calls the metadata."""
    if "metadata" not in file.text:
        return
    for node in file.tree.walk():
        if node.kind in ("member_expression", "subscript_expression"):
            member = member_of(node)
            if member is not None and _is_metadata(member[0]) and not _is_written(node):
                yield Read(member[1], Placed(file, node))
        elif node.kind == "variable_declarator":
            yield from _declared(file, node)


def _declared(file: SourceFile, node: Node) -> Iterator[Read]:
    name, value = node.get("name"), node.get("value")
    if name is None or value is None or not _is_metadata(value):
        return
    if name.kind == "object_pattern":
        for part in name.children:
            key = part if part.kind.startswith("shorthand") else part.get("key") or part.get("left")
            if key is not None and part.kind != "rest_pattern":
                yield Read(key_of(key) or key.text, Placed(file, part))
    elif name.kind == "identifier":
        binding = lookup(name, name.text)
        for place, read in _of_alias(binding) if binding is not None else ():
            yield Read(read, Placed(file, place))


def _of_alias(binding: Binding) -> Iterator[tuple[Node, str]]:
    for use in uses_of(binding):
        around = outermost(use).parent
        member = member_of(around)
        if member is not None and around is not None and plain(member[0]) is use and not _is_written(around):
            yield around, member[1]
        elif around is not None and around.kind == "variable_declarator":
            pattern = around.get("name")
            if pattern is not None and pattern.kind == "object_pattern":
                for part in pattern.children:
                    key = part if part.kind.startswith("shorthand") else part.get("key") or part.get("left")
                    if key is not None and part.kind != "rest_pattern":
                        yield part, key_of(key) or key.text


def _is_metadata(node: Node | None) -> bool:
    """Whether an expression is `….metadata`, with or without `|| {}` and casts, or a name `metadata`."""
    node = unawaited(node)
    if node is None:
        return False
    if node.kind == "binary_expression":
        return _is_metadata(node.get("left"))
    if node.kind == "identifier":
        return node.text == "metadata"
    member = member_of(node)
    return member is not None and member[1] == "metadata"


def _is_written(node: Node) -> bool:
    around = node.parent
    return around is not None and around.kind == "assignment_expression" and around.get("left") is node
