"""Which version of Stripe's API the app speaks, and which parameters of its checkouts that version refuses.

Sources: docs.stripe.com/changelog, endive/2026-09-30/remove-payment-method-types-checkout-sessions,
dahlia/2026-03-25/updates-available-checkout-session-ui-modes,
2022-08-01/replaces-line-item-create-checkout-session. The versions that stripe-node pins are in its
CHANGELOG.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, instead
from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.following import Follower, Placed
from iahome_fix.source.metadata import Session
from iahome_fix.source.nodes import Literal, Node, arguments, called, literal, receiver, text_of

_PINNED = {
    23: "2026-09-30",
    **dict.fromkeys((21, 22), "2026-03-25"),
    **dict.fromkeys((19, 20), "2025-09-30"),
    18: "2025-03-31",
    17: "2024-09-30",
    16: "2024-06-20",
    15: "2024-04-10",
    14: "2023-10-16",
    13: "2023-08-16",
    12: "2022-11-15",
}
"""The API version (its day) that a major version of stripe-node speaks unless it is told another one."""

_UI_MODES = {"hosted": "hosted_page", "embedded": "embedded_page", "custom": "elements"}
_OLD_ITEMS = ("amount", "currency", "name", "images", "description")


@dataclass(frozen=True)
class Spoken:
    """The API version that a client speaks: its day, and who says so."""

    day: str
    by: str


@dataclass(frozen=True)
class Refusal:
    """Something that Stripe refuses in a checkout."""

    at: Placed
    sentence: str
    edits: tuple[Edit, ...] = ()


def spoken(follower: Follower, checkout: Checkout, root: str, call: Placed) -> Spoken | None:
    """The API version of the client that a call goes through; None where it cannot be told."""
    node: Node | None = call.node
    while node is not None and node.kind == "call_expression":
        node = receiver(node)
    while node is not None and node.kind == "member_expression":
        node = node.get("object")
    made = _client(follower, Placed(call.file, node)) if node is not None else None
    if made is not None:
        given = arguments(made.node)
        options = literal(given[1]) if len(given) > 1 else None
        if len(given) > 1 and (options is None or not options.whole):
            return None
        entry = options.get("apiVersion") if options is not None else None
        if entry is not None:
            texts = follower.texts(Placed(made.file, entry.value))
            return Spoken(texts[0][:10], made.file.at(entry.node)) if len(texts) == 1 else None
    version = checkout.manifests.major(root, "stripe")
    if version is None:
        return None
    newest = max(_PINNED)
    day = _PINNED[newest] if version[0] > newest else _PINNED.get(version[0])
    return (
        Spoken(day, _("{file}: stripe {version}").format(file=version[1], version=version[0]))
        if day
        else None
    )


def _client(follower: Follower, at: Placed) -> Placed | None:
    for value in follower.values(at):
        if value.node.kind == "new_expression":
            return value
        if value.node.kind == "call_expression":
            function = follower.called(value)
            for result in follower.results(function) if function is not None else ():
                inner = next((v for v in follower.values(result) if v.node.kind == "new_expression"), None)
                if inner is not None:
                    return inner
    return None


def refusals(follower: Follower, session: Session, version: Spoken | None) -> Iterator[Refusal]:
    """What Stripe refuses of a checkout, in this version of the API or in any."""
    if session.options is None:
        return
    items = _items(follower, session, session.options)
    if version is not None:
        yield from _of_version(session, session.options, items, version)
    yield from _of_mode(session, session.options, items)


@dataclass(frozen=True)
class _Items:
    """The line items that a checkout passes, as far as they are literals; `whole` when these are all."""

    found: tuple[tuple[SourceFile, Literal], ...] = ()
    whole: bool = True


def _items(follower: Follower, session: Session, options: Literal) -> _Items:
    """Those of a list, of a name for one, and of `map(… => ({ … }))`."""
    entry = options.get("line_items")
    found: list[tuple[SourceFile, Literal]] = []
    whole = True
    for value in follower.values(Placed(session.options_file, entry.value)) if entry is not None else ():
        parts = [Placed(value.file, part) for part in value.node.children]
        if value.node.kind == "call_expression" and called(value.node) == "map":
            given = next(iter(arguments(value.node)), None)
            function = follower.declared(Placed(value.file, given)) if given is not None else None
            parts = list(follower.results(function)) if function is not None else []
            whole = whole and bool(parts)
        elif value.node.kind != "array":
            parts, whole = [], False
        for part in parts:
            made = [(one.file, literal(one.node)) for one in follower.values(part)]
            found += [(file, item) for file, item in made if item is not None]
            whole = whole and all(item is not None for _file, item in made)
    return _Items(tuple(found), whole)


def _of_version(session: Session, options: Literal, items: _Items, version: Spoken) -> Iterator[Refusal]:
    types = options.get("payment_method_types")
    if types is not None and version.day >= "2026-09-30":
        yield Refusal(
            Placed(session.options_file, types.node),
            _(
                "{where} passes payment_method_types, which Stripe refuses since API 2026-09-30.endive"
                " ({by}): no checkout starts"
            ).format(where=session.options_file.at(types.node), by=version.by),
            (_without(session, types.node),),
        )
    mode = options.get("ui_mode")
    word = text_of(mode.value) if mode is not None else None
    if mode is not None and word in _UI_MODES and version.day >= "2026-03-25":
        yield Refusal(
            Placed(session.options_file, mode.node),
            _(
                "{where} passes ui_mode '{word}', which is '{new}' since API 2026-03-25.dahlia ({by}):"
                " no checkout starts"
            ).format(where=session.options_file.at(mode.node), word=word, new=_UI_MODES[word], by=version.by),
            (instead(session.options_file, mode.value, f"'{_UI_MODES[word]}'"),),
        )
    for file, item in items.found if version.day >= "2022-08-01" else ():
        old = [key for key in _OLD_ITEMS if key in item.keys]
        if old and "price_data" not in item.keys and "price" not in item.keys:
            yield Refusal(
                Placed(file, item.node),
                _(
                    "{where} passes {keys} in line_items, which Stripe refuses since API 2022-08-01 ({by}):"
                    " they belong into price_data"
                ).format(where=file.at(item.node), keys=", ".join(old), by=version.by),
            )
            return


def _of_mode(session: Session, options: Literal, items: _Items) -> Iterator[Refusal]:
    entry = options.get("mode")
    mode = text_of(entry.value) if entry is not None else None
    wrong = {"payment": "subscription_data", "subscription": "payment_intent_data"}.get(mode or "")
    data = options.get(wrong) if wrong else None
    if data is not None and literal(data.value) is not None:
        yield Refusal(
            Placed(session.options_file, data.node),
            _("{where} passes {key} in mode {mode}, which Stripe refuses: no checkout starts").format(
                where=session.options_file.at(data.node), key=wrong, mode=mode
            ),
            (_without(session, data.node),),
        )
    prices = [(file, _price(item)) for file, item in items.found]
    known = [(file, price) for file, price in prices if price is not None and price.whole]
    once = [one for one in known if "recurring" not in one[1].keys]
    if mode == "subscription" and prices and items.whole and len(once) == len(prices):
        file, price = once[0]
        yield Refusal(
            Placed(file, price.node),
            _(
                "{where} sells a price without recurring in mode subscription, which Stripe refuses:"
                " no checkout starts"
            ).format(where=file.at(price.node)),
        )
    again = next((one for one in known if "recurring" in one[1].keys), None)
    if mode == "payment" and again is not None:
        file, price = again
        yield Refusal(
            Placed(file, price.node),
            _(
                "{where} sells a price with recurring in mode payment, which Stripe refuses:"
                " no checkout starts"
            ).format(where=file.at(price.node)),
        )
    both = [options.get(key) for key in ("discounts", "allow_promotion_codes")]
    if all(one is not None and one.value.kind in ("array", "true") for one in both) and both[1] is not None:
        yield Refusal(
            Placed(session.options_file, both[1].node),
            _("{where} passes allow_promotion_codes beside discounts, which Stripe refuses").format(
                where=session.options_file.at(both[1].node)
            ),
            (_without(session, both[1].node),),
        )


def _price(item: Literal) -> Literal | None:
    entry = item.get("price_data")
    return literal(entry.value) if entry is not None else None


def _without(session: Session, entry: Node) -> Edit:
    """The file without one entry of an object literal: its line, where it has one to itself."""
    source = entry.source
    end = entry.end
    while end < len(source) and source[end : end + 1] in (b" ", b"\t"):
        end += 1
    if source[end : end + 1] == b",":
        end += 1
    start = entry.start
    line = source.rfind(b"\n", 0, start) + 1
    rest = source.find(b"\n", end)
    if not source[line:start].strip() and rest >= 0 and not source[end:rest].strip():
        return Edit(session.options_file, line, rest + 1, "")
    return Edit(session.options_file, start, end, "")
