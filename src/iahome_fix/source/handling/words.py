"""Words that Stripe and Supabase do not know: event types, states, fields that moved, methods."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, instead
from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import Fault, Handler
from iahome_fix.source.handling.tracing import verifications
from iahome_fix.source.nodes import Node, called, member_of, path_of, plain, receiver, text_of
from iahome_fix.source.sdk import Spoken, spoken
from iahome_fix.systems.stripe_objects import COMPLETED

_TYPE = re.compile(r"checkout[._]session[._]\w+|checkout\.completed", re.IGNORECASE)
_TYPES = frozenset(
    f"checkout.session.{what}"
    for what in ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
)
_STATES = {
    "payment_status": frozenset(("paid", "unpaid", "no_payment_required")),
    "status": frozenset(("open", "complete", "expired")),
}
_LATER = "checkout.session.async_payment_succeeded"
_AT_ONCE = re.compile("|".join(map(re.escape, (COMPLETED, "payment_intent.succeeded", "charge.succeeded"))))
"""Each of these tells what a card pays."""
_RIGHT = {"payment_status": "paid", "status": "complete"}
_MOVED = "2025-03-31"
"""Since 2025-03-31.basil `current_period_end` is of the items of a subscription
(docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end)."""
_PERIODS = ("current_period_start", "current_period_end")


def faults(handler: Handler) -> Iterator[Fault]:
    """Comparisons that are never true, and fields and methods that are not there."""
    for part in handler.parts:
        for node in part.node.walk():
            if node.kind in ("binary_expression", "switch_case"):
                yield from _of_type(handler, Placed(part.file, node))
                yield from _of_later_money(handler, Placed(part.file, node))
            if node.kind == "binary_expression":
                yield from _of_state(handler, Placed(part.file, node))
            elif node.kind == "call_expression":
                yield from _of_method(Placed(part.file, node))
            elif node.kind == "member_expression":
                yield from _of_period(handler, Placed(part.file, node))
                yield from _of_invoice(handler, Placed(part.file, node))


def _strings(node: Node) -> Iterator[Node]:
    for field in ("left", "right", "value"):
        part = plain(node.get(field))
        if part is not None and part.kind == "string":
            yield part


def _of_type(handler: Handler, at: Placed) -> Iterator[Fault]:
    if any(COMPLETED in part.node.text for part in handler.parts):
        return
    for string in _strings(at.node):
        text = text_of(string) or ""
        if _TYPE.fullmatch(text) and text not in _TYPES:
            yield Fault(
                Placed(at.file, string),
                _("{where} waits for the event {text}, which Stripe does not send: it is {right}").format(
                    where=at.file.at(string), text=text, right=COMPLETED
                ),
                edits=(instead(at.file, string, f"'{COMPLETED}'"),),
            )


def _of_later_money(handler: Handler, at: Placed) -> Iterator[Fault]:
    """Cards are paid at once: of a session only `completed` tells of them (Stripe, Fulfill orders)."""
    for string in _strings(at.node):
        if text_of(string) != _LATER or any(_AT_ONCE.search(file.text) for file in handler.checkout):
            continue
        left, operator = at.node.get("left"), at.node.get("operator")
        alone = left is not None and operator is not None and operator.text in ("===", "==")
        wider = f"({left.text} === '{COMPLETED}' || {at.node.text})" if alone and left is not None else ""
        yield Fault(
            at,
            _(
                "{where} waits for {later} alone, which Stripe sends of payments that take days: what a card"
                " pays at once is told by {right}"
            ).format(where=at.where, later=_LATER, right=COMPLETED),
            edits=(instead(at.file, at.node, wider),) if wider else (),
        )


def _of_state(handler: Handler, at: Placed) -> Iterator[Fault]:
    operator = at.node.get("operator")
    if operator is None or operator.text not in ("===", "==", "!==", "!="):
        return
    member = member_of(at.node.get("left"))
    states = _STATES.get(member[1]) if member is not None else None
    right = plain(at.node.get("right"))
    text = text_of(right)
    if member is None or states is None or right is None or text is None or text in states:
        return
    # Only the other field's words are certain where the object has a `status` of its own.
    if member[1] == "status" and text not in _STATES["payment_status"]:
        return
    if _is_session(handler, Placed(at.file, member[0])):
        yield Fault(
            at,
            _("{where} compares {field} with '{text}', which it never is: '{right}' is meant").format(
                where=at.where, field=member[1], text=text, right=_RIGHT[member[1]]
            ),
            edits=(instead(at.file, right, f"'{_RIGHT[member[1]]}'"),),
        )


def _is_session(handler: Handler, at: Placed) -> bool:
    """Whether an expression is a Checkout Session, by where it comes from."""
    for value in handler.follower.values(at):
        text = value.node.text
        if text.endswith(".data.object") or "sessions.retrieve(" in text:
            return True
    return False


def _of_method(at: Placed) -> Iterator[Fault]:
    """supabase-js has no `auth.admin.getUserByEmail` (supabase/supabase-js#657)."""
    path = path_of(at.node.get("function"))
    if path is not None and path[-3:] == ("auth", "admin", "getUserByEmail"):
        yield Fault(
            at,
            _("{where} calls auth.admin.getUserByEmail, which supabase-js does not have: it throws").format(
                where=at.where
            ),
        )


def _of_period(handler: Handler, at: Placed) -> Iterator[Fault]:
    member = member_of(at.node)
    if member is None or member[1] not in _PERIODS or _in_items(member[0]) or not _as_date(at.node):
        return
    for value in handler.follower.values(Placed(at.file, member[0])):
        call = value.node
        asked = receiver(call) if call.kind == "call_expression" else None
        found = member_of(asked)
        name = found[1] if found is not None else None
        if name != "subscriptions" or called(call) not in ("retrieve", "update", "create"):
            continue
        root = handler.file.app.root if handler.file.app is not None else ""
        version = spoken(handler.follower, handler.checkout, root, value)
        if version is not None and version.day >= _MOVED:
            yield Fault(
                at,
                _(
                    "{where} makes a date of {field}, which is of the subscription's items since API"
                    " 2025-03-31.basil ({by}): it throws"
                ).format(where=at.where, field=member[1], by=version.by),
                edits=(instead(at.file, at.node, f"{member[0].text}.items.data[0].{member[1]}"),),
            )
        return


def _of_invoice(handler: Handler, at: Placed) -> Iterator[Fault]:
    """`invoice.subscription`, where the new place is not read as well. No certain fault: an endpoint of an
    older version still sends the field.
    """
    member = member_of(at.node)
    name = plain(member[0]) if member is not None else None
    if member is None or name is None or member[1] != "subscription" or "invoice" not in name.text.lower():
        return
    if any("subscription_details" in part.node.text for part in handler.parts):
        return
    if at.node is not next((node for node in _reads_of(handler, at)), None):
        return  # the first one speaks for all
    for value in handler.follower.values(Placed(at.file, name)):
        if not value.node.text.endswith(".data.object") and "invoices.retrieve(" not in value.node.text:
            continue
        version = _spoken_by_handler(handler)
        if version is not None and version.day >= _MOVED:
            yield Fault(
                at,
                _(
                    "{where} reads {code}, which is parent.subscription_details.subscription since API"
                    " 2025-03-31.basil ({by}): renewals extend nothing where the endpoint sends that version"
                ).format(where=at.where, code=at.node.text, by=version.by),
                serious=False,
                edits=_of_both(handler, at, member[0]),
            )
        return


def _spoken_by_handler(handler: Handler) -> Spoken | None:
    root = handler.file.app.root if handler.file.app is not None else ""
    call = next(iter(verifications(handler)), None)
    return spoken(handler.follower, handler.checkout, root, call) if call is not None else None


def _of_both(handler: Handler, at: Placed, invoice: Node) -> tuple[Edit, ...]:
    """Both places, the new one first, wherever the handler reads the old one."""
    new = f"{invoice.text}.parent?.subscription_details?.subscription"
    edits = []
    for node in _reads_of(handler, at):
        bare = node.parent is not None and node.parent.kind in ("parenthesized_expression", "arguments")
        both = f"{new} ?? {node.text}"
        edits.append(instead(at.file, node, both if bare else f"({both})"))
    return tuple(edits)


def _reads_of(handler: Handler, at: Placed) -> Iterator[Node]:
    for part in handler.parts:
        for node in part.node.walk() if part.file is at.file else ():
            if node.kind == "member_expression" and node.text == at.node.text:
                yield node


def _in_items(node: Node) -> bool:
    return "items" in node.text


def _as_date(node: Node) -> bool:
    """Whether it ends in `new Date(… * 1000).toISOString()`, which throws for what is not there."""
    made = node.above("new_expression", "statement_block")
    name = made.get("constructor") if made is not None and made.kind == "new_expression" else None
    if made is None or name is None or name.text != "Date":
        return False
    if any(p.kind == "ternary_expression" or "??" in p.text for p in made.walk() if p is not made):
        return False
    outer = made.parent
    guarded = node.above("ternary_expression", "statement_block")
    iso = outer is not None and (member_of(outer) or ("", ""))[1] == "toISOString"
    return iso and (guarded is None or guarded.kind != "ternary_expression")
