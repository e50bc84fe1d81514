"""Questions to the person at the terminal."""

from __future__ import annotations

import getpass
import io
import os
import stat
import sys
from typing import TYPE_CHECKING

from iahome_fix.i18n import _
from iahome_fix.output.outlet import line_was_typed

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen


def somebody_is_there() -> bool:
    """Is there a person who can answer, and who has seen the plan?"""
    try:
        answers = sys.stdin is not None and sys.stdin.isatty()
        sees = sys.stderr is not None and sys.stderr.isatty()
    except ValueError:
        return False
    return answers and sees and not _plan_went_into_a_file()


def ask(screen: Screen, question: str) -> bool | None:
    """The answer to a yes-or-no question, no unless it is clearly yes; None when the input ended.

    Raises KeyboardInterrupt for Ctrl-C.
    """
    while True:
        screen.prompt(_("{question} [y/N]:").format(question=question))
        try:
            line = sys.stdin.readline()
        except (OSError, ValueError):  # the terminal went away, or what was typed is no text
            line = ""
        line_was_typed()
        if not line:
            screen.raw("")
            return None
        word = line.strip().casefold()
        if word in ("y", "yes", *_("y yes").casefold().split()):
            return True
        if word in ("", "n", "no", "non", *_("n no").casefold().split()):
            return False
        screen.line(_("please answer with y or n"), "warn")


class NobodyAnswers(Exception):
    """The input ended."""


def ask_text(screen: Screen, question: str, *, hidden: bool) -> str:
    """What is typed on one line; `hidden`: without showing it. Raises NobodyAnswers, KeyboardInterrupt."""
    try:
        if hidden:
            # It asks once nothing is shown any more, so that what is pasted at once stays hidden, too.
            line = getpass.getpass(question, stream=_OnScreen(screen)) + "\n"
        else:
            screen.prompt(question)
            line = sys.stdin.readline()
            line_was_typed()
    except (EOFError, OSError, ValueError):
        line = ""
    if not line:
        screen.raw("")
        raise NobodyAnswers
    return line.rstrip("\r\n")


class _OnScreen(io.StringIO):
    """Where getpass writes: the question, and the line break that nobody saw being typed."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen

    def write(self, text: str) -> int:
        """The question on the screen."""
        if text.strip():
            self._screen.prompt(text)
        else:
            self._screen.raw("")
        return len(text)


def _plan_went_into_a_file() -> bool:
    try:
        return stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False
