"""Who is being asked at this moment, and how far something long has come: for who shows that a run waits."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from iahome_fix.i18n import N_

DATABASE, STRIPE, SITE = N_("the database"), "Stripe", N_("the site")
DATA_API, MANAGEMENT_API = N_("Supabase's Data API"), N_("Supabase's Management API")


@dataclass(frozen=True)
class Progress:
    """How far something long has come.

    `what`: a sentence with `{done}` in it, marked for translation; `share`: of the whole, from 0 to 1, where
    that is known; `began`: a moment of the monotonic clock.
    """

    what: str
    done: int
    share: float | None
    began: float

    def rate(self, now: float) -> float:
        """So many a second, until `now`."""
        return self.done / max(now - self.began, 0.001)

    def left(self, now: float) -> float | None:
        """Seconds that the rest takes at the same pace; None where the whole is not known."""
        if not self.share or self.share > 1:
            return None
        return (now - self.began) * (1 - self.share) / self.share


class Asked:
    """What of this process is under way. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._open: dict[int, tuple[str, float]] = {}
        self._progress: dict[str, Progress] = {}
        self._blocks: Counter[str] = Counter()
        self.watched = False

    @contextmanager
    def asking(self, system: str) -> Iterator[None]:
        """The block waits for this system; `system`: its name, marked for translation."""
        with self._lock:
            number = next(self._numbers)
            self._open[number] = (system, time.monotonic())
        try:
            yield
        finally:
            with self._lock:
                self._open.pop(number, None)

    @contextmanager
    def coming_on(self, what: str) -> Iterator[None]:
        """What is long and told by `progress` ends with the block; of several at once, with the last."""
        with self._lock:
            self._blocks[what] += 1
            self._progress.setdefault(what, Progress(what, 0, None, time.monotonic()))
        try:
            yield
        finally:
            with self._lock:
                self._blocks[what] -= 1
                if not self._blocks[what]:
                    self._progress.pop(what, None)

    def progress(self, what: str, done: int, share: float | None = None) -> None:
        """How far it has come; nothing where it has ended, or never began."""
        with self._lock:
            known = self._progress.get(what)
            if known is not None:
                self._progress[what] = Progress(what, done, share, known.began)

    def systems(self, since: float) -> list[tuple[str, float]]:
        """The systems that are asked since that moment or longer, each once with the first such moment."""
        with self._lock:
            found: dict[str, float] = {}
            for system, began in self._open.values():
                if began <= since:
                    found[system] = min(began, found.get(system, began))
        return sorted(found.items(), key=lambda one: one[1])

    def under_way(self) -> list[Progress]:
        """What is long and has come a part of its way."""
        with self._lock:
            return [one for one in self._progress.values() if one.done]


_ASKED = Asked()
asking, progress, coming_on = _ASKED.asking, _ASKED.progress, _ASKED.coming_on


def current() -> Asked:
    """That of this process."""
    return _ASKED
