"""`iahome-fix help`, `help COMMAND` and `help exit-codes`, beside `--help`."""

from __future__ import annotations

from collections.abc import Sequence

HELP, EXIT_CODES = "help", "exit-codes"


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Is the first word `help`?"""
    return bool(arguments) and arguments[0] == HELP


def topic(arguments: Sequence[str]) -> str | None:
    """What help is asked for; None for the whole."""
    words = iter(arguments[1:])
    for word in words:
        if word == "--lang":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def as_option(arguments: Sequence[str]) -> list[str]:
    """The same said with `--help`."""
    about = topic(arguments)
    return ["--help"] if about is None else [about, "--help"]
