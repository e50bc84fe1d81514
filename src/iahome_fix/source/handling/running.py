"""Whether the runtime that the handler chose has what it uses."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, before, instead
from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import Fault, Handler
from iahome_fix.source.handling.tracing import verifications
from iahome_fix.source.nodes import Node, called, function_around, is_async, text_of

# nextjs.org/docs/app/api-reference/edge: what Node.js has and the edge runtime has not, as far as it is used
# by handlers; packages that are built on it.
_NODE_ONLY = frozenset(
    (
        *("fs", "fs/promises", "net", "tls", "dns", "child_process", "http2", "cluster", "worker_threads"),
        *("crypto", "vm", "os", "micro", "raw-body", "pg", "mysql2", "mysql2/promise", "nodemailer"),
        *("mongoose", "mongodb", "ioredis", "bcrypt", "firebase-admin", "better-sqlite3"),
    )
)


def faults(handler: Handler) -> Iterator[Fault]:
    """The edge runtime with what only Node.js has."""
    edge = handler.edge
    if edge is None:
        return
    for call in verifications(handler):
        if called(call.node) == "constructEvent" and _is_stripes(call.node):
            yield Fault(
                call,
                _(
                    "{where} verifies by the synchronous constructEvent, which throws in the edge runtime"
                    " ({edge}): constructEventAsync does not"
                ).format(where=call.where, edge=edge.where),
                edits=_asynchronous(call),
            )
    for node, module in _node_only(handler):
        yield Fault(
            Placed(handler.file, node),
            _("{where} imports {module}, which the edge runtime ({edge}) does not have").format(
                where=handler.file.at(node), module=module, edge=edge.where
            ),
            edits=(instead(edge.file, edge.node, "'nodejs'"),) if text_of(edge.node) else (),
        )


def _is_stripes(call: Node) -> bool:
    function = call.get("function")
    return function is not None and function.kind == "member_expression"


def _asynchronous(call: Placed) -> tuple[Edit, ...]:
    function = call.node.get("function")
    name = function.get("property") if function is not None else None
    around = function_around(call.node)
    if name is None or around is None or not is_async(around):
        return ()
    return (instead(call.file, name, "constructEventAsync"), before(call.file, call.node, "await "))


def _node_only(handler: Handler) -> Iterator[tuple[Node, str]]:
    for node in handler.file.tree.children:
        if node.kind == "import_statement" and not node.has("type"):
            source = text_of(node.get("source"))
            module = (source or "").removeprefix("node:")
            if module in _NODE_ONLY and node.first("import_clause") is not None:
                yield node, source or ""
