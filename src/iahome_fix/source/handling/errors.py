"""Whether somebody is told when a write fails: by an answer that is no 2xx, Stripe sends the event again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, before, behind, indent_of, instead
from iahome_fix.source.files import SourceFile
from iahome_fix.source.following import DEEPEST, Placed
from iahome_fix.source.handling.model import Fault, Handler
from iahome_fix.source.handling.promises import Fate, fate_of, is_deferred
from iahome_fix.source.known_tables import BESIDE
from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    called,
    function_around,
    member_of,
    name_of,
    outermost,
    parameters,
    path_of,
    receiver,
)
from iahome_fix.source.scopes import Binding, lookup, uses_of
from iahome_fix.source.tables import TableUse

_ANSWERS = ("Response", "NextResponse")
_LOGS = ("console", "logger", "log", "Sentry")
_MOST_SHOWN = 3


class Told(Enum):
    """What happens when a write fails."""

    YES = "told"
    NO = "swallowed"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Verdict:
    """What happens, and the corrected lines where it is swallowed."""

    told: Told
    edits: tuple[Edit, ...] = ()


_YES, _UNCLEAR = Verdict(Told.YES), Verdict(Told.UNCLEAR)


def faults(handler: Handler) -> Iterator[Fault]:
    """Writes whose failure ends in the answer 200."""
    lost: list[TableUse] = []
    edits: list[Edit] = []
    for use in handler.uses:
        if not use.adds or use.table in BESIDE or is_deferred(use.node):
            continue
        verdict = _verdict(handler, use)
        if verdict.told is Told.NO:
            lost.append(use)
            edits += verdict.edits
    if lost:
        yield Fault(
            Placed(lost[0].file, lost[0].node),
            _("when the write at {where} fails, the handler answers 200 all the same").format(
                where=", ".join(use.where for use in lost[:_MOST_SHOWN])
            ),
            serious=False,
            unanswered=True,
            edits=tuple(edits),
        )


def _verdict(handler: Handler, use: TableUse) -> Verdict:
    node = outermost(use.node)
    if fate_of(use.node) is not Fate.AWAITED or node.parent is None:
        return _UNCLEAR
    if any(call.name == "throwOnError" for call in use.calls):
        return _thrown(handler, Placed(use.file, use.node), 0)
    awaited = outermost(node.parent)
    around = awaited.parent
    if around is not None and around.kind == "expression_statement":
        text = "const { error: writeError } = "
        return _swallowed(handler, use, around, before(use.file, awaited, text), "writeError")
    if around is None or around.kind != "variable_declarator":
        return _UNCLEAR
    name = around.get("name")
    error = _error_of(name)
    statement = around.parent or around
    if error is None:
        if name is None or name.kind != "object_pattern" or _looks_at(name):
            return _UNCLEAR
        comma = Edit(use.file, name.end - 1, name.end - 1, ", error: writeError ")
        return _swallowed(handler, use, statement, comma, "writeError")
    return _of_uses(handler, use, error, statement)


def _swallowed(handler: Handler, use: TableUse, statement: Node, edit: Edit, name: str) -> Verdict:
    """Nobody looks at the error: it is thrown then, if that tells anybody."""
    thrown = f"\n{indent_of(statement)}if ({name}) throw {name}"
    rest = _thrown(handler, Placed(use.file, use.node), 0)
    return Verdict(Told.NO, (edit, behind(use.file, statement, thrown), *rest.edits))


def _error_of(name: Node | None) -> Binding | None:
    """What the error of a result is called: `{ error }`, `{ error: e }`, or the result itself."""
    if name is None:
        return None
    if name.kind == "identifier":
        return lookup(name, name.text)
    for part in name.walk():
        if part.kind in ("identifier", "shorthand_property_identifier_pattern"):
            binding = lookup(part, part.text)
            if binding is not None and binding.node is part and binding.path[-1:] == ("error",):
                return binding
    return None


def _looks_at(pattern: Node) -> bool:
    """Whether a part that is taken instead of the error is tested: `if (!data) throw …`."""
    for part in pattern.walk():
        binding = lookup(part, part.text) if part.kind.startswith(("identifier", "shorthand")) else None
        if binding is not None and any(_condition(use) is not None for use in uses_of(binding)):
            return True
    return False


def _condition(use: Node) -> Node | None:
    """The `if` in whose condition a name stands."""
    node = use
    while node.parent is not None and node.parent.kind not in FUNCTIONS:
        if node.parent.kind == "if_statement":
            return node.parent if node.field == "condition" else None
        node = node.parent
    return None


def _of_uses(handler: Handler, use: TableUse, error: Binding, statement: Node) -> Verdict:
    found = [one for one in uses_of(error) if one is not error.node]
    if error.path == ():
        found = [one for one in found if (member_of(one.parent) or ("", ""))[1] == "error"]
    verdict: Verdict | None = None
    for one in found:
        says = _of_use(handler, use.file, one)
        if says is None:
            continue
        if says.told is not Told.NO:
            return says
        verdict = verdict or says
    if verdict is not None:
        return verdict
    name = f"{error.node.text}.error" if error.path == () else error.node.text
    thrown = f"\n{indent_of(statement)}if ({name}) throw {name}"
    rest = _thrown(handler, Placed(use.file, use.node), 0)
    return Verdict(Told.NO, (behind(use.file, statement, thrown), *rest.edits))


def _of_use(handler: Handler, file: SourceFile, use: Node) -> Verdict | None:
    """What one use of an error says; None for a use that only writes it to the log."""
    condition = _condition(use)
    if condition is not None:
        return _of_branch(handler, Placed(file, condition), use)
    statement = use.above(
        "throw_statement", "return_statement", "expression_statement", "variable_declarator"
    )
    if statement is None:
        return _UNCLEAR
    if statement.kind == "throw_statement":
        return _thrown(handler, Placed(file, statement), 0)
    call = use.above("call_expression")
    if statement.kind == "expression_statement" and call is not None and _is_log(call):
        return None
    return _UNCLEAR


def _is_log(call: Node) -> bool:
    path = path_of(call.get("function"))
    return path is not None and (path[0] in _LOGS or path[-1] in ("error", "warn", "log", "captureException"))


def _of_branch(handler: Handler, at: Placed, use: Node) -> Verdict:
    """An `if` about the error."""
    condition, branch = at.node.get("condition"), at.node.get("consequence")
    if condition is None or branch is None:
        return _UNCLEAR
    negated = use.above("unary_expression")
    if negated is not None and negated.within(condition):
        return _UNCLEAR
    says = _says(handler, Placed(at.file, branch))
    if says.told is Told.NO and branch.kind == "statement_block":
        inside = indent_of(at.node) + "  "
        name = use.parent.text if use.parent is not None and member_of(use.parent) else use.text
        rest = _thrown(handler, at, 0)
        closing = Edit(at.file, branch.end - 1, branch.end - 1, f"  throw {name}\n{inside[:-2]}")
        return Verdict(Told.NO, (closing, *rest.edits))
    return says


def _says(handler: Handler, block: Placed) -> Verdict:
    """Whether a block throws, or answers with an error."""
    unclear = False
    for node in block.node.walk_here():
        if node.kind == "throw_statement":
            return _thrown(handler, Placed(block.file, node), 0)
        if node.kind == "number" and node.text.isdigit() and 400 <= int(node.text) <= 599:
            return _YES
        if node.kind == "call_expression" and called(node) in ("reject", "error") and not _is_log(node):
            return _YES
        if node.kind in ("continue_statement", "break_statement", "assignment_expression"):
            unclear = True
        if node.kind == "return_statement" and not _is_plain_answer(handler, node):
            unclear = True
        if node.kind == "call_expression" and called(node) in ("push", "next", "resolve"):
            unclear = True
    return _UNCLEAR if unclear else Verdict(Told.NO)


def _is_plain_answer(handler: Handler, statement: Node) -> bool:
    """`return`, or the answer itself, in the handler; what a helper returns others look at."""
    function, entry = function_around(statement), handler.entry
    if function is None or entry is None or function is not entry.node:
        return False
    value = statement.children[0] if statement.children else None
    if value is None:
        return True
    if value.kind == "new_expression":
        return name_of(value.get("constructor")) in _ANSWERS
    if value.kind != "call_expression":
        return False
    inner = value
    while inner is not None and inner.kind == "call_expression":
        found = receiver(inner)
        if found is None:
            return False
        inner = found
    given = parameters(entry.node)
    return name_of(inner) in (*_ANSWERS, *(p.text for p in given[1:2]))


def _thrown(handler: Handler, at: Placed, depth: int) -> Verdict:
    """What becomes of an exception: the nearest `catch` has it, else who called, else Next.js answers 500."""
    if depth > DEEPEST:
        return _UNCLEAR
    function = function_around(at.node)
    clause = _catch_around(at.node, function)
    while clause is not None:
        says = _of_catch(handler, Placed(at.file, clause))
        if says is not None:
            return says
        clause = _catch_around(clause.parent or clause, function)
    if function is None or (handler.entry is not None and function is handler.entry.node):
        return _YES
    around = outermost(function).parent
    if around is not None and around.kind in ("arguments", "call_expression"):
        return _UNCLEAR
    found: list[Verdict] = []
    for call in handler.follower.callers(handler.files, Placed(at.file, function)):
        if fate_of(call.node) is not Fate.AWAITED or _has_catch(call.node):
            return _UNCLEAR
        if function_around(call.node) is not function:
            found.append(_thrown(handler, call, depth + 1))
    if not found:
        return _UNCLEAR
    return next((v for v in found if v.told is Told.NO), found[0])


def _has_catch(call: Node) -> bool:
    member = member_of(outermost(call).parent)
    return member is not None and member[1] in ("catch", "then", "finally")


def _catch_around(node: Node, function: Node | None) -> Node | None:
    """The `catch` that sees what is thrown in a node."""
    while node.parent is not None and node is not function:
        around = node.parent
        if around.kind == "try_statement" and node.field == "body":
            clause = around.get("handler")
            if clause is not None:
                return clause
        node = around
    return None


def _of_catch(handler: Handler, at: Placed) -> Verdict | None:
    """What a `catch` does; None where it throws again."""
    block = at.node.get("body")
    if block is None:
        return _UNCLEAR
    if any(node.kind == "throw_statement" for node in block.walk_here()):
        return None
    says = _says(handler, Placed(at.file, block))
    if says.told is not Told.NO:
        return says
    return Verdict(Told.NO, _answered(handler, at, block))


def _answered(handler: Handler, at: Placed, block: Node) -> tuple[Edit, ...]:
    """The `catch` with an answer that makes Stripe send the event again."""
    entry = handler.entry
    if entry is not None and function_around(block) is entry.node:
        if handler.answers_by_response:
            answer = "return new Response('not written', { status: 500 })"
        else:
            given = parameters(entry.node)
            if len(given) < 2:
                return ()
            answer = f"return {given[1].text}.status(500).json({{ error: 'not written' }})"
    else:
        name = name_of(at.node.get("parameter"))
        if name is None:
            return ()
        answer = f"throw {name}"
    last = block.children[-1] if block.children else None
    if last is not None and last.kind == "return_statement":
        return (instead(at.file, last, answer),)
    indent = indent_of(at.node)
    return (Edit(at.file, block.end - 1, block.end - 1, f"  {answer}\n{indent}"),)
