"""What the handler verifies: the raw body, once, or something that was made of it."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, before, behind, instead
from iahome_fix.source.following import Placed
from iahome_fix.source.handling import altered
from iahome_fix.source.handling.flow import both_run
from iahome_fix.source.handling.model import Fault, Handler
from iahome_fix.source.handling.raw import node_reader, parsed_by_next, read_raw, read_text
from iahome_fix.source.handling.tracing import is_request, origins, verifications
from iahome_fix.source.nodes import (
    Node,
    arguments,
    called,
    calls,
    member_of,
    parameters,
    path_of,
    plain,
    receiver,
)
from iahome_fix.source.scopes import Binding, How, is_name, lookup

_READS = ("text", "json", "arrayBuffer", "blob", "formData", "bytes")
_RAW = ("text", "arrayBuffer", "blob", "bytes")


def faults(handler: Handler) -> Iterator[Fault]:
    """A parsed or spent body where the raw one is needed."""
    found = verifications(handler)
    told = False
    for call in found:
        given = arguments(call.node)
        fault = _of_payload(handler, call, Placed(call.file, given[0])) if given else None
        if fault is not None:
            told = True
            yield fault
    if told or not found:
        return
    if handler.answers_by_response:
        yield from _spent(handler)
    else:
        yield from parsed_by_next(handler)


def _of_payload(handler: Handler, call: Placed, payload: Placed) -> Fault | None:
    """What is wrong with what is verified; None where some way leads to the raw body."""
    found: list[Fault] = []
    bare = _without_a_buffer(handler, call, payload) or _not_awaited(handler, call, payload)
    if bare is not None:
        return bare
    changed = altered.fault(handler, call, payload)
    if changed is not None:
        return changed
    for origin in origins(handler, payload):
        if _is_raw(handler, origin):
            return None
        fault = _of_origin(handler, call, origin)
        found += [fault] if fault is not None else []
    return found[0] if found else None


def _without_a_buffer(handler: Handler, call: Placed, payload: Placed) -> Fault | None:
    """An ArrayBuffer or a Blob as it is: stripe-node takes text, a Buffer or a Uint8Array (Webhooks.ts)."""
    for value in handler.follower.values(payload):
        asked = receiver(value.node) if value.node.kind == "call_expression" else None
        if asked is None or called(value.node) not in ("arrayBuffer", "blob"):
            continue
        if handler.answers_by_response and is_request(handler, Placed(value.file, asked)):
            return Fault(
                call,
                _("{where} verifies {code} as it is, which is neither text nor a Buffer").format(
                    where=call.where, code=value.node.text
                ),
                edits=(instead(value.file, value.node, f"{asked.text}.text()"),),
            )
    return None


def _not_awaited(handler: Handler, call: Placed, payload: Placed) -> Fault | None:
    """A promise of the body in place of the body."""
    node = plain(payload.node)
    binding = lookup(node, node.text) if node is not None and node.kind == "identifier" else None
    if binding is not None:
        node = plain(binding.value) if binding.how is How.VALUE and not binding.path else None
    asked = receiver(node) if node is not None and node.kind == "call_expression" else None
    if node is None or asked is None or called(node) not in _RAW or not handler.answers_by_response:
        return None
    if not is_request(handler, Placed(payload.file, asked)):
        return None
    return Fault(
        call,
        _("{where} verifies {code} without await, which is a promise and no text").format(
            where=call.where, code=node.text
        ),
        edits=(before(payload.file, node, "await "),),
    )


def _is_raw(handler: Handler, origin: Placed) -> bool:
    node = origin.node
    if node.kind != "call_expression":
        return False
    if handler.answers_by_response:
        return called(node) in _RAW and receiver(node) is not None
    return node_reader(handler, origin) is not None or called(node) in ("buffer", "concat")


def _of_origin(handler: Handler, call: Placed, origin: Placed) -> Fault | None:
    node, where = origin.node, call.where
    name = called(node) if node.kind == "call_expression" else None
    inner = receiver(node) if name is not None else None
    if name is not None and path_of(node.get("function")) in (("JSON", "stringify"), ("JSON", "parse")):
        return Fault(
            call,
            _(
                "{where} verifies a body that was parsed and written anew, which is not what was signed"
            ).format(where=where),
            edits=read_text(handler, origin),
        )
    if name in ("json", "formData") and inner is not None and not arguments(node):
        return Fault(
            call,
            _("{where} verifies the parsed body instead of the raw text").format(where=where),
            edits=read_text(handler, origin),
        )
    if name in _RAW and inner is not None and is_request(handler, Placed(origin.file, inner)):
        return Fault(
            call,
            _("{where} verifies {code}, a function that requests of the pages router do not have").format(
                where=where, code=node.text
            ),
            edits=read_raw(handler, origin, inner),
        )
    return _of_stream(handler, call, origin)


def _of_stream(handler: Handler, call: Placed, origin: Placed) -> Fault | None:
    member = member_of(origin.node)
    if member is not None and member[1] == "body" and is_request(handler, Placed(origin.file, member[0])):
        if handler.answers_by_response:
            return Fault(
                call,
                _("{where} verifies {code}, which is a stream in the app router and no text").format(
                    where=call.where, code=origin.node.text
                ),
                edits=(instead(origin.file, origin.node, f"await {member[0].text}.text()"),),
            )
        return Fault(
            call,
            _("{where} verifies the parsed body ({code}) instead of the raw one").format(
                where=call.where, code=origin.node.text
            ),
            edits=read_raw(handler, origin, member[0]),
        )
    reader = node_reader(handler, origin)
    given = arguments(origin.node) if reader is not None else []
    if reader is None or not given or not handler.answers_by_response:
        return None
    body = member_of(given[0])
    asked = body[0] if body is not None and body[1] == "body" else given[0]
    if not is_request(handler, Placed(origin.file, asked)):
        return None
    return Fault(
        origin,
        _("{where} reads the body by {reader}, which knows no requests of the app router").format(
            where=origin.where, reader=reader
        ),
        edits=(instead(origin.file, origin.node, f"{asked.text}.text()"),),
    )


def _spent(handler: Handler) -> Iterator[Fault]:
    """The body is a stream: whoever reads it second gets an exception."""
    request, entry = handler.request(), handler.entry
    if request is None or entry is None or request.kind != "identifier":
        return
    binding = lookup(entry.node.get("body") or entry.node, request.text)
    if binding is None or binding.node is not request:
        return
    reads = [
        node
        for node in entry.node.walk_here()
        if node.kind == "call_expression" and _reads_it(handler, entry, node, binding)
    ]
    for place, first in enumerate(reads):
        second = next((other for other in reads[place + 1 :] if both_run(first, other)), None)
        if second is not None:
            yield Fault(
                Placed(entry.file, second),
                _("{where} reads the body a second time (line {line} did before): it is gone then").format(
                    where=entry.file.at(second), line=first.line
                ),
                edits=_of_a_copy(entry, first, binding),
            )
            return


def _of_a_copy(entry: Placed, read: Node, binding: Binding) -> tuple[Edit, ...]:
    """The first read of a copy, so that the body is left to the second."""
    asked = next((part for part in (receiver(read), *arguments(read)) if is_name(part, binding)), None)
    return (behind(entry.file, asked, ".clone()"),) if asked is not None else ()


def _reads_it(handler: Handler, entry: Placed, node: Node, binding: Binding) -> bool:
    """Whether a call reads the request's body: by itself, or in a helper that it is handed to."""
    if called(node) in _READS and is_name(receiver(node), binding):
        return True
    for index, given in enumerate(arguments(node)):
        if is_name(given, binding):
            function = handler.follower.called(Placed(entry.file, node))
            # What a wrapper is given is called by its own name for it.
            given_to = handler.wrapped if function is None and _is_given(node) else (function,)
            return any(one is not None and _consumes(one, index) for one in given_to)
    return False


def _is_given(call: Node) -> bool:
    function = plain(call.get("function"))
    binding = lookup(function, function.text) if function and function.kind == "identifier" else None
    return binding is not None and binding.how is How.PARAMETER


def _consumes(function: Placed, index: int) -> bool:
    given = parameters(function.node)
    if index >= len(given) or given[index].kind != "identifier":
        return False
    binding = lookup(function.node.get("body") or function.node, given[index].text)
    return any(is_name(receiver(call), binding) for call in calls(function.node, *_READS))
