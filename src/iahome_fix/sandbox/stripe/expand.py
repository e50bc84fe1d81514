"""The `expand` parameter: ids replaced by the objects they name, where the key may read those objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.stripe import errors, line_items, params

if TYPE_CHECKING:
    from collections.abc import Callable

    from iahome_fix.sandbox.stripe.params import Params

_DEEPEST = 4

# Object type -> field -> (type of the object named there, permission that reading it needs).
# Fields with None hold no object with an id of its own: expanding them is allowed, and changes nothing, but
# for the list of a session's items.
_FIELDS: dict[str, dict[str, tuple[str, str] | None]] = {
    "checkout.session": {
        "payment_intent": ("payment_intent", "payment_intent_read"),
        **dict.fromkeys(("customer", "invoice", "payment_link", "setup_intent", "subscription")),
        line_items.FIELD: None,
    },
    "payment_intent": {
        "latest_charge": ("charge", "charge_read"),
        **dict.fromkeys(("customer", "payment_method", "review")),
    },
    # Not an object of its own, so no right is needed for it.
    "invoice_payment": {"payment": ("invoice_payment.payment", ""), "invoice": ("invoice", "invoice_read")},
    "invoice_payment.payment": {
        "payment_intent": ("payment_intent", "payment_intent_read"),
        "charge": ("charge", "charge_read"),
        "payment_record": None,
    },
    "invoice": dict.fromkeys(("customer", "default_payment_method")),
    "charge": {
        "payment_intent": ("payment_intent", "payment_intent_read"),
        **dict.fromkeys(("balance_transaction", "customer", "review")),
    },
}

Path = tuple[str, ...]
Object = dict[str, Any]


def paths(given: Params, kind: str, *, in_list: bool) -> tuple[list[Path], list[str]]:
    """The fields to expand in each object of type `kind`, and the permissions needed for all of them.

    Every step is checked before anything is read: one missing permission refuses the whole call.
    """
    found: list[Path] = []
    permissions: list[str] = []
    for wish in params.texts(given, "expand") or []:
        steps = wish.split(".")
        if len(steps) > _DEEPEST:
            raise errors.bad_param("You cannot expand more than 4 levels of a property", "expand")
        if in_list:
            if steps[0] != "data" or len(steps) == 1:
                hint = f" You may want to try expanding 'data.{wish}' instead." if steps[0] != "data" else ""
                raise errors.ApiError(400, f"This property cannot be expanded ({steps[0]}).{hint}")
            steps = steps[1:]
        found.append(tuple(steps))
        permissions += _permissions(kind, steps)
    return found, permissions


def _permissions(kind: str, steps: list[str]) -> list[str]:
    needed: list[str] = []
    for step in steps:
        fields = _FIELDS.get(kind, {})
        if step not in fields:
            raise errors.ApiError(400, f"This property cannot be expanded ({step}).")
        target = fields[step]
        if target is None:
            break
        kind, permission = target
        needed += [permission] if permission else []
    return needed


def apply(item: Object, wanted: list[Path], find: Callable[[str], Object | None]) -> Object:
    """A copy of the object with the wanted fields expanded; `find` gives an object by its id."""
    copy = dict(item)
    for first in {path[0] for path in wanted}:
        inner = copy.get(first)
        if first == line_items.FIELD:
            inner = f"{item['id']}/{first}"
        target = find(inner) if isinstance(inner, str) else inner if isinstance(inner, dict) else None
        if target is not None:
            deeper = [path[1:] for path in wanted if path[0] == first and len(path) > 1]
            copy[first] = apply(target, deeper, find)
    return copy
