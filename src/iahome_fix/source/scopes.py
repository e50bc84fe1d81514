"""What a name in a file is: where it is declared, and everything that it is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    arguments,
    key_of,
    member_of,
    name_of,
    parameters,
    text_of,
    unawaited,
)

_SCOPES = frozenset(
    ("program", "statement_block", "switch_body", "for_statement", "for_in_statement", "catch_clause")
)


class How(Enum):
    """How a name comes about."""

    VALUE = "value"
    FUNCTION = "function"
    PARAMETER = "parameter"
    IMPORT = "import"
    OTHER = "other"


@dataclass(frozen=True)
class Binding:
    """A declared name.

    Attributes:
        node: the name where it is declared.
        value: what it is given: an expression, the function, the import's statement; None for none.
        path: the keys by which it is taken out of the value (`{ data: { user } }`: data, user).
        index: of a parameter, its place.
        exported: of an import, the name in the other file; `*` for all of it.
    """

    how: How
    node: Node
    value: Node | None
    path: tuple[str, ...] = ()
    index: int = 0
    exported: str = ""

    @property
    def source(self) -> str | None:
        """Of an import: the specifier."""
        if self.how is not How.IMPORT or self.value is None:
            return None
        return text_of(self.value.get("source")) or required(self.value)


def required(node: Node | None) -> str | None:
    """The specifier of `require('…')` and `await import('…')`."""
    call = unawaited(node)
    what = call.get("function") if call is not None and call.kind == "call_expression" else None
    if call is None or what is None or what.text not in ("require", "import"):
        return None
    given = arguments(call)
    return text_of(given[0]) if given else None


def binding_of(name: Node) -> Binding | None:
    """Where the name that stands here is declared; None for a global."""
    return lookup(name, name.text)


def lookup(place: Node, name: str) -> Binding | None:
    """What `name` means at a place of a file."""
    node: Node | None = place
    while node is not None:
        if node.kind in _SCOPES or node.kind in FUNCTIONS:
            found = _declared(node).get(name)
            if found is not None:
                return found
        node = node.parent
    return None


@lru_cache(maxsize=8_192)
def _declared(scope: Node) -> dict[str, Binding]:
    found: dict[str, Binding] = {}
    if scope.kind in FUNCTIONS:
        for index, pattern in enumerate(parameters(scope)):
            for binding in _of_pattern(pattern, scope, (), How.PARAMETER, index):
                found.setdefault(binding.node.text, binding)
        return found
    for child in scope.children:
        for binding in _of_statement(child):
            found.setdefault(binding.node.text, binding)
    return found


def _of_statement(node: Node) -> Iterator[Binding]:
    if node.kind == "export_statement":
        declared = node.get("declaration")
        if declared is not None:
            yield from _of_statement(declared)
        value = node.get("value")
        if value is not None and value.kind in FUNCTIONS:
            yield from _of_statement(value)
    elif node.kind in ("lexical_declaration", "variable_declaration"):
        for child in node.children:
            if child.kind == "variable_declarator":
                pattern, value = child.get("name"), child.get("value")
                if pattern is not None and required(value) is not None:
                    for found in _of_pattern(pattern, value, (), How.IMPORT, 0):
                        yield replace(found, exported=found.path[-1] if found.path else "*")
                elif pattern is not None:
                    yield from _of_pattern(pattern, value, (), How.VALUE, 0)
    elif node.kind in FUNCTIONS or node.kind in ("class_declaration", "enum_declaration"):
        name = node.get("name")
        if name is not None:
            yield Binding(How.FUNCTION if node.kind in FUNCTIONS else How.OTHER, name, node)
    elif node.kind == "import_statement":
        yield from _of_import(node)
    elif node.field in ("left", "parameter") and node.parent is not None:
        # `for (const x of y)` and `catch (error)`.
        yield from _of_pattern(node, node.parent.get("right"), (), How.OTHER, 0)
    elif node.kind in ("switch_case", "switch_default"):
        for child in node.children:
            yield from _of_statement(child)


def _of_pattern(
    pattern: Node, value: Node | None, path: tuple[str, ...], how: How, index: int
) -> Iterator[Binding]:
    waiting = [(pattern, path)]
    while waiting:
        node, keys = waiting.pop()
        if node.kind in ("identifier", "shorthand_property_identifier_pattern"):
            own = (*keys, node.text) if node.kind != "identifier" else keys
            yield Binding(how, node, value, own, index)
        elif node.kind in ("assignment_pattern", "object_assignment_pattern"):
            left = node.get("left")
            if left is not None:
                waiting.append((left, keys))
        elif node.kind == "pair_pattern":
            key, inner = node.get("key"), node.get("value")
            name = key_of(key) if key is not None else None
            if inner is not None:
                waiting.append((inner, (*keys, name or "?")))
        elif node.kind == "array_pattern":
            waiting += [(child, (*keys, str(place))) for place, child in enumerate(node.children)]
        elif node.kind == "rest_pattern":
            waiting += [(child, (*keys, "...")) for child in node.children]
        elif node.kind == "object_pattern":
            waiting += [(child, keys) for child in reversed(node.children)]


def _of_import(node: Node) -> Iterator[Binding]:
    clause = node.first("import_clause")
    if clause is None or node.has("type"):
        return
    for part in clause.children:
        if part.kind == "identifier":
            yield Binding(How.IMPORT, part, node, exported="default")
        elif part.kind == "namespace_import":
            name = part.first("identifier")
            if name is not None:
                yield Binding(How.IMPORT, name, node, exported="*")
        elif part.kind == "named_imports":
            for one in part.children:
                name = one.get("name") if one.kind == "import_specifier" else None
                if name is not None and not one.has("type"):
                    alias = one.get("alias") or name
                    yield Binding(How.IMPORT, alias, node, exported=name.text)


def root_of(node: Node) -> Node:
    """The whole file."""
    while node.parent is not None:
        node = node.parent
    return node


@lru_cache(maxsize=1_024)
def _uses(tree: Node) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in tree.walk():
        if node.kind in ("identifier", "shorthand_property_identifier"):
            found.setdefault(node.text, []).append(node)
    return found


def uses_of(binding: Binding) -> list[Node]:
    """Every other place of the file at which the name stands for this declaration."""
    named = _uses(root_of(binding.node)).get(binding.node.text, [])
    return [node for node in named if node is not binding.node and _is(lookup(node, node.text), binding)]


def _is(found: Binding | None, binding: Binding) -> bool:
    return found is not None and found.node is binding.node


def values_of(binding: Binding) -> list[Node]:
    """Everything that the name is given: where it is declared, and by `name = …` later."""
    found = [binding.value] if binding.how is How.VALUE and binding.value is not None else []
    for use in uses_of(binding):
        around = use.parent
        if around is not None and around.kind == "assignment_expression" and around.get("left") is use:
            right = around.get("right")
            found += [right] if right is not None else []
    return found


def assigned_keys(binding: Binding) -> Iterator[str]:
    """The keys in `name.key = …` and `name['key'] = …`."""
    return (key for key, _assignment in assignments_of(binding))


def assignments_of(binding: Binding) -> Iterator[tuple[str, Node]]:
    """The same with the assignments themselves."""
    for use in uses_of(binding):
        around = use.parent
        found = member_of(around)
        if found is None or around is None or found[0] is not use or around.parent is None:
            continue
        if around.parent.kind == "assignment_expression" and around.parent.get("left") is around:
            yield found[1], around.parent


def is_name(node: Node | None, binding: Binding | None) -> bool:
    """Whether an expression is the plain name of this declaration."""
    name = name_of(node)
    return node is not None and name is not None and binding is not None and _is(lookup(node, name), binding)
