"""The first question to a system goes alone: if nobody answers it, the others need not wait as long again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

# A wait without an end cannot be interrupted by Ctrl-C on Windows.
_SLICE = 0.2


class FirstAnswer:
    """What became of the first question, for all that are asked at the same time or later.

    Once anything was answered every question stands for itself: a slow one says nothing of the next.
    """

    def __init__(self) -> None:
        self._state: Literal["new", "asked", "answered"] = "new"
        self._silence: Exception | None = None
        self._change = threading.Condition()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around one question: waits for the first one, and raises its silence instead of asking again."""
        first = self._enter()
        try:
            yield
        finally:
            if first:
                self._leave()

    def heard(self) -> None:
        """There was an answer, be it a refusal."""
        with self._change:
            self._state = "answered"
            self._change.notify_all()

    def silent(self, failure: Exception) -> None:
        """Nobody answered; `failure` is raised to all others, unless there was an answer before."""
        with self._change:
            if self._state != "answered":
                self._silence = failure

    def _enter(self) -> bool:
        with self._change:
            while self._state == "asked":
                self._change.wait(_SLICE)
            if self._silence is not None:
                raise self._silence
            if self._state == "new":
                self._state = "asked"
                return True
            return False

    def _leave(self) -> None:
        with self._change:
            if self._state == "asked":
                # Silence, or an interruption: the next question finds out.
                self._state = "new"
            self._change.notify_all()
