"""The types of the installed `stripe` package, to hold the stand-in's answers against them.

Stripe generates them from its own description of the API: every field of every object, which may be absent or
null (`Optional` says both), which values a field may have. A field that the package does not know is a
difference, too.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, Literal, Union, get_args, get_origin

import stripe
from stripe._list_object import ListObject
from stripe._object_classes import get_object_class
from stripe._stripe_object import StripeObject, UntypedStripeObject
from stripe.params._webhook_endpoint_create_params import WebhookEndpointCreateParams

# What each address answers with: the kind of the object, or of those in the list.
_ADDRESSES = {
    r"/v1/account": "account",
    r"/v1/balance": "balance",
    r"/v1/charges/\w+": "charge",
    r"/v1/checkout/sessions(/\w+)?": "checkout.session",
    r"/v1/checkout/sessions/\w+/line_items": "item",
    r"/v1/events(/\w+(/retry)?)?": "event",
    r"/v1/invoice_payments": "invoice_payment",
    r"/v1/invoices(/\w+)?": "invoice",
    r"/v1/payment_intents/\w+": "payment_intent",
    r"/v1/webhook_endpoints(/\w+)?": "webhook_endpoint",
    r"/v2/core/event_destinations": "v2.core.event_destination",
}


def problems(method: str, path: str, status: int, body: Any) -> list[str]:
    """How an answer differs from what the package says of it; empty when it does not."""
    if status >= 400:
        error = body.get("error") if isinstance(body, dict) else None
        return list(_of(stripe.ErrorObject, error, "error"))
    kind = next((kind for address, kind in _ADDRESSES.items() if re.fullmatch(address, path)), None)
    if kind is None:
        raise LookupError(path)
    if (isinstance(body, dict) and "data" in body and kind != "event") or path == "/v1/events":
        return list(_page(kind, body))
    if method.lower() == "delete":
        known = {"id", "object", "deleted"}
        return [] if body.keys() == known and body["deleted"] is True else [f"not {sorted(known)}: {body}"]
    return object_problems(kind, body)


def object_problems(kind: str, body: Any) -> list[str]:
    """The same for one object outside an answer; what an event is about is looked at as well."""
    found = list(_of(class_of(kind), body, kind))
    if kind == "event" and not found:
        about = body["data"]["object"]
        found = object_problems(str(about.get("object")), about)
    return found


def class_of(kind: str) -> Any:
    """The package's class for the objects of a kind. Raises LookupError for a kind that it does not have."""
    found = get_object_class("V2" if kind.startswith("v2.") else "V1", kind)
    if found is StripeObject:
        raise LookupError(kind)
    return found


@cache
def fields(cls: Any) -> dict[str, Any]:
    """The fields of an object, by name, with their types."""
    return {
        _remapped(cls).get(name, name): hint
        for name, hint in inspect.get_annotations(cls).items()
        if not _is_of_the_class(hint) and not name.startswith("_")
    }


def _is_of_the_class(hint: Any) -> bool:
    origin: Any = get_origin(hint)
    return origin is ClassVar


def may_be_absent(hint: Any) -> bool:
    """Whether a field may be absent, or null."""
    return type(None) in get_args(hint)


def event_types() -> frozenset[str]:
    """What a webhook endpoint can subscribe to, `*` included."""
    (event,) = get_args(inspect.get_annotations(WebhookEndpointCreateParams)["enabled_events"])
    return frozenset(get_args(event))


def _page(kind: str, body: Any) -> Iterator[str]:
    second = kind.startswith("v2.")
    known = (
        {"data", "next_page_url", "previous_page_url"} if second else {"object", "url", "has_more", "data"}
    )
    if not isinstance(body, dict) or body.keys() != known or not isinstance(body["data"], list):
        yield f"not a page with {sorted(known)}"
        return
    if not second and (body["object"], type(body["has_more"]), type(body["url"])) != ("list", bool, str):
        yield "not a list object"
    for number, entry in enumerate(body["data"]):
        for problem in object_problems(kind, entry):
            yield f"data[{number}]: {problem}"


def _of(cls: Any, value: Any, place: str) -> Iterator[str]:
    """Differences between a value and a class with annotated fields."""
    if not isinstance(value, dict):
        yield f"{place}: not an object"
        return
    known = fields(cls)
    yield from (f"{place}.{name}: no such field" for name in value.keys() - known.keys())
    for name, hint in known.items():
        if name in value:
            yield from _against(hint, value[name], f"{place}.{name}", cls.__module__)
        elif not may_be_absent(hint):
            yield f"{place}.{name}: absent"


def _against(hint: Any, value: Any, place: str, module: str) -> Iterator[str]:
    hint = _resolved(hint, module)
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return
    if origin in (Union, types.UnionType):
        # `Literal[…] | str` leaves room for what Stripe may add; the stand-in sends what is there today.
        known = [one for one in arguments if get_origin(one) is Literal]
        branches = [one for one in arguments if not (known and one is str)]
        tries = [list(_against(one, value, place, module)) for one in branches]
        yield from min(tries, key=len)
    elif origin is Literal:
        if value not in arguments:
            yield f"{place}: {value!r} is none of {arguments}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{place}: not a list"
            return
        for number, entry in enumerate(value):
            yield from _against(arguments[0], entry, f"{place}[{number}]", module)
    elif origin is ListObject:
        (kind,) = arguments
        if not isinstance(value, dict) or value.keys() != {"object", "url", "has_more", "data"}:
            yield f"{place}: not a list object"
            return
        for number, entry in enumerate(value["data"]):
            yield from _against(kind, entry, f"{place}.data[{number}]", module)
    elif (origin or hint) in (UntypedStripeObject, dict, StripeObject):
        if not isinstance(value, dict):
            yield f"{place}: not an object"
    elif isinstance(hint, type) and issubclass(hint, StripeObject):
        yield from _of(hint, value, place)
    elif not _is(hint, value):
        yield f"{place}: {value!r} is no {hint}"


def _is(hint: Any, value: Any) -> bool:
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _resolved(hint: Any, module: str) -> Any:
    """A type; what the package leaves as a name, to be loaded only by type checkers, is looked up there."""
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    if not isinstance(hint, str):
        return hint
    return eval(hint, {}, _Names(module))  # noqa: S307 - an annotation of the installed package


class _Names(dict[str, Any]):
    """The names of a module, with those that it imports for type checkers."""

    def __init__(self, module: str) -> None:
        super().__init__(vars(sys.modules[module]))
        self._module = module

    def __missing__(self, name: str) -> Any:
        where = _for_checkers(self._module)
        if name not in where:
            raise KeyError(name)
        source, original = where[name]
        return getattr(import_module(source), original)


@cache
def _for_checkers(module: str) -> dict[str, tuple[str, str]]:
    """The names under `if TYPE_CHECKING` of a module: where each comes from, and what it is called there."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _remapped(cls: Any) -> dict[str, str]:
    """Fields whose names are words of Python: by the attribute's name, what the API calls it."""
    remappings: dict[str, str] = getattr(cls, "_field_remappings", {})
    return remappings
