"""The limit for calls that know none: in time, with the real error, and nothing left open."""

from __future__ import annotations

import threading
import time

import pytest

from iahome_fix.systems.deadline import TookTooLong, within


def test_a_result_and_an_error_come_through() -> None:
    assert within(30, lambda: None) is None
    assert within(30, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(30, lambda: 1 // 0)


def test_a_call_that_takes_too_long_is_left_and_what_it_gives_later_is_closed() -> None:
    go, closed = threading.Event(), threading.Event()
    dropped: list[str] = []

    def late(result: str) -> None:
        dropped.append(result)
        closed.set()

    def slow() -> str:
        go.wait(30)
        return "connection"

    started = time.monotonic()
    with pytest.raises(TookTooLong):
        within(0.3, slow, late)
    assert time.monotonic() - started < 10
    assert dropped == []
    go.set()
    assert closed.wait(30)
    assert dropped == ["connection"]


def test_a_late_error_is_nobodys() -> None:
    go = threading.Event()

    def slow() -> None:
        go.wait(30)
        raise OSError("too late")

    with pytest.raises(TookTooLong):
        within(0.1, slow)
    go.set()
