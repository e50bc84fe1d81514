"""A long list of Stripe's, read in several windows of time at once.

A list can only be paged one page after the other, and a page with expanded payments takes Stripe a second or
two. Every object has a `created` time, though, and lists can be limited to a window of it: while pages are
left, windows are cut in half and read side by side. Pages come in no particular order; either all of them
come, or an exception.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from iahome_fix.systems import expected
from iahome_fix.systems.stripe_errors import StripeFailure, unexpected

Item = Mapping[str, Any]
Ask = Callable[[Mapping[str, Any]], Mapping[str, Any]]

PAGE = 100
_READERS = 6
# Stripe allows 25 reads a second of one list, in test mode of everything together (Rate limits); the shop
# itself needs some of them.
_PER_SECOND = 15.0
_HOLD_SECONDS = 1.0
_TRIES = 3
_SHORTEST = 120
"""Seconds; a shorter window is not cut."""
_MOST_IN_A_SECOND = 20
"""Pages; Stripe takes a hundred writes a second of one account, so that there are no more than a few."""


@dataclass(frozen=True)
class _Window:
    """Objects created from `first` to `last` (seconds since the epoch, both included), behind `after`.

    `stuck`: so many pages before it were of one second.
    """

    first: int
    last: int | None = None
    after: str | None = None
    stuck: int = 0

    @property
    def query(self) -> dict[str, Any]:
        created = {"gte": self.first, **({} if self.last is None else {"lte": self.last})}
        return {"limit": PAGE, "created": created, **({"starting_after": self.after} if self.after else {})}


def read(
    ask: Ask, first: int, last: int | None = None, *, patience: float
) -> Generator[list[Item], None, None]:
    """All objects created from `first` to `last` (seconds since the epoch; None: no end), page by page, each
    object once.

    `ask` gives the answer to a query, held against its shape already, from several threads; where it fails
    for the rate limit although it was patient itself, it is asked again for `patience` seconds. Raises what
    it raises, and StripeFailure (unexpected-response) for a list that repeats itself or has no end. Whoever
    stops early has to close the iterator; the answers that are still under way are then left.
    """
    crew = _Crew(ask, patience)
    seen: set[str] = set()
    try:
        crew.give(_Window(first, last))
        while crew.busy:
            window, answer = crew.take()
            items: list[Item] = answer["data"]
            try:
                expected.repeated([item["id"] for item in items], seen)
            except expected.Misfit as misfit:
                raise unexpected(str(misfit)) from None
            seen.update(item["id"] for item in items)
            if answer["has_more"]:
                for rest in _rest(window, items, cut=crew.has_room):
                    crew.give(rest)
            yield items
    finally:
        crew.dismiss()


def _rest(window: _Window, items: list[Item], *, cut: bool) -> tuple[_Window, ...]:
    """What is left of a window behind its last object: one window, or two halves of one.

    Raises StripeFailure (unexpected-response) where page after page stays in the same second.
    """
    after, oldest = items[-1]["id"], items[-1]["created"]
    stuck = window.stuck + 1 if items[0]["created"] == oldest else 0
    if stuck > _MOST_IN_A_SECOND:
        raise unexpected(str(expected.endless()))
    if not cut or oldest - window.first < _SHORTEST:
        return (replace(window, after=after, stuck=stuck),)
    middle = (window.first + oldest) // 2
    return replace(window, first=middle + 1, after=after, stuck=stuck), _Window(window.first, middle)


class _Crew:
    """Threads that ask. They are daemons: one that waits for an answer keeps nobody from leaving."""

    def __init__(self, ask: Ask, patience: float) -> None:
        self._ask = ask
        self._patience = patience
        self._windows: queue.SimpleQueue[_Window | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[_Window, Mapping[str, Any] | Exception]] = queue.SimpleQueue()
        self._pace = _Pace()
        self._threads = 0
        self._answered = False
        self.busy = 0

    @property
    def has_room(self) -> bool:
        """Whether another window could be read beside those that are."""
        return self.busy + 1 < _READERS

    def give(self, window: _Window) -> None:
        self.busy += 1
        if self._threads < min(self.busy, _READERS):
            self._threads += 1
            threading.Thread(target=self._work, name="stripe-reader", daemon=True).start()
        self._windows.put(window)

    def take(self) -> tuple[_Window, Mapping[str, Any]]:
        """The next answer; raises what asking for it raised."""
        while True:
            try:
                # In short turns, since a wait without an end cannot be interrupted everywhere.
                window, answer = self._answers.get(timeout=0.5)
            except queue.Empty:
                continue
            self.busy -= 1
            if isinstance(answer, Exception):
                raise answer
            return window, answer

    def dismiss(self) -> None:
        self._pace.stop()
        for _thread in range(self._threads):
            self._windows.put(None)

    def _work(self) -> None:
        while (window := self._windows.get()) is not None and not self._pace.stopped:
            try:
                self._answers.put((window, self._patiently(window.query)))
            except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
                self._answers.put((window, error))

    def _patiently(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer. While Stripe refuses for the rate limit, everybody waits, not only this thread.

        Silence is met with another try where Stripe has answered before: one of hundreds of pages got lost.
        """
        deadline = time.monotonic() + self._patience
        tries = _TRIES
        while True:
            self._pace.wait()
            try:
                answer = self._ask(query)
            except StripeFailure as failure:
                tries -= 1
                limited = failure.reason == "rate-limited" and time.monotonic() < deadline
                lost = failure.reason == "unreachable" and self._answered and tries > 0
                if self._pace.stopped or not (limited or lost):
                    raise
            else:
                self._answered = True
                return answer
            self._pace.hold(_HOLD_SECONDS)


class _Pace:
    """Spreads calls evenly over time, however many threads make them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def wait(self) -> None:
        """Until it is this call's turn."""
        with self._lock:
            turn = max(time.monotonic(), self._next)
            self._next = turn + 1 / _PER_SECOND
        self._stopped.wait(max(0.0, turn - time.monotonic()))

    def hold(self, seconds: float) -> None:
        """Nobody's turn comes before so many seconds have passed."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def stop(self) -> None:
        self._stopped.set()
