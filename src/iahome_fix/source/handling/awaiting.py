"""Promises that nobody waits for: statements never sent, events that are none, answers before the write."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, before, behind, instead
from iahome_fix.source.following import DEEPEST, Placed
from iahome_fix.source.handling import dispatch
from iahome_fix.source.handling.model import Fault, Handler
from iahome_fix.source.handling.promises import Fate, fate_of, is_deferred, promise_around, promise_of_many
from iahome_fix.source.handling.tracing import verifications
from iahome_fix.source.known_tables import BESIDE
from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    called,
    function_around,
    is_async,
    outermost,
    returned,
    unawaited,
)
from iahome_fix.source.tables import THEN, TableUse, function_calls


def faults(handler: Handler) -> Iterator[Fault]:
    """What is dropped although somebody has to wait for it."""
    yield from _unawaited_events(handler)
    yield from _never_sent(handler)
    yield from _answered_before(handler)


def _unawaited_events(handler: Handler) -> Iterator[Fault]:
    for call in verifications(handler):
        if called(call.node) != "constructEventAsync":
            continue
        if fate_of(call.node) is Fate.DROPPED:
            yield Fault(
                call,
                _(
                    "{where} does not await constructEventAsync: what follows sees a promise and no event"
                ).format(where=call.where),
                edits=_awaited(call),
            )
            continue
        helper = _returning(call)
        if helper is None:
            continue
        for use in handler.follower.callers(handler.files, helper):
            if fate_of(use.node) is Fate.DROPPED:
                yield Fault(
                    use,
                    _("{where} does not await {name}: what follows sees a promise and no event").format(
                        where=use.where, name=called(use.node)
                    ),
                    edits=_awaited(use),
                )


def _returning(call: Placed) -> Placed | None:
    """The function around a call whose promise it returns."""
    function = function_around(call.node)
    if function is None:
        return None
    promised = is_async(function) or any(unawaited(value) is call.node for value in returned(function))
    return Placed(call.file, function) if promised else None


def _never_sent(handler: Handler) -> Iterator[Fault]:
    for use in handler.uses:
        if not any(call.name in ("insert", "upsert", "update", "delete") for call in use.calls):
            continue
        if fate_of(use.node) is not Fate.DROPPED:
            continue
        at = Placed(use.file, use.node)
        yield Fault(
            at,
            _(
                "{where} does not await the write to {table}: supabase-js sends it only when it is awaited"
            ).format(where=use.where, table=use.table),
            serious=_matters(handler, use),
            edits=_awaited(at),
        )
    for call in function_calls(handler.files):
        if fate_of(call.node) is Fate.DROPPED:
            yield Fault(
                call,
                _("{where} does not await rpc(): supabase-js sends it only when it is awaited").format(
                    where=call.where
                ),
                serious=not any(use.adds and use.table not in BESIDE for use in handler.uses),
                edits=_awaited(call),
            )


def _matters(handler: Handler, use: TableUse) -> bool:
    """Whether an access is not written without it."""
    if use.table in handler.page_tables:
        return True
    if use.table in BESIDE:
        return False
    others = [u for u in handler.uses if u.writes and u.table not in BESIDE and u is not use]
    return not any(fate_of(other.node) is not Fate.DROPPED for other in others)


def _answered_before(handler: Handler) -> Iterator[Fault]:
    """Writes that are under way when the answer is given: a function of the platform may end with that."""
    writing = [
        (Placed(use.file, use.node), use)
        for use in handler.uses
        if use.writes and use.table not in BESIDE and fate_of(use.node) is not Fate.DROPPED
    ]
    told: set[tuple[str, int]] = set()
    dropped_ones = [
        (dropped, use)
        for at, use in writing
        for dropped in _dropped_around(handler, at, fate_of(use.node), 0, set())
    ]
    dropped_ones += dispatch.dropped(handler, [use for _at, use in writing])
    for dropped, use in dropped_ones:
        key = (dropped.file.path, dropped.node.start)
        if key not in told:
            told.add(key)
            yield Fault(
                dropped,
                _(
                    "{where} does not wait for the write to {table} ({at}): the answer may end the function"
                    " before it, and an error is lost"
                ).format(where=dropped.where, table=use.table, at=use.where),
                serious=not handler.stays_up,
                edits=_awaited(dropped),
            )


def _dropped_around(
    handler: Handler, at: Placed, fate: Fate, depth: int, seen: set[Node]
) -> Iterator[Placed]:
    """The places at which nobody waits for what a write belongs to: itself, or the functions around it."""
    if depth > DEEPEST or at.node in seen:
        return
    seen.add(at.node)
    if fate is Fate.THEN:
        yield Placed(at.file, promise_of_many(at.node) or at.node)
        return
    inner = promise_around(at.node)
    if inner is not None:
        yield Placed(at.file, promise_of_many(inner) or inner)
        return
    function = function_around(at.node)
    while function is not None and not _is_called_by_name(function):
        if _is_result(function):
            return  # who is given the function runs it
        function = function_around(function)
    entry = handler.entry
    if function is None or (entry is not None and function is entry.node):
        return
    for call in handler.follower.callers(handler.files, Placed(at.file, function)):
        found = fate_of(call.node)
        if found is Fate.DROPPED:
            yield call
        elif found is Fate.AWAITED or found is Fate.THEN or function_around(call.node) is not function:
            yield from _dropped_around(handler, call, found, depth + 1, seen)


def _is_result(function: Node) -> bool:
    around = outermost(function).parent
    return around is not None and (around.kind == "return_statement" or around.kind in FUNCTIONS)


def _is_called_by_name(function: Node) -> bool:
    if function.get("name") is not None:
        return True
    around = outermost(function).parent
    return around is not None and around.kind in ("variable_declarator", "pair", "assignment_expression")


def _together(at: Placed) -> tuple[Edit, ...]:
    """`await Promise.all(….map(…))` for what is done in `forEach(…)` or in a `map(…)` nobody waits for."""
    function = at.node if at.node.kind in FUNCTIONS else function_around(at.node)
    around = function.parent if function is not None else None
    call = around.parent if around is not None and around.kind == "arguments" else None
    if call is None or called(call) not in ("forEach", "map") or fate_of(call) is not Fate.DROPPED:
        return ()
    outer = function_around(call)
    name = (call.get("function") or call).get("property")
    if outer is None or not is_async(outer) or name is None:
        return ()
    return (
        before(at.file, call, "await Promise.all("),
        instead(at.file, name, "map"),
        behind(at.file, call, ")"),
    )


def _awaited(at: Placed) -> tuple[Edit, ...]:
    """`await` in front of it, where its function may await."""
    together = _together(at)
    function = function_around(at.node)
    if together or function is None or at.node.kind in FUNCTIONS:
        return together
    made: tuple[Edit, ...] = ()
    given_to = function.parent.parent if function.parent and function.parent.kind == "arguments" else None
    if given_to is not None and called(given_to) in THEN:
        return _awaited(Placed(at.file, given_to))
    if not is_async(function):
        if function.kind != "arrow_function" or function.parent is None or not is_deferred(function):
            return ()
        made = (before(at.file, function, "async "),)
    start = outermost(at.node)
    around = start.parent
    if around is not None and around.kind == "unary_expression" and around.text.startswith("void"):
        return (*made, Edit(at.file, around.start, start.start, "await "))
    return (*made, before(at.file, start, "await "))
