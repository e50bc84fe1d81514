"""Facts that several checks share: each found once, and known by what it was found with."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from iahome_fix.facts.at_once import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

T = TypeVar("T")


class Facts:
    """What was found by name, or how finding it failed. Safe to use from several threads."""

    def __init__(self) -> None:
        self._found: dict[Hashable, tuple[Any, Exception | None]] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self._asking = threading.local()
        self._behind: dict[Hashable, set[Hashable]] = defaultdict(set)
        self._renewed: dict[Hashable, int] = {}
        self._former: dict[Hashable, tuple[Any, Exception | None]] = {}

    def get(self, name: Hashable, find: Callable[[], T]) -> T:
        """What `find` gives (or raises), found once however many ask at the same time."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        self._note(name)
        with lock:
            found = self._found.get(name)
            if found is None:
                found = self._find(name, find)
        value, failure = found
        if failure is not None:
            raise failure
        return cast("T", value)

    def known(self, name: Hashable) -> Any:
        """What was found last; None where nobody asked for it, or it could not be had."""
        value, failure = self._found.get(name) or self._former.get(name, (None, None))
        return None if failure is not None else value

    def at_once(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """As `at_once`; what the jobs ask for counts as asked for by whoever runs them."""
        stack = tuple(self._asking.__dict__.get("stack", ()))

        def run(job: Callable[[], T]) -> T:
            self._asking.__dict__["stack"] = list(stack)
            return job()

        return at_once([partial(run, job) for job in jobs])

    @contextmanager
    def asked_by(self, name: Hashable) -> Iterator[None]:
        """Meanwhile what this thread asks for counts as what `name` rests on."""
        stack: list[Hashable] = self._asking.__dict__.setdefault("stack", [])
        stack.append(name)
        try:
            yield
        finally:
            stack.pop()

    def rests_on(self, name: Hashable, fact: Hashable) -> bool:
        """Was `fact` asked for to find `name`, by whatever way?"""
        with self._lock:
            return name in self._resting_on(fact)

    def renew(self, fact: Hashable) -> Any:
        """Forget a fact and all that rests on it, so that they are found anew; gives what it was."""
        with self._lock:
            for name in (fact, *self._resting_on(fact)):
                if name in self._found:
                    self._former[name] = self._found.pop(name)
            self._renewed[fact] = self._renewed.get(fact, 0) + 1
            return self._former.get(fact, (None, None))[0]

    def renewals(self, fact: Hashable) -> int:
        """How often it was forgotten."""
        return self._renewed.get(fact, 0)

    def _find(self, name: Hashable, find: Callable[[], T]) -> tuple[Any, Exception | None]:
        before = dict(self._renewed)
        found: tuple[Any, Exception | None]
        try:
            with self.asked_by(name):
                found = (find(), None)
        except Exception as error:  # noqa: BLE001 - it is raised by whoever asks, now and later
            found = (None, error)
        with self._lock:
            # Found with what was forgotten meanwhile, it is no fact of the others.
            old = {fact for fact, times in self._renewed.items() if times != before.get(fact, 0)}
            if not any(name in self._resting_on(fact) for fact in old):
                self._found[name] = found
        return found

    def _note(self, name: Hashable) -> None:
        stack = self._asking.__dict__.get("stack")
        if stack:
            with self._lock:
                self._behind[name].add(stack[-1])

    def _resting_on(self, fact: Hashable) -> set[Hashable]:
        found: set[Hashable] = set()
        waiting = [fact]
        while waiting:
            for name in self._behind.get(waiting.pop(), ()):
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        return found
