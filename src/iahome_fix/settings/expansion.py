"""Expands `$NAME` in the values of env files exactly as `@next/env` does, oddities included.

The oddities matter: an operator's password with a `$` in it reaches the app changed, and the tool must see
the changed one. Measured against `@next/env` 14.2, 15.5 and 16.4 (see tests/settings):

* the last `$` is looked at first; where it names nothing (`a$`), no earlier `$` is expanded either;
* `\\$` is a plain `$`, but only in the value that holds it: whoever refers to that value expands it again;
* a name comes from the process environment, then from the default of `${NAME:-default}`, then from the same
  file; an unknown name gives nothing, and so does an empty one;
* what is replaced is the first place where the same reference is written;
* in the inserted text `$$`, `$&`, `` $` `` and `$'` have the meaning that JavaScript's `replace` gives them;
* a reference that comes back to itself makes Next.js drop the whole file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{?(?P<name>[A-Za-z0-9_]+)(?::-(?P<default>[^}\\]*))?\}?")
_IN_REPLACEMENT = re.compile(r"\$([$&`'])")
# JavaScript gives up when its stack is full (some thousand steps) or the text has half a gigabyte;
# nothing that is meant as a value comes near either.
_MOST_STEPS = 2000
_MOST_CHARACTERS = 4_000_000


class EndlessReferenceError(Exception):
    """A value refers to itself; Next.js then reads nothing from the file."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def references(raw: str) -> tuple[str, ...]:
    """The names that a value refers to, but for those that have a default or are escaped."""
    return tuple(
        found["name"]
        for found in _REFERENCE.finditer(raw)
        if found["default"] is None and raw[: found.start()][-1:] != "\\"
    )


def expand(parsed: Mapping[str, str], process: Mapping[str, str]) -> dict[str, str]:
    """The values of one file after expansion, in the file's order.

    Args:
        parsed: the values of the file, by name.
        process: the process environment and what files of higher rank have put there. A name that stands
            in both gives the value of the process, which is expanded too: that is what Next.js does.

    Raises:
        EndlessReferenceError: a value refers to itself.
    """
    values = dict(parsed)
    for name in parsed:
        start = process.get(name, values[name])
        values[name] = _interpolate(name, start, process, values).replace("\\$", "$")
    return values


def _interpolate(name: str, value: str, process: Mapping[str, str], file: Mapping[str, str]) -> str:
    for _step in range(_MOST_STEPS):
        last = _last_plain_dollar(value)
        reference = None if last is None else _REFERENCE.match(value, last)
        if reference is None:
            return value
        wanted = reference["name"]
        insert = process.get(wanted) or reference["default"] or file.get(wanted) or ""
        value = _replace_first(value, reference[0], insert)
        if len(value) > _MOST_CHARACTERS:
            break
    raise EndlessReferenceError(name)


def _last_plain_dollar(value: str) -> int | None:
    at = value.rfind("$")
    while at > 0 and value[at - 1] == "\\":
        at = value.rfind("$", 0, at)
    return at if at >= 0 else None


def _replace_first(value: str, written: str, insert: str) -> str:
    before, _, after = value.partition(written)
    special = {"$": "$", "&": written, "`": before, "'": after}
    return before + _IN_REPLACEMENT.sub(lambda m: special[m[1]], insert) + after
