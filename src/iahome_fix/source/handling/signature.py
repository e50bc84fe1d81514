"""The other arguments of the verification: the signature's header and the signing secret."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.clients import origin_of
from iahome_fix.source.edits import instead
from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import Fault, Handler
from iahome_fix.source.handling.tracing import is_request, origins, verifications
from iahome_fix.source.nodes import Node, arguments, called, member_of, path_of, receiver, text_of

HEADER = "stripe-signature"
_SYNCHRONOUS_UNTIL = 15
"""The last major version of Next.js in which `headers()` works without await (its guide to version 16)."""


def faults(handler: Handler) -> Iterator[Fault]:
    """A header that the router does not have so, a secret of another kind, arguments in another order."""
    for call in verifications(handler):
        given = arguments(call.node)
        if len(given) < 3:
            continue
        signature, secret = Placed(call.file, given[1]), Placed(call.file, given[2])
        if _is_header(handler, secret) and not _is_header(handler, signature):
            yield Fault(
                call,
                _(
                    "{where} is given the secret before the signature: the order is body, signature, secret"
                ).format(where=call.where),
                edits=(
                    instead(call.file, given[1], given[2].text),
                    instead(call.file, given[2], given[1].text),
                ),
            )
            continue
        for origin in origins(handler, signature):
            fault = _of_header(handler, origin)
            if fault is not None:
                yield fault
                break
        yield from _of_secret(handler, call, secret)


def _is_header(handler: Handler, at: Placed) -> bool:
    return any(
        (text or "").lower() == HEADER
        for origin in origins(handler, at)
        for text in (
            text_of(part) for part in origin.node.walk() if part.kind in ("string", "template_string")
        )
    )


def _of_header(handler: Handler, origin: Placed) -> Fault | None:
    node = origin.node
    if node.kind == "call_expression" and called(node) == "get":
        return _of_get(handler, origin)
    member = member_of(node)
    name = member[1] if member is not None else ""
    around = member_of(member[0]) if member is not None else None
    if member is None or around is None or around[1] != "headers":
        return None
    if not is_request(handler, Placed(origin.file, around[0])):
        return None
    if handler.answers_by_response:
        return Fault(
            origin,
            _(
                "{where} takes the signature by {code}: the headers of the app router have it by get() only"
            ).format(where=origin.where, code=node.text),
            edits=(instead(origin.file, node, f"{member[0].text}.get('{HEADER}')"),),
        )
    if name.lower() == HEADER and name != HEADER:
        return Fault(
            origin,
            _("{where} takes the signature by {name}: the headers of Node.js have small letters only").format(
                where=origin.where, name=name
            ),
            edits=(instead(origin.file, node, f"{member[0].text}['{HEADER}']"),),
        )
    return _other_name(origin, name)


def _of_get(handler: Handler, origin: Placed) -> Fault | None:
    node = origin.node
    given, before = arguments(node), receiver(node)
    name = text_of(given[0]) if given else None
    if before is None or name is None:
        return None
    around = member_of(before)
    if (
        not handler.answers_by_response
        and around is not None
        and around[1] == "headers"
        and is_request(handler, Placed(origin.file, around[0]))
    ):
        return Fault(
            origin,
            _(
                "{where} takes the signature by get(), which the headers of the pages router do not have"
            ).format(where=origin.where),
            edits=(instead(origin.file, node, f"{before.text}['{HEADER}']"),),
        )
    late = _unawaited_headers(handler, origin, before)
    if late is not None:
        return late
    return _other_name(origin, name)


def _other_name(origin: Placed, name: str) -> Fault | None:
    if name.lower() == HEADER or not ("stripe" in name.lower() or name.lower() == "signature"):
        return None
    return Fault(
        origin,
        _("{where} takes the signature from the header {name}; Stripe's is {header}").format(
            where=origin.where, name=name, header=HEADER
        ),
        edits=tuple(
            instead(origin.file, part, f"'{HEADER}'")
            for part in origin.node.walk()
            if part.kind == "string" and text_of(part) == name
        ),
    )


def _unawaited_headers(handler: Handler, origin: Placed, before: Node) -> Fault | None:
    """`headers().get(…)`: since Next.js 16 `headers()` is a promise and nothing else."""
    if not handler.in_app_router:
        return None
    for found in origins(handler, Placed(origin.file, before)):
        function = found.node.get("function") if found.node.kind == "call_expression" else None
        if function is None or path_of(function) != ("headers",):
            continue
        if handler.follower.module_of(function) != "next/headers":
            continue
        outer = found.node.parent
        while outer is not None and outer.kind == "parenthesized_expression":
            outer = outer.parent
        if outer is not None and outer.kind in ("await_expression", "call_expression", "arguments"):
            return None
        root = handler.file.app.root if handler.file.app is not None else ""
        version = handler.checkout.manifests.major(root, "next")
        if version is None or version[0] <= _SYNCHRONOUS_UNTIL:
            return None
        text = "await headers()" if found.node is not before else "(await headers())"
        return Fault(
            found,
            _(
                "{where} does not await headers(), which is a promise since Next.js 16 ({file} has {version})"
            ).format(where=found.where, file=version[1], version=version[0]),
            edits=(instead(found.file, found.node, text),),
        )
    return None


def _of_secret(handler: Handler, call: Placed, secret: Placed) -> Iterator[Fault]:
    found = origin_of(handler.follower, secret)
    name = found.variables[0] if found is not None and found.variables else ""
    upper = name.upper()
    if "WEBHOOK" in upper or "SIGN" in upper or not upper:
        return
    if "STRIPE" in upper and ("SECRET_KEY" in upper or "API_KEY" in upper or "PUBLISHABLE" in upper):
        place = found.node if found is not None else None
        yield Fault(
            call,
            _(
                "{where} verifies with {name}, which is the API key and not the endpoint's signing secret"
            ).format(where=call.where, name=name),
            edits=(instead(place.file, place.node, "process.env.STRIPE_WEBHOOK_SECRET!"),)
            if place is not None and place.file.path.endswith((".ts", ".tsx"))
            else (instead(place.file, place.node, "process.env.STRIPE_WEBHOOK_SECRET"),)
            if place is not None
            else (),
        )
