"""A raw body that is changed on its way to the verification: another character set, or another text."""

from __future__ import annotations

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, instead
from iahome_fix.source.following import DEEPEST, Placed
from iahome_fix.source.handling.model import Fault, Handler
from iahome_fix.source.nodes import Node, arguments, called, receiver, text_of, unawaited

_CHANGES = ("replace", "replaceAll", "toLowerCase", "toUpperCase", "normalize")
_ON = ("toString", "trim", *_CHANGES)
_OF = ("from", "String", "decode")
_ONE_BYTE = ("latin1", "binary", "ascii", "iso-8859-1", "windows-1252", "us-ascii")
"""Character sets that have one byte a letter: what is beyond ASCII becomes something else."""


def fault(handler: Handler, call: Placed, payload: Placed) -> Fault | None:
    """What changes the body before it is verified; None where nothing is seen to.

    Stripe signs the bytes that it sends, which are UTF-8 (Stripe, "Resolve webhook signature verification
    errors"). Blanks that are taken from its ends change nothing: it sends none there.
    """
    at = payload
    for _depth in range(DEEPEST):
        node = unawaited(at.node)
        if node is None:
            return None
        if node.kind != "call_expression":
            values = [
                value for value in handler.follower.values(Placed(at.file, node)) if value.node is not node
            ]
            if len(values) != 1:
                return None
            at = values[0]
            continue
        found = _of_call(call, Placed(at.file, node))
        if found is not None:
            return found
        inner = _handed_on(node)
        if inner is None:
            return None
        at = Placed(at.file, inner)
    return None


def _of_call(call: Placed, at: Placed) -> Fault | None:
    node = at.node
    encoding = _encoding(node)
    said = (text_of(encoding) or "").lower() if encoding is not None else ""
    if encoding is not None and said in _ONE_BYTE:
        return Fault(
            call,
            _(
                "{where} verifies a body that was read as {encoding}, while Stripe signs UTF-8: it refuses"
                " each event with a letter such as é"
            ).format(where=call.where, encoding=said),
            edits=_utf8(at, encoding),
        )
    if called(node) in _CHANGES and receiver(node) is not None:
        return Fault(
            call,
            _("{where} verifies a body that {code} has changed, which is not what was signed").format(
                where=call.where, code=f".{called(node)}()"
            ),
        )
    return None


def _encoding(node: Node) -> Node | None:
    """Where the character set is named: `bytes.toString('latin1')`, `new TextDecoder('latin1').decode(…)`."""
    if called(node) == "toString":
        return next(iter(arguments(node)), None)
    decoder = receiver(node) if called(node) == "decode" else None
    if decoder is None or decoder.kind != "new_expression":
        return None
    return next(iter(arguments(decoder)), None)


def _utf8(at: Placed, encoding: Node) -> tuple[Edit, ...]:
    return (instead(at.file, encoding, "'utf-8'"),)


def _handed_on(node: Node) -> Node | None:
    """What a conversion is made of."""
    if called(node) in _ON:
        return receiver(node)
    return next(iter(arguments(node)), None) if called(node) in _OF else None
