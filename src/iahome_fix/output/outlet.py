"""A stream of this process whose reader may go away at any moment, or that was never there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

TURN = threading.RLock()
"""Whoever writes to the terminal has it meanwhile."""
stand_aside: list[Callable[[], None]] = []
"""What is called before something is written: a line that stands there for the moment goes."""
_line_starts = [True]


def at_line_start() -> bool:
    """Is the cursor at the beginning of a line, as far as this process wrote?"""
    return _line_starts[0]


def line_was_typed() -> None:
    """A person ended the line."""
    _line_starts[0] = True


class Outlet:
    """Writes until nobody reads any more, then does nothing: what the command does must not depend on it.

    Attributes:
        failure: why writing ended; None while it works.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """`stream`: stdout or stderr; None where the process was started without it."""
        self._stream = stream
        self.failure: OSError | ValueError | None = None

    @property
    def encoding(self) -> str:
        """The name of a character set; ASCII when the stream does not say."""
        return getattr(self._stream, "encoding", None) or "ascii"

    @property
    def lost(self) -> bool:
        """Whether something was not written for another reason than a reader that had enough."""
        return self.failure is not None and not _had_enough(self.failure)

    def write(self, text: str) -> int:
        with TURN:
            for clear in tuple(stand_aside):
                clear()
            if text:
                _line_starts[0] = text.endswith("\n")
            self._write(text)
        return len(text)

    def write_past(self, text: str) -> None:
        """Write and flush what only stands there for the moment."""
        self._write(text)
        self.flush()

    def _write(self, text: str) -> None:
        if self._stream is not None and self.failure is None:
            try:
                self._stream.write(text)
            except (OSError, ValueError) as error:
                self._give_up(error)

    def flush(self) -> None:
        if self._stream is not None and self.failure is None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._give_up(error)

    def isatty(self) -> bool:
        try:
            return self._stream is not None and self._stream.isatty()
        except ValueError:
            return False

    def fileno(self) -> int:
        """The descriptor. Raises OSError where there is none."""
        if self._stream is None:
            raise OSError("no stream")
        return self._stream.fileno()

    def _give_up(self, error: OSError | ValueError) -> None:
        self.failure = error
        # What is still in the buffers has to go somewhere, or the interpreter complains when it ends.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nowhere, self.fileno())
            finally:
                os.close(nowhere)


def _had_enough(error: OSError | ValueError) -> bool:
    # Windows says "invalid argument" for a pipe that was closed.
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and getattr(error, "errno", None) == 22)
