"""In which order parts of a function run, and whether one run can meet both."""

from __future__ import annotations

from iahome_fix.source.nodes import FUNCTIONS, Node

_ENDS = ("return_statement", "throw_statement", "continue_statement", "break_statement")
_BRANCHES = ("if_statement", "ternary_expression", "switch_body", "binary_expression")


def both_run(first: Node, second: Node) -> bool:
    """Whether one run of a function can come past both, the first one before the second, for all that its
    branches say.
    """
    chain = _above(first)
    common = next((node for node in _above(second) if node in chain), None)
    if common is None:
        return False
    mine, other = _child(common, first), _child(common, second)
    if common.kind in _BRANCHES and mine is not other:
        return mine is not None and mine.field == "condition"
    if common.kind == "try_statement" and mine is not other:
        return mine is not None and mine.field == "body" and (other is None or other.field != "handler")
    return not _leaves(first, common)


def _leaves(node: Node, common: Node) -> bool:
    """Whether the branch that the node stands in ends the function before what follows it."""
    while node.parent is not None and node is not common:
        around = node.parent
        if around.kind in FUNCTIONS:
            return True
        if around is common:
            break
        if (
            node.kind in ("statement_block", "else_clause")
            and ends(node)
            and around.kind
            in (
                "if_statement",
                "else_clause",
                "catch_clause",
            )
        ):
            return True
        if around.kind in ("switch_case", "switch_default") and ends(around):
            return _ends_function(around)
        if around.kind in ("return_statement", "throw_statement"):
            return True
        node = around
    return False


def ends(block: Node) -> bool:
    """Whether the last statement of a block leaves it."""
    last = block.children[-1] if block.children else None
    while last is not None and last.kind in ("statement_block", "else_clause"):
        last = last.children[-1] if last.children else None
    return last is not None and last.kind in _ENDS


def _ends_function(block: Node) -> bool:
    last = block.children[-1] if block.children else None
    while last is not None and last.kind == "statement_block":
        last = last.children[-1] if last.children else None
    return last is not None and last.kind in ("return_statement", "throw_statement")


def _above(node: Node) -> list[Node]:
    found = []
    around = node.parent
    while around is not None:
        found.append(around)
        if around.kind in FUNCTIONS:
            break
        around = around.parent
    return found


def _child(common: Node, node: Node) -> Node | None:
    while node.parent is not None and node.parent is not common:
        node = node.parent
    return node
