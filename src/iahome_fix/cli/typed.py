"""The command as the operator typed it, for the next command that is to be copied."""

from __future__ import annotations

from collections.abc import Sequence

from iahome_fix.command_lines import quoted

_words: tuple[str, ...] = ()
_begun = False


def remember(arguments: Sequence[str]) -> None:
    """Keep the arguments of this call, which begins."""
    global _words, _begun
    _words, _begun = tuple(arguments), False


def begin_result() -> None:
    """From now on the command prints its result."""
    global _begun
    _begun = True


def result_begun() -> bool:
    """Whether a result is on its way, or out."""
    return _begun


def again(*, without: Sequence[str] = (), plus: Sequence[str] = ()) -> str | None:
    """The same command line, quoted for the shell, with options taken away and added; None if unknown."""
    words = [word for word in _words if word not in without]
    if not words:
        return None
    whole = ["iahome-fix", *words, *(word for word in plus if word not in words)]
    return quoted(whole)
