"""A long list of Stripe's, read in several windows of time at once.

A list can only be paged one page after the other, and a page with expanded payments takes Stripe a second or
two. Every object has a `created` time, though, and lists can be limited to a window of it: while pages are
left, windows are cut into parts that are read side by side, at most as many as there seem to be pages left.
Pages come in no particular order; either all of them come, or an exception. Of a page only what is to be kept
is handed on: a session takes 16 kB, and hardly any of that is looked at.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from iahome_fix.i18n import N_
from iahome_fix.systems import expected
from iahome_fix.systems.asked import coming_on, progress
from iahome_fix.systems.stripe_errors import StripeFailure, unexpected
from iahome_fix.systems.stripe_pace import Pace

T = TypeVar("T")
Item = Mapping[str, Any]
Ask = Callable[[Mapping[str, Any]], Mapping[str, Any]]

READ = N_("{done} entries of Stripe read")
PAGE = 100
_READERS = 16
"""As many as 20 pages a second take, where a page takes most of a second."""
_AHEAD = 3 * _READERS
"""Pages that wait to be looked at, so that nobody stops reading while the database is asked."""
_HOLD_SECONDS = 1.0
_TRIES = 3
_PARTS = 4
"""Into so many a window is cut at once; nobody knows how many objects there are in its older part."""
_SHORTEST = 120
"""Seconds; a shorter window is not cut."""
_MOST_IN_A_SECOND = 20
"""Pages; Stripe takes a hundred writes a second of one account, so that there are no more than a few."""


@dataclass(frozen=True)
class _Window:
    """Objects created from `first` to `last` (seconds since the epoch, both included), behind `after`.

    `stuck`: so many pages before it were of one second. `seen`: numbers of the ids of the pages before it,
    `oldest`: when the first of these was created. What is of another window was created at another time, to
    which each answer is held.
    """

    first: int
    last: int | None = None
    after: str | None = None
    stuck: int = 0
    seen: frozenset[int] = frozenset()
    oldest: int | None = None

    @property
    def query(self) -> dict[str, Any]:
        created = {"gte": self.first, **({} if self.last is None else {"lte": self.last})}
        return {"limit": PAGE, "created": created, **({"starting_after": self.after} if self.after else {})}


@dataclass(frozen=True)
class _Page(Generic[T]):
    """What was kept of the objects of a page, and the seconds that they cover."""

    kept: list[T]
    covers: int


def read(
    ask: Ask,
    keep: Callable[[Item], T],
    first: int,
    last: int | None = None,
    *,
    patience: float,
    pace: Pace,
) -> Generator[list[T], None, None]:
    """All objects created from `first` to `last` (seconds since the epoch; None: no end), page by page, each
    object once, as what `keep` gives of it (in the threads that read).

    `ask` gives the answer to a query, held against its shape already, from several threads; where it fails
    for the rate limit although it was patient itself, it is asked again for `patience` seconds. Raises what
    it raises, and StripeFailure (unexpected-response) for a list that repeats itself or has no end. Reading
    goes on while the caller looks at a page, a few pages ahead. Whoever stops early has to close the
    iterator; the answers that are still under way are then left. `pace`: that of the key.
    """
    with coming_on(READ):
        yield from _read(_Crew(ask, keep, patience, pace), first, last)


def _read(crew: _Crew[T], first: int, last: int | None) -> Generator[list[T], None, None]:
    count = 0
    whole = max(1, int(last or time.time()) - first)
    read_so_far = 0
    try:
        crew.give(_Window(first, last))
        while crew.busy:
            page = crew.take()
            count += len(page.kept)
            read_so_far += page.covers
            progress(READ, count, read_so_far / whole)
            yield page.kept
    finally:
        crew.dismiss()


def _covered(items: list[Item]) -> int:
    """Seconds between the newest and the oldest object of a page: by them it is told how far it has come."""
    return abs(int(items[0]["created"]) - int(items[-1]["created"])) if items else 0


def _rest(window: _Window, items: list[Item], ids: frozenset[int], most: int) -> list[_Window]:
    """What is left of a window behind its last object: one window, or up to `most` parts of one.

    `ids`: numbers of those of the page. Raises StripeFailure (unexpected-response) where page after page
    stays in the same second.
    """
    made = [int(item["created"]) for item in items]
    stuck = window.stuck + 1 if max(made) == min(made) else 0
    if stuck > _MOST_IN_A_SECOND:
        raise unexpected(str(expected.endless()))
    # In whatever order they came: none of these objects lies in an older part, and is read again there.
    oldest = min(*made, made[0] if window.oldest is None else window.oldest)
    span = oldest - window.first
    # Where objects lie as near to each other as on this page, each part has a page of its own at the least.
    pages = span / max(_covered(items), 1)
    parts = max(1, min(most, int(pages), span // _SHORTEST))
    bounds = [window.first + span * part // parts for part in range(parts)]
    ends = [*(bound - 1 for bound in bounds[1:]), window.last]
    newest, *others = [_Window(*pair) for pair in reversed(list(zip(bounds, ends, strict=True)))]
    rest = replace(newest, after=items[-1]["id"], stuck=stuck, seen=window.seen | ids, oldest=oldest)
    return [rest, *others]


class _DismissedError(Exception):
    """Nobody wants it any more."""


class _Crew(Generic[T]):
    """Threads that ask. They are daemons: one that waits for an answer keeps nobody from leaving."""

    def __init__(self, ask: Ask, keep: Callable[[Item], T], patience: float, pace: Pace) -> None:
        self._ask = ask
        self._keep = keep
        self._patience = patience
        self._pace = pace
        self._windows: queue.SimpleQueue[_Window | None] = queue.SimpleQueue()
        self._pages: queue.Queue[_Page[T] | Exception] = queue.Queue(_AHEAD)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = 0
        self._reading = 0
        self._answered = False
        self.busy = 0

    def give(self, window: _Window) -> None:
        """Have a window read; `busy` counts it until its page was taken."""
        with self._lock:
            self.busy += 1
            self._reading += 1
            hire = self._threads < min(self._reading, _READERS)
            self._threads += hire
        if hire:
            threading.Thread(target=self._work, name="stripe-reader", daemon=True).start()
        self._windows.put(window)

    def take(self) -> _Page[T]:
        """The next page; raises what asking for it raised."""
        while True:
            try:
                # In short turns, since a wait without an end cannot be interrupted everywhere.
                page = self._pages.get(timeout=0.5)
            except queue.Empty:
                continue
            with self._lock:
                self.busy -= 1
            if isinstance(page, Exception):
                raise page
            return page

    def dismiss(self) -> None:
        """Send everybody home."""
        self._stopped.set()
        for _thread in range(self._threads):
            self._windows.put(None)

    def _work(self) -> None:
        while (window := self._windows.get()) is not None and not self._stopped.is_set():
            self._hand_over(self._page_or_why(window))

    def _page_or_why(self, window: _Window) -> _Page[T] | Exception:
        try:
            return self._page(window)
        except Exception as error:  # noqa: BLE001 - raised where the page is waited for
            return error

    def _page(self, window: _Window) -> _Page[T]:
        """The first page of a window; the rest of it is given to whoever has time."""
        try:
            answer = self._patiently(window.query)
        finally:
            with self._lock:
                self._reading -= 1
        items: list[Item] = answer["data"]
        ids = frozenset(hash(item["id"]) for item in items)
        if not window.seen.isdisjoint(ids):
            raise unexpected(str(expected.repeating()))
        if answer["has_more"]:
            with self._lock:
                room = _READERS - self._reading
            for rest in _rest(window, items, ids, max(1, min(_PARTS, room))):
                self.give(rest)
        return _Page([*map(self._keep, items)], _covered(items))

    def _hand_over(self, page: _Page[T] | Exception) -> None:
        while not self._stopped.is_set():
            try:
                self._pages.put(page, timeout=0.5)
            except queue.Full:
                continue
            return

    def _patiently(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer. While Stripe refuses for the rate limit, everybody waits, not only this thread.

        Silence is met with another try where Stripe has answered before: one of hundreds of pages got lost.
        """
        deadline = time.monotonic() + self._patience
        tries = _TRIES
        while True:
            self._pace.wait(self._stopped)
            if self._stopped.is_set():
                raise _DismissedError
            try:
                answer = self._ask(query)
            except StripeFailure as failure:
                tries -= 1
                limited = failure.reason == "rate-limited" and time.monotonic() < deadline
                lost = failure.reason == "unreachable" and self._answered and tries > 0
                if self._stopped.is_set() or not (limited or lost):
                    raise
            else:
                self._answered = True
                return answer
            self._pace.hold(_HOLD_SECONDS, limited=limited)
