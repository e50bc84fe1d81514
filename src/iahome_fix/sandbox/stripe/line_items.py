"""What a Checkout Session sold, item by item: in an answer only by `expand`, or at its own address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.stripe import errors, listing, params
from iahome_fix.systems.stripe_ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.sandbox.stripe.params import Params

Object = dict[str, Any]
FIELD = "line_items"
EXPANDED = 10
"""So many come with an expanded session; the others are a list of their own."""


def items(sold: Iterable[tuple[str, int]], currency: str | None) -> list[Object]:
    """The items of a session: title and amount (smallest unit) of each, one piece."""
    return [
        {
            "id": new_id("li"),
            "object": "item",
            "adjustable_quantity": None,
            "amount_discount": 0,
            "amount_subtotal": amount,
            "amount_tax": 0,
            "amount_total": amount,
            "currency": currency or "eur",
            "description": title,
            "metadata": {},
            "price": None,
            "quantity": 1,
        }
        for title, amount in sold
    ]


def page(found: list[Object], session_id: str, given: Params | None = None) -> Object:
    """A page of them in the order in which they were sold; without parameters the one of an `expand`."""
    limit = listing.limit_of(given) if given else EXPANDED
    after = params.text(given, "starting_after") if given else None
    if after is not None:
        places = [place for place, item in enumerate(found) if item["id"] == after]
        if not places:
            raise errors.missing_resource("item", after, "starting_after", status=400)
        found = found[places[0] + 1 :]
    return {
        "object": "list",
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
        "has_more": len(found) > limit,
        "data": found[:limit],
    }
