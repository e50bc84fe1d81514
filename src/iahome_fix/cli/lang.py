"""`--lang`, which may stand before the command or behind it."""

from __future__ import annotations

from collections.abc import Sequence

_OPTION = "--lang"


def asked_for(arguments: Sequence[str]) -> str | None:
    """The language that the arguments name, known or not; the last one wins, as with every option."""
    found = None
    for place, word in enumerate(arguments):
        if word == _OPTION and place + 1 < len(arguments):
            found = arguments[place + 1]
        elif word.startswith(f"{_OPTION}="):
            found = word.partition("=")[2]
    return found


def lang_behind(arguments: Sequence[str]) -> list[str]:
    """The arguments with a language before the command put behind the command, where it belongs to it."""
    leading: list[str] = []
    rest = list(arguments)
    while rest and (rest[0] == _OPTION or rest[0].startswith(f"{_OPTION}=")):
        taken = 2 if rest[0] == _OPTION else 1
        leading, rest = [*leading, *rest[:taken]], rest[taken:]
    if not rest or rest[0].startswith("-"):
        return [*leading, *rest]
    return [rest[0], *leading, *rest[1:]]
