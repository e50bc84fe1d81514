"""The pace at which one key reads: even, and slower after a refusal for the limit."""

from __future__ import annotations

import threading
import time

import pytest

from iahome_fix.systems.stripe_pace import Pace

NOBODY = threading.Event()


def test_turns_are_spread_evenly_over_all_threads_but_for_the_spare_ones() -> None:
    pace = Pace(per_second=50)
    began = time.monotonic()
    threads = [threading.Thread(target=pace.wait, args=(threading.Event(),)) for _ in range(11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 6 / 50


def test_calls_that_were_refused_together_make_it_slower_once() -> None:
    pace = Pace(per_second=18)
    for _call in range(5):
        pace.hold(0.2, limited=True)
    assert pace.per_second == pytest.approx(12)
    began = time.monotonic()
    pace.wait(NOBODY)
    assert time.monotonic() - began >= 0.1


def test_silence_is_waited_out_at_the_same_pace() -> None:
    pace = Pace(per_second=18)
    pace.hold(0.05, limited=False)
    assert pace.per_second == 18


def test_it_never_comes_to_a_stand() -> None:
    pace = Pace(per_second=3)
    for _time in range(20):
        pace.hold(0.0, limited=True)
    assert pace.per_second == 2


def test_whoever_is_not_needed_any_more_waits_no_longer() -> None:
    pace, stopped = Pace(), threading.Event()
    pace.hold(30, limited=False)
    stopped.set()
    began = time.monotonic()
    pace.wait(stopped)
    assert time.monotonic() - began < 5
