"""How fast one key reads: evenly over time, and slower where Stripe says that it is too much.

Stripe allows 25 reads a second of one list, in a sandbox of everything together, and the shop itself needs
some of them (Rate limits); an account may have less. So the pace begins below that, and each refusal for the
limit takes a third of it away.
"""

from __future__ import annotations

import threading
import time

_PER_SECOND = 20.0
_LEAST = 2.0
_SLOWER = 2 / 3
_SPARE = 4
"""Turns that nobody took, and that may be made up for: at most so many more in a second."""


class Pace:
    """The turns of all calls that one key makes, however many threads make them."""

    def __init__(self, per_second: float = _PER_SECOND) -> None:
        self.per_second = per_second
        self._lock = threading.Lock()
        self._next = self._slowed = self._held = 0.0

    def wait(self, stopped: threading.Event) -> None:
        """Until it is this call's turn, or nobody wants it any more."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._held, self._next - _SPARE / self.per_second)
            self._next = max(now, self._held, self._next) + 1 / self.per_second
        stopped.wait(max(0.0, turn - time.monotonic()))

    def hold(self, seconds: float, *, limited: bool) -> None:
        """Nobody's turn comes before so many seconds have passed; `limited`: since the limit was met."""
        with self._lock:
            now = time.monotonic()
            if limited and now >= self._slowed:  # calls that were under way together were refused once
                self.per_second = max(_LEAST, self.per_second * _SLOWER)
                self._slowed = now + seconds
            self._held = max(self._held, now + seconds)
