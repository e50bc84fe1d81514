"""Everything that the source shows of the handler, in the order of an event's way through it."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.source.handling import (
    admission,
    awaiting,
    body,
    errors,
    exports,
    running,
    signature,
    words,
)
from iahome_fix.source.handling.model import Fault, Handler

_PARTS = (exports, running, admission, body, signature, words, awaiting, errors)


def faults_of(handler: Handler) -> Iterator[Fault]:
    """What keeps events from being served, or may; of one place, the first that is found."""
    told: set[tuple[str, int]] = set()
    for part in _PARTS:
        for fault in part.faults(handler):
            place = (fault.at.file.path, fault.at.node.start)
            if place not in told or not fault.serious:
                told.add(place)
                yield fault
