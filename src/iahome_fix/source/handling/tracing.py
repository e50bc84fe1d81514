"""Where the arguments of the verification come from, through names, parameters and helpers."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.source.files import SourceFile
from iahome_fix.source.following import DEEPEST, Placed
from iahome_fix.source.handling.model import VERIFIES, Handler
from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    arguments,
    called,
    calls,
    function_around,
    literal,
    receiver,
    unawaited,
)
from iahome_fix.source.scopes import Binding, How, lookup, values_of

_SAME = ("toString", "trim", "decode", "from", "String", "TextDecoder", "concat")
"""Calls that hand on the bytes they are given, or are called on."""


def verifications(handler: Handler) -> list[Placed]:
    """The calls that verify an event, those of the handler's own file first."""
    found = [
        Placed(file, call)
        for file in handler.files
        if "constructEvent" in file.text
        for call in calls(file.tree, *VERIFIES)
    ]
    own = [one for one in found if one.file is handler.file]
    return own or found


def origins(handler: Handler, at: Placed, depth: int = 0, seen: set[Node] | None = None) -> Iterator[Placed]:
    """The expressions at the beginning of a value: names, parameters, helpers and conversions are followed.

    A parameter of the entry itself, and what cannot be followed, stand for themselves. `seen`: the names and
    helpers that were followed on the way here.
    """
    seen = set() if seen is None else seen
    node = unawaited(at.node)
    if node is None:
        return
    if depth > DEEPEST:
        yield Placed(at.file, node)
        return
    if node.kind in ("identifier", "shorthand_property_identifier"):
        yield from _of_name(handler, at.file, node, depth, seen)
        return
    if node.kind == "template_string":
        inside = [child for child in node.children if child.kind == "template_substitution"]
        if len(inside) == 1 and inside[0].children:
            yield from origins(handler, Placed(at.file, inside[0].children[0]), depth + 1, seen)
            return
    if node.kind in ("ternary_expression", "binary_expression"):
        for name in ("consequence", "alternative", "left", "right"):
            side = node.get(name)
            if side is not None:
                yield from origins(handler, Placed(at.file, side), depth + 1, seen)
        return
    if node.kind in ("call_expression", "new_expression"):
        function = handler.follower.called(Placed(at.file, node)) if node.kind == "call_expression" else None
        if function is not None and function.node.get("body") is not None:
            yield Placed(at.file, node)
            if function.node in seen:
                return
            seen.add(function.node)
            for result in handler.follower.results(function):
                yield from origins(handler, result, depth + 1, seen)
            return
        if called(node) in _SAME:
            given = arguments(node)
            inner = given[0] if given and called(node) != "toString" else receiver(node)
            if inner is not None:
                yield from origins(handler, Placed(at.file, inner), depth + 1, seen)
                return
    followed = list(handler.follower.values(Placed(at.file, node)))
    if any(value.node is not node for value in followed):
        for value in followed:
            yield from origins(handler, value, depth + 1, seen)
        return
    yield Placed(at.file, node)


def _of_name(handler: Handler, file: SourceFile, node: Node, depth: int, seen: set[Node]) -> Iterator[Placed]:
    binding = lookup(node, node.text)
    if binding is not None and binding.node in seen:
        return
    if binding is None:
        yield Placed(file, node)
        return
    seen.add(binding.node)
    if binding.how is How.PARAMETER:
        yield from _of_parameter(handler, Placed(file, node), binding, depth, seen)
        return
    if binding.how is How.VALUE and binding.path:
        yield from _of_part(handler, Placed(file, node), binding, depth, seen)
        return
    values = _before(values_of(binding), node)
    if binding.how is How.VALUE and values:
        for value in values:
            if not (value.within(node) or node.within(value)):
                yield from origins(handler, Placed(file, value), depth + 1, seen)
        return
    followed = [v for v in handler.follower.values(Placed(file, node)) if v.node is not node]
    for one in followed:
        yield from origins(handler, one, depth + 1, seen)
    if not followed:
        yield Placed(file, node)


def _before(values: list[Node], use: Node) -> list[Node]:
    """Without what the name is given in the same function only after this use of it."""
    around = function_around(use)
    found = [v for v in values if v.start < use.start or function_around(v) is not around]
    return found or values


def _of_parameter(
    handler: Handler, at: Placed, binding: Binding, depth: int, seen: set[Node]
) -> Iterator[Placed]:
    function = binding.node.above(*FUNCTIONS)
    entry = handler.entry
    if function is None or (entry is not None and function is entry.node):
        yield at
        return
    found = False
    for call in handler.follower.callers(handler.files, Placed(at.file, function)):
        given = arguments(call.node)
        if binding.index >= len(given):
            continue
        argument = Placed(call.file, given[binding.index])
        made = literal(argument.node)
        if binding.path:
            entry_of = made.get(binding.path[-1]) if made is not None else None
            if entry_of is None:
                continue
            argument = Placed(call.file, entry_of.value)
        found = True
        yield from origins(handler, argument, depth + 1, seen)
    if not found:
        yield at


def _of_part(handler: Handler, at: Placed, binding: Binding, depth: int, seen: set[Node]) -> Iterator[Placed]:
    """`const { body } = await read(request)`: that key of what the helper returns."""
    node = unawaited(binding.value)
    function = (
        handler.follower.called(Placed(at.file, node)) if node and node.kind == "call_expression" else None
    )
    found = False
    if function is not None:
        for result in handler.follower.results(function):
            made = literal(result.node)
            entry = made.get(binding.path[-1]) if made is not None else None
            if entry is not None:
                found = True
                yield from origins(handler, Placed(result.file, entry.value), depth + 1, seen)
    if not found:
        yield at


def is_request(handler: Handler, at: Placed) -> bool:
    """Whether an expression is the request that the entry is given."""
    request, entry = handler.request(), handler.entry
    if request is None or entry is None or request.kind != "identifier":
        return False
    for origin in origins(handler, at):
        if origin.node.kind == "identifier":
            binding = lookup(origin.node, origin.node.text)
            if binding is not None and binding.node is request:
                return True
    return False
