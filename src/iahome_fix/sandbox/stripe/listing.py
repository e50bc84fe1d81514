"""Lists of the v1 API: order, cursors, pages, and the filter on `created`.

Source of the rules: Stripe's pages on pagination. Newest first; `created` has whole seconds, so ties are
ordered by id and stay in that order from page to page.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.stripe import errors, params

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iahome_fix.sandbox.stripe.params import Params

Object = dict[str, Any]
PAGING = ("limit", "starting_after", "ending_before", "expand")

_COMPARISONS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def limit_of(given: Params) -> int:
    """The page size asked for: 1 to 100, by default 10."""
    if "limit" not in given:
        return 10
    limit = params.integer(given["limit"], "limit")
    if limit < 1:
        raise errors.bad_param(
            "This value must be greater than or equal to 1.", "limit", "parameter_invalid_integer"
        )
    if limit > 100:
        raise errors.bad_param(
            f"This value must be less than or equal to 100 (currently: {limit}).",
            "limit",
            "parameter_invalid_integer",
        )
    return limit


def _position(item: Object) -> tuple[int, str]:
    return item["created"], item["id"]


def newest_first(items: Iterable[Object]) -> list[Object]:
    return sorted(items, key=_position, reverse=True)


def page(
    items: Iterable[Object],
    given: Params,
    *,
    path: str,
    noun: str,
    wanted: Callable[[Object], bool] = lambda _: True,
) -> Object:
    """One page of the objects that the key can see.

    A cursor is a place in the whole order, so it may name an object that the filters leave out; one that
    does not exist (or is of the other mode) is an error 400.
    """
    visible = newest_first(items)
    limit = limit_of(given)
    after, before = params.text(given, "starting_after"), params.text(given, "ending_before")
    if after is not None and before is not None:
        raise errors.bad_param(
            "You cannot pass both `starting_after` and `ending_before`.",
            "ending_before",
        )
    places = {item["id"]: _position(item) for item in visible}
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None and cursor not in places:
            raise errors.missing_resource(noun, cursor, name, status=400)
    chosen = [item for item in visible if wanted(item)]
    if before is not None:
        chosen = [item for item in chosen if _position(item) > places[before]]
        data = chosen[-limit:]
    else:
        if after is not None:
            chosen = [item for item in chosen if _position(item) < places[after]]
        data = chosen[:limit]
    return {"object": "list", "url": path, "has_more": len(chosen) > len(data), "data": data}


def created_filter(given: Params) -> Callable[[Object], bool]:
    """`created=1`, or any of `created[gt|gte|lt|lte]`, in seconds since the epoch."""
    value = given.get("created")
    if value is None:
        return lambda _: True
    if not isinstance(value, dict):
        exact = params.integer(value, "created")
        return lambda item: bool(item["created"] == exact)
    if unknown := sorted(value.keys() - _COMPARISONS.keys()):
        raise errors.unknown_param(f"created[{unknown[0]}]")
    bounds = [(_COMPARISONS[name], params.integer(v, f"created[{name}]")) for name, v in value.items()]
    return lambda item: all(holds(item["created"], bound) for holds, bound in bounds)
