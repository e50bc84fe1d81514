"""A handler that asks who is signed in: Stripe is signed in nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.answers import Request
from iahome_fix.source.edits import Edit
from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import Fault, Handler

_REFUSED = ("401", "403", "redirect", "protect")


def faults(handler: Handler) -> Iterator[Fault]:
    """A refusal that a POST by nobody who is signed in comes to for certain."""
    entry = handler.entry
    if entry is None or handler.file.route is None:
        return
    answer = Request(handler.follower, handler.file.route).run(entry)
    turned = answer.turned
    if turned is None or not answer.known or not any(word in turned.node.text for word in _REFUSED):
        return
    yield Fault(
        turned,
        _("{where} turns away everybody who is not signed in, and Stripe is signed in nowhere").format(
            where=turned.where
        ),
        # Others live by what another file asks.
        edits=_without(turned) if turned.file is handler.file else (),
    )


def _without(turned: Placed) -> tuple[Edit, ...]:
    """The handler's file without the question that the refusal answers, where it asks nothing else: the
    signature may be asked for beside the login.
    """
    asked = turned.node.above("if_statement")
    condition = asked.get("condition") if asked is not None else None
    if asked is None or condition is None or asked.get("alternative") is not None:
        return ()
    operators = (part.get("operator") for part in condition.walk() if part.kind == "binary_expression")
    if any(one is not None and one.text in ("||", "&&", "??") for one in operators):
        return ()
    source = asked.source
    start = source.rfind(b"\n", 0, asked.start) + 1
    end = source.find(b"\n", asked.end)
    if source[start : asked.start].strip() or end < 0 or source[asked.end : end].strip(b" ;"):
        return ()
    return (Edit(turned.file, start, end + 1, ""),)
