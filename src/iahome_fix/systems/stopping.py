"""Requests to stop: Ctrl-C, SIGTERM, a closed terminal, Ctrl-Break. All of them are met as Ctrl-C is.

A command that is asked to stop takes back what is not finished, notes it in the journal and says what stays
(exit code 130), whoever asked. What was told to be ignored (SIGHUP under nohup) stays ignored.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
REQUESTS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
"""The signals that ask for an end on this system."""


def listen() -> None:
    """From now on each request raises KeyboardInterrupt in the main thread. For a process of this tool."""
    for request in REQUESTS:
        if signal.getsignal(request) is signal.SIG_DFL:
            signal.signal(request, _interrupt)


@contextmanager
def held_back() -> Iterator[None]:
    """The first request waits until the block has ended; the second one does not wait.

    Raises KeyboardInterrupt after the block when a request came in it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {request: signal.getsignal(request) for request in REQUESTS}
    # What nobody listens to, or was to be ignored, stays as it is.
    heard = [request for request, handler in before.items() if callable(handler)]
    for request in heard:
        signal.signal(request, note)
    try:
        yield
    finally:
        for request in heard:
            signal.signal(request, before[request])
    if asked:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
