"""Which of the names that exist was perhaps meant by one that does not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_NEAR = 0.75
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
"""One of the words of a name such as `moduleId` or `module_id`."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was perhaps meant: the same words in another order or number, or nearly the letters."""
    listed = sorted(names)
    words = _words(name)
    same = next((other for other in listed if _words(other) == words), None)
    return same or next(iter(difflib.get_close_matches(name, listed, n=1, cutoff=_NEAR)), None)


def _words(name: str) -> frozenset[str]:
    found = (word.lower() for word in WORD.findall(name))
    return frozenset(word[:-1] if re.fullmatch(r".*[^s]s", word) else word for word in found)
