"""Parses TypeScript and JavaScript by tree-sitter, where that is installed (the extra `[app]`)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from iahome_fix.errors import MissingExtra
from iahome_fix.i18n import _
from iahome_fix.installing import to_add
from iahome_fix.source.nodes import KEPT, Node

if TYPE_CHECKING:
    from tree_sitter import Parser, TreeCursor

_EXTRA: Final = "iahome-fix[app]"
"""What brings the parser."""

MOST_SECONDS: Final = 2.0
"""A file that takes longer (seconds) is none that somebody wrote."""
_PIECE = 2_048
"""Bytes; after each of them the time is looked at."""


def required() -> None:
    """Raises MissingExtra where the parser is not installed."""
    _parser()


def parse(text: str) -> Node | None:
    """The tree of a file; None where it cannot be read within the limit. Raises MissingExtra.

    The grammar is that of tsx, which reads JavaScript and JSX as well. What it could not read stands in the
    tree as nodes that are `broken`.
    """
    source = text.encode("utf-8", "replace")
    until = time.monotonic() + MOST_SECONDS
    late = False

    def piece(offset: int, _point: object) -> bytes:
        # What takes too long ends here: tree-sitter's own progress callback ends the process before 0.26.1.
        nonlocal late
        late = late or time.monotonic() > until
        return b"" if late else source[offset : offset + _PIECE]

    tree = _parser().parse(piece)
    if late:
        return None
    return _copied(tree.walk(), source)


def _parser() -> Parser:
    try:
        import tree_sitter_typescript
        from tree_sitter import Language, Parser
    except ImportError:
        raise MissingExtra(
            _("the parser of TypeScript is not installed, so the app's source cannot be understood"),
            _("install it: {command}").format(command=to_add(_EXTRA)),
        ) from None
    return Parser(Language(tree_sitter_typescript.language_tsx()))


def _copied(cursor: TreeCursor, source: bytes) -> Node:
    """The tree as nodes of our own, which are cheap to walk; comments are left out. Not recursive: trees are
    as deep as somebody's brackets."""
    root: Node | None = None
    parent: Node | None = None
    while True:
        node = cursor.node
        if node is None:
            return root or Node("program", None, 0, 0, 1, None, source)
        kind = node.type
        field = cursor.field_name
        made = None
        if kind != "comment" and (node.is_named or node.is_missing or field == "operator" or kind in KEPT):
            made = Node(
                "ERROR" if node.is_missing else kind,
                field,
                node.start_byte,
                node.end_byte,
                node.start_point[0] + 1,
                parent,
                source,
            )
            if parent is None:
                root = made
            else:
                parent.children.append(made)
        if made is not None and cursor.goto_first_child():
            parent = made
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return root or Node("program", None, 0, 0, 1, None, source)
            parent = parent.parent if parent is not None else None
