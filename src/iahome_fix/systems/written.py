"""What this command has changed for good, for the last words of a run that is interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from iahome_fix.systems.database_errors import OutcomeUnknown
from iahome_fix.systems.stopping import held_back

_kept: list[str] = []
_undecided: list[str] = []


def begin() -> None:
    """A command begins, which has written nothing yet."""
    _kept.clear()
    _undecided.clear()


@contextmanager
def writing(place: str) -> Iterator[None]:
    """The block makes a change at `place` (a database, Stripe) last, all of it or nothing.

    The first request to stop waits for the end of the block, so that it is known whether the change was made;
    the second one does not wait, and then nobody knows.
    """
    with held_back():
        _undecided.append(place)
        try:
            yield
        except OutcomeUnknown:
            raise  # stays undecided
        except Exception:
            _undecided.remove(place)
            raise
        _undecided.remove(place)
        _kept.append(place)


def sent(place: str) -> None:
    """A change of its own is on its way to `place`, in a request that does not wait for Ctrl-C."""
    _undecided.append(place)


def answered(place: str, *, done: bool) -> None:
    """The answer to what was `sent`: whether the change was made."""
    if place in _undecided:
        _undecided.remove(place)
    if done:
        _kept.append(place)


def kept() -> tuple[str, ...]:
    """Where a change was made, once per change."""
    return tuple(_kept)


def undecided() -> tuple[str, ...]:
    """Where a change was under way when the run was interrupted: it was made in full, or not at all."""
    return tuple(_undecided)
