"""Handlers of events in an object, by type: `handlers[event.type](event)`, and who waits for them."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import Handler
from iahome_fix.source.handling.promises import Fate, fate_of
from iahome_fix.source.handling.tracing import origins
from iahome_fix.source.nodes import Node, arguments, called, literal, plain, receiver, text_of
from iahome_fix.source.reach import Reach
from iahome_fix.source.scopes import How, binding_of, values_of
from iahome_fix.source.tables import TableUse


def dropped(handler: Handler, writes: list[TableUse]) -> Iterator[tuple[Placed, TableUse]]:
    """The calls of a handler that is taken out of an object for which nobody waits, with a write in it."""
    for file in handler.files:
        for call in file.tree.walk():
            function = call.get("function") if call.kind == "call_expression" else None
            around = _object(function) if function is not None else None
            if around is None or fate_of(call) is not Fate.DROPPED:
                continue
            found = next(_writing(handler, Placed(file, around), writes), None)
            if found is not None:
                yield Placed(file, call), found


def _object(function: Node) -> Node | None:
    """The object in `handlers[type]`, the map in `handlers.get(type)`, with or without a name in between."""
    node = plain(function)
    if node is not None and node.kind == "identifier":
        binding = binding_of(node)
        values = values_of(binding) if binding is not None and binding.how is How.VALUE else []
        node = plain(values[0]) if len(values) == 1 and binding is not None and not binding.path else None
    if node is not None and node.kind == "call_expression" and called(node) == "get":
        given = arguments(node)
        return receiver(node) if len(given) == 1 and text_of(given[0]) is None else None
    if node is None or node.kind != "subscript_expression" or text_of(node.get("index")) is not None:
        return None
    return node.get("object")


def _writing(handler: Handler, at: Placed, writes: list[TableUse]) -> Iterator[TableUse]:
    for origin in origins(handler, at):
        for value in _values(origin.node):
            function = handler.follower.declared(Placed(origin.file, value))
            reach = Reach(handler.follower, function) if function is not None else None
            yield from (use for use in writes if reach and reach.covers(Placed(use.file, use.node)))


def _values(node: Node) -> Iterator[Node]:
    """The values of `{ type: value }` and of `new Map([[type, value]])`."""
    made = literal(node)
    for entry in made.properties if made is not None else ():
        yield entry.node if entry.node.kind == "method_definition" else entry.value
    if node.kind == "new_expression" and called(node) == "Map":
        for pair in (pair for given in arguments(node) for pair in given.children):
            if pair.kind == "array" and len(pair.children) == 2:
                yield pair.children[1]
