"""What becomes of a promise: awaited, handed on, or dropped."""

from __future__ import annotations

from enum import Enum

from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    called,
    member_of,
    outermost,
    path_of,
)
from iahome_fix.source.scopes import How, lookup, uses_of
from iahome_fix.source.tables import THEN

_FOR_EACH = ("forEach", "setTimeout", "setImmediate", "queueMicrotask", "nextTick")
"""Calls that wait for nothing that they run."""
_MAPS = ("map", "flatMap", "filter")
_PASSING = ("sequence_expression", "ternary_expression", "binary_expression", "spread_element", "array")


class Fate(Enum):
    """What the code does with a promise."""

    AWAITED = "awaited"
    HANDED_ON = "handed on"
    """Returned, or given to something that may wait for it."""
    THEN = "then"
    """It has a continuation, and nothing waits for that."""
    DROPPED = "dropped"


def fate_of(node: Node, depth: int = 0) -> Fate:
    """What becomes of the promise that an expression is."""
    if depth > 12:
        return Fate.HANDED_ON
    node = outermost(node)
    around = node.parent
    if around is None:
        return Fate.DROPPED
    kind = around.kind
    if kind == "await_expression":
        return Fate.AWAITED
    if kind == "member_expression":
        return _of_member(around, depth)
    if kind in ("expression_statement", "program"):
        return Fate.DROPPED
    if kind == "unary_expression":
        operator = around.get("operator")
        return Fate.DROPPED if operator is not None and operator.text == "void" else Fate.HANDED_ON
    if kind == "arguments" and _of_many(around.parent):
        found = fate_of(around.parent, depth + 1) if around.parent is not None else Fate.HANDED_ON
        # What is given to it is sent, though nobody waits.
        return Fate.THEN if found is Fate.DROPPED else found
    if kind in _PASSING:
        if kind == "ternary_expression" and node.field == "condition":
            return Fate.HANDED_ON
        return fate_of(around, depth + 1)
    if kind == "variable_declarator":
        return _of_kept(around.get("name"), depth)
    if kind == "assignment_expression":
        return _of_kept(around.get("left"), depth)
    if kind in FUNCTIONS and node.field == "body":
        return _of_result(around, depth)
    if kind == "return_statement":
        function = around.above(*FUNCTIONS)
        return _of_result(function, depth) if function is not None else Fate.HANDED_ON
    return Fate.HANDED_ON


def _of_many(call: Node | None) -> bool:
    """Whether it is `Promise.all(…)` or one of its kind."""
    path = path_of(call.get("function")) if call is not None and call.kind == "call_expression" else None
    return path is not None and len(path) == 2 and path[0] == "Promise"


def promise_of_many(node: Node) -> Node | None:
    """The `Promise.all(…)` that a node is given to, by itself or by what maps it."""
    around = node.parent
    while around is not None and around.kind != "statement_block":
        if _of_many(around):
            return around
        around = around.parent
    return None


def _of_member(member: Node, depth: int) -> Fate:
    """`promise.then(…)`; anything else of a promise is nothing that waits for it."""
    call = member.parent
    name = member_of(member)
    if call is None or call.kind != "call_expression" or call.get("function") is not member or name is None:
        return Fate.DROPPED
    if name[1] not in THEN:
        return fate_of(call, depth + 1)
    # Whoever resolves a promise of its own in there waits for it.
    if any(
        node.kind == "identifier" and node.text in ("resolve", "reject", "done", "next", "callback", "cb")
        for node in call.walk()
    ):
        return Fate.HANDED_ON
    found = fate_of(call, depth + 1)
    return Fate.THEN if found is Fate.DROPPED else found


def _of_kept(name: Node | None, depth: int) -> Fate:
    """A promise with a name: what becomes of it there. One whose parts are taken out is not waited for."""
    if name is None:
        return Fate.HANDED_ON
    if name.kind != "identifier":
        return Fate.DROPPED if name.kind == "object_pattern" else Fate.HANDED_ON
    binding = lookup(name, name.text)
    if binding is None or binding.how is not How.VALUE:
        return Fate.HANDED_ON
    worst = Fate.DROPPED
    for use in uses_of(binding):
        if use is name or (
            use.parent is not None and use.parent.kind == "assignment_expression" and use.field == "left"
        ):
            continue
        found = Fate.HANDED_ON if use.kind == "shorthand_property_identifier" else fate_of(use, depth + 1)
        if found in (Fate.AWAITED, Fate.HANDED_ON):
            return found
        if found is Fate.THEN:
            worst = found
    return worst


def _of_result(function: Node, depth: int) -> Fate:
    """What becomes of what a function returns, where it is handed to `forEach`, `map`, `then` or runs on the
    spot.
    """
    around = outermost(function).parent
    if around is None:
        return Fate.HANDED_ON
    if around.kind == "arguments" and around.parent is not None:
        call = around.parent
        if called(call) in _FOR_EACH:
            return Fate.DROPPED
        if called(call) in (*_MAPS, *THEN):
            return fate_of(call, depth + 1)
        return Fate.HANDED_ON
    if around.kind == "call_expression":
        return fate_of(around, depth + 1)
    return Fate.HANDED_ON


def is_deferred(node: Node) -> bool:
    """Whether it stands in what `after()` or `waitUntil()` is given: the platform waits for that."""
    around = node.parent
    while around is not None:
        if around.kind == "call_expression" and called(around) in ("after", "waitUntil", "unstable_after"):
            return True
        around = around.parent
    return False


def promise_around(node: Node) -> Node | None:
    """The function expression around a node whose own promise nobody may wait for: `(async () => …)()`, the
    callbacks of `forEach(async …)` and `map(async …)`.
    """
    function = node.above(*FUNCTIONS)
    while function is not None:
        around = outermost(function).parent
        handed = around is not None and around.kind in ("arguments", "call_expression")
        if handed and function.has("async") and _of_result(function, 0) in (Fate.DROPPED, Fate.THEN):
            return function
        function = function.above(*FUNCTIONS)
    return None
