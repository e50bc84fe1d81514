"""A limit for calls that know none of their own: a name that is looked up, an answer that trickles in."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar, cast

T = TypeVar("T")

# A wait without an end, or a long one, cannot be interrupted by Ctrl-C on Windows.
_SLICE = 0.2


class TookTooLong(Exception):
    """The call gave neither a result nor an error in time."""


def within(seconds: float, ask: Callable[[], T], late: Callable[[T], None] = lambda _result: None) -> T:
    """What `ask` gives, or raises. Raises TookTooLong after `seconds`.

    A call that took too long is left to itself in a daemon thread, which ends with the process at the latest;
    `late` gets what it gives in the end, to close it. The same after Ctrl-C.
    """
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
    handing_over = threading.Lock()
    given_up = False

    def work() -> None:
        try:
            answer: tuple[T | None, BaseException | None] = (ask(), None)
        except BaseException as error:  # noqa: BLE001 - handed over to the caller, whatever it is
            answer = (None, error)
        with handing_over:
            answers.put(answer)
            unwanted = given_up
        if unwanted:
            _drop(answers, late)

    deadline = time.monotonic() + seconds
    threading.Thread(target=work, daemon=True, name="within").start()
    try:
        result, failure = _next(answers, deadline)
    except BaseException:
        with handing_over:
            given_up = True
        _drop(answers, late)
        raise
    if failure is not None:
        raise failure
    return cast("T", result)


def _next(
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]], deadline: float
) -> tuple[T | None, BaseException | None]:
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TookTooLong
        try:
            return answers.get(timeout=min(left, _SLICE))
        except queue.Empty:
            continue


def _drop(
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]], late: Callable[[T], None]
) -> None:
    try:
        result, failure = answers.get_nowait()
    except queue.Empty:
        return
    if failure is None:
        late(cast("T", result))
