"""Payments that are still being read, for several who follow them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from iahome_fix.packed import Block, Packed
from iahome_fix.systems.stripe_account import Place, newest_first

if TYPE_CHECKING:
    from iahome_fix.systems.stripe_payments import Session

_TURN = 0.5


class Arriving:
    """The pages of Checkout Sessions, each packed as it comes. The thread that reads is a daemon."""

    def __init__(self, read: Callable[[], Generator[Sequence[Session], None, None]]) -> None:
        self._read = read
        self._blocks: list[tuple[Place, Block[Session]]] = []
        self._ended = False
        self._failure: Exception | None = None
        self._changed = threading.Condition()
        threading.Thread(target=self._work, name="sessions", daemon=True).start()

    def all(self) -> Packed[Session]:
        """All of them, the newest first, once the last page is there. Raises what ended the reading."""
        with self._changed:
            while not self._ended:
                self._changed.wait(_TURN)
        self._raise()
        return Packed(block for _place, block in sorted(self._blocks, key=lambda one: one[0]))

    def parts(self, size: int) -> Iterator[list[Block[Session]]]:
        """The blocks as they come, as many together as have `size` sessions, and what is left at the end.

        Raises what ended the reading: until then nothing may be concluded.
        """
        taken = 0
        while part := self._part(taken, size):
            taken += len(part)
            yield part

    def _part(self, taken: int, size: int) -> list[Block[Session]]:
        """The next blocks behind those that were taken; none at the end."""
        with self._changed:
            while True:
                self._raise()
                part: list[Block[Session]] = []
                count = 0
                for _place, block in self._blocks[taken:]:
                    part.append(block)
                    count += block.count
                    if count >= size:
                        return part
                if self._ended:
                    return part
                self._changed.wait(_TURN)

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        failure: Exception | None = None
        try:
            with closing(self._read()) as pages:
                for page in pages:
                    if page:
                        self._take(sorted(page, key=newest_first))
        except Exception as error:  # noqa: BLE001 - raised by whoever waits for it
            failure = error
        with self._changed:
            self._failure = failure
            self._ended = True
            self._changed.notify_all()

    def _take(self, page: Sequence[Session]) -> None:
        block = Block(page)
        with self._changed:
            self._blocks.append((newest_first(page[0]), block))
            self._changed.notify_all()
