"""Stripe's form parameters: bracketed names into nested values, and typed access to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from iahome_fix.sandbox.stripe import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

Params = dict[str, Any]
"""Values are text, lists, or mappings of the same."""

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def parse(text: str) -> Params:
    """A query string or form body: `created[gte]=1`, `types[0]=a`, `expand[]=b`, percent-encoded or not."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = _NAME.fullmatch(name)
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])] if match else [name]
        _place(tree, steps, value)
    return {name: value if name == "metadata" else _lists(value) for name, value in tree.items()}


def _place(tree: dict[str, Any], steps: list[str], value: str) -> None:
    for step in steps[:-1]:
        inner = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(inner, dict):  # `a=1&a[b]=2`: the later form wins
            inner = tree[step] = {}
        tree = inner
    tree[steps[-1] or str(len(tree))] = value


def _lists(value: Any) -> Any:
    """Mappings whose keys are all numbers are lists (metadata excepted: its keys are free)."""
    if not isinstance(value, dict):
        return value
    if value and all(name.isdecimal() for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _lists(inner) for name, inner in value.items()}


def only(params: Params, known: Iterable[str]) -> None:
    """Refuses a parameter that the call does not have, as Stripe does."""
    if unknown := sorted(params.keys() - set(known)):
        raise errors.unknown_param(unknown[0])


def integer(value: Any, name: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}", value):
        raise errors.bad_param(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    return int(value)


def boolean(value: Any, name: str) -> bool:
    if value not in ("true", "false"):
        raise errors.bad_param(f"Invalid boolean: {value}", name)
    return bool(value == "true")


def text(params: Params, name: str) -> str | None:
    """A plain parameter, or None when it was not sent."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise errors.bad_param(f"Invalid string: {name}", name)
    return value


def texts(params: Params, name: str) -> list[str] | None:
    """A list parameter, or None when it was not sent."""
    value = params.get(name)
    if value is None:
        return None
    if value == "":
        raise errors.empty_param(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise errors.bad_param("Invalid array", name)
    return value
