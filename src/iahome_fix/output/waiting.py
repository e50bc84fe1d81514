"""The line that says for whom a run waits, and for how long; gone before anything else is written."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.i18n import _, joined
from iahome_fix.output import outlet

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.systems.asked import Asked, Progress

AFTER = 1.0
"""Seconds that nothing is said of."""
_EVERY = 0.25


def line(asked: Asked, now: float, width: int) -> str:
    """What is said at `now` (monotonic clock), in one line; empty where nobody is waited for."""
    systems = asked.systems(now - AFTER)
    going = [one for one in asked.under_way() if now - one.began >= AFTER]
    said = []
    if systems:
        names = ", ".join(_(name) for name, _since in systems)
        seconds = int(now - systems[0][1])
        said.append(_("waiting for {systems}: {seconds} s").format(systems=names, seconds=seconds))
    said += [_progress(one, now) for one in going]
    whole = joined(*said)
    return whole if len(whole) < width else whole[: width - 2] + "…"


def _progress(one: Progress, now: float) -> str:
    text = _(one.what).format(done=figures.number(one.done))
    rate = _("{rate} a second").format(rate=figures.number(max(1, round(one.rate(now)))))
    left = one.left(now)
    if left is None:
        return f"{text}, {rate}"
    if left < 90:
        return _("{progress}, {rate}, about {seconds} s left").format(
            progress=text, rate=rate, seconds=max(1, round(left))
        )
    return _("{progress}, {rate}, about {minutes} min left").format(
        progress=text, rate=rate, minutes=round(left / 60)
    )


class Waiting:
    """Shows the line from a thread of its own, between the other lines of the terminal."""

    def __init__(self, screen: Screen, asked: Asked) -> None:
        self._screen = screen
        self._asked = asked
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="waiting")
        self._shown = ""

    def __enter__(self) -> Waiting:
        self._asked.watched = True
        outlet.stand_aside.append(self._clear)
        self._thread.start()
        return self

    def __exit__(self, *_what: object) -> None:
        self._over.set()
        self._thread.join(timeout=2 * _EVERY)
        with outlet.TURN:
            self._clear()
            outlet.stand_aside.remove(self._clear)
        self._asked.watched = False

    def _run(self) -> None:
        while not self._over.wait(_EVERY):
            with outlet.TURN:
                if self._over.is_set() or not outlet.at_line_start():
                    continue
                text = line(self._asked, time.monotonic(), self._screen.width)
                if text != self._shown:
                    self._draw(text)

    def _draw(self, text: str) -> None:
        # Blanks and not a sequence: a console that knows none shows it as it is.
        rest = " " * (len(self._shown) - len(text))
        self._screen.moment(f"\r{text}{rest}" + ("\r" if not text else ""))
        self._shown = text

    def _clear(self) -> None:
        if self._shown:
            self._screen.moment("\r" + " " * len(self._shown) + "\r")
            self._shown = ""
