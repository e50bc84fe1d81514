"""What a person reads: plain lines that fit 80 columns, with colour and marks only where they work."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from iahome_fix.i18n import _

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {"ok": "✓", "warn": "!", "fail": "✗", "blocked": "·", "skipped": "-", "unknown": "?"}
_PLAIN_MARKS = {"ok": "+", "warn": "!", "fail": "x", "blocked": ".", "skipped": "-", "unknown": "?"}
STYLES = {
    "ok": "green",
    "warn": "yellow",
    "fail": "bold red",
    "blocked": "dim",
    "skipped": "dim",
    "unknown": "magenta",
    "healthy": "bold green",
    "exposed": "bold yellow",
    "broken": "bold red",
    "command": "bold cyan",
    "title": "bold",
    "quiet": "dim",
}
_WIDEST = 100


class Screen:
    """Writes to one stream. Never raises for a character that the console does not have."""

    def __init__(self, stream: TextIO, *, color: bool = True) -> None:
        self._stream = stream
        self._color = color
        self._console: Console | None = None
        self.unicode = _can_show(stream, "✓✗·…—")

    def line(self, text: str = "", style: str | None = None, *, indent: int = 0, first: str = "") -> None:
        """One paragraph, wrapped to the width, every line indented; `first` stands before the first line."""
        from rich.padding import Padding
        from rich.text import Text

        console = self._open()
        body = Text(self._plain(text), style=STYLES.get(style or "", ""))
        if first:
            lead = Text(self._plain(first.ljust(indent)), style=STYLES.get(style or "", ""))
            width = max(20, console.width - indent)
            wrapped = body.wrap(console, width) or [Text("")]
            for number, part in enumerate(wrapped):
                console.print((lead if number == 0 else Text(" " * indent)) + part)
        else:
            console.print(Padding(body, (0, 0, 0, indent)) if indent else body)

    def command(self, text: str, *, indent: int = 2) -> None:
        """A command to copy: never wrapped by us, so that it stays one line to paste."""
        from rich.text import Text

        self._open().print(
            Text(" " * indent + self._plain(text), style=STYLES["command"]),
            soft_wrap=True,
            overflow="ignore",
            no_wrap=True,
        )

    def raw(self, text: str) -> None:
        """Text as it is (SQL, JSON)."""
        self._stream.write(self._plain(text) + "\n")
        self._stream.flush()

    def mark(self, status: str) -> str:
        """The sign of a status, in ASCII where the console has no other."""
        return (_MARKS if self.unicode else _PLAIN_MARKS)[status]

    def flush(self) -> None:
        self._stream.flush()

    def _plain(self, text: str) -> str:
        if self.unicode:
            return text
        for fancy, simple in (
            ("…", "..."),
            ("–", "-"),
            ("—", "-"),
            ("·", "-"),
            ("→", "->"),
            ("✓", "+"),
            ("’", "'"),
        ):
            text = text.replace(fancy, simple)
        encoding = self._stream.encoding or "ascii"
        return text.encode(encoding, "replace").decode(encoding)

    def _open(self) -> Console:
        if self._console is None:
            from rich.console import Console

            wide = os.environ.get("COLUMNS", "")
            interactive = self._stream.isatty()
            self._console = Console(
                file=self._stream,
                no_color=not self._color or None,
                highlight=False,
                markup=False,
                emoji=False,
                soft_wrap=False,
                width=None if interactive or wide.isdigit() else 80,
                force_terminal=None if self._color else False,
                safe_box=True,
                legacy_windows=False if not interactive else None,
            )
            if self._console.width > _WIDEST:
                self._console.width = _WIDEST
        return self._console


def make_screens(*, color: bool) -> tuple[Screen, Screen]:
    """The screens of stdout (results) and stderr (progress, questions, hints)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    return Screen(sys.stdout, color=color), Screen(sys.stderr, color=color)


def show_error(screen: Screen, message: str, hint: str | None) -> None:
    """`error:` and, after it, `hint:` with the next step."""
    screen.line(message, "fail", indent=7, first=_("error:"))
    if hint:
        screen.line(hint, indent=7, first=_("hint:"))


def _can_show(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
