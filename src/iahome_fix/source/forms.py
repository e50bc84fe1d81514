"""In which form a key of the metadata holds several ids: as JSON, or as a list with commas."""

from __future__ import annotations

from enum import Enum

from iahome_fix.source.following import Placed
from iahome_fix.source.nodes import Node, called, member_of, outermost, path_of, unawaited
from iahome_fix.source.scopes import lookup, uses_of

_AROUND = ("binary_expression", "parenthesized_expression", "non_null_expression", "as_expression")
_DEEPEST = 6


class Form(Enum):
    """How the ids are written into one text."""

    JSON = "JSON.stringify"
    LIST = "join"


def written_as(entry: Placed) -> Form | None:
    """How the value of an entry of an object literal is made; None where that is not seen."""
    value = unawaited(entry.node.get("value"))
    if value is None or value.kind != "call_expression":
        return None
    if path_of(value.get("function")) == ("JSON", "stringify"):
        return Form.JSON
    return Form.LIST if called(value) == "join" else None


def read_as(node: Node, depth: int = 0) -> Form | None:
    """As what a value that is read is taken apart, by itself or by the name that it is given; None where that
    is not seen, or it is both.
    """
    node = outermost(node)
    around = node.parent
    while around is not None and around.kind in _AROUND:
        node = outermost(around)
        around = node.parent
    if around is None or depth > _DEEPEST:
        return None
    call = around.parent
    member = member_of(around) if around.kind == "member_expression" else None
    if member is not None and call is not None and call.kind == "call_expression":
        return Form.LIST if member[1] == "split" else None
    if around.kind == "arguments" and call is not None:
        return Form.JSON if path_of(call.get("function")) == ("JSON", "parse") else None
    name = around.get("name") if around.kind == "variable_declarator" else None
    binding = lookup(name, name.text) if name is not None and name.kind == "identifier" else None
    if binding is None:
        return None
    found = {read_as(use, depth + 1) for use in uses_of(binding) if use is not name} - {None}
    return found.pop() if len(found) == 1 else None
