"""The command as the operator typed it, for the next command that is to be copied."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from contextvars import ContextVar

_words: ContextVar[tuple[str, ...]] = ContextVar("typed", default=())


def remember(arguments: Sequence[str]) -> None:
    """Keep the arguments of this call."""
    _words.set(tuple(arguments))


def again(*, without: Sequence[str] = (), plus: Sequence[str] = ()) -> str | None:
    """The same command line, quoted for the shell, with options taken away and added; None if unknown."""
    words = [word for word in _words.get() if word not in without]
    if not words:
        return None
    whole = ["iahome-fix", *words, *(word for word in plus if word not in words)]
    return subprocess.list2cmdline(whole) if os.name == "nt" else shlex.join(whole)
