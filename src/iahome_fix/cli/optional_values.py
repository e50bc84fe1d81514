"""Options whose value may be left out, which Typer does not know: `--watch`, `--watch 5`, `--watch=5`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

LEFT_OUT: Mapping[str, str] = {"--watch": "30"}
"""By option: what it means without a value."""

_NUMBER = re.compile(r"[+-]?\d*\.?\d+")


def filled(arguments: Sequence[str]) -> list[str]:
    """The arguments with every value that was left out. Only a number is taken for the value."""
    found: list[str] = []
    for place, word in enumerate(arguments):
        found.append(word)
        following = arguments[place + 1] if place + 1 < len(arguments) else ""
        if word in LEFT_OUT and not _NUMBER.fullmatch(following):
            found.append(LEFT_OUT[word])
    return found
