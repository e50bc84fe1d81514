"""What a person reads: plain lines that fit the terminal, with colour and marks only where they work."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import IO, TYPE_CHECKING, TextIO, cast

from iahome_fix.i18n import _
from iahome_fix.output.links import Pages, can_link
from iahome_fix.output.outlet import Outlet
from iahome_fix.output.wrapping import FIRM, commands_firm, harmless, showable, split_command, wrap

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
_USUAL, _WIDEST, _NARROWEST = 80, 100, 20
_USUAL_ROWS = 24
_LEAST_TEXT = 16


class Screen:
    """Writes to one stream. Never raises for a missing character, a reader that went away or a full disk.

    Attributes:
        unicode: whether the stream takes the signs that are no letters.
        pages: the pages of dashboards to which words lead; None where they are not known.
        lost: whether something could not be written though there was somebody to read it.
    """

    def __init__(self, stream: TextIO | None, *, color: bool = True) -> None:
        self._outlet = Outlet(stream)
        self._color = color and not os.environ.get("NO_COLOR")
        self._printed = 0
        self.pages: Pages | None = None
        self.unicode = showable("✓✗·…—─", self._outlet.encoding) == "✓✗·…—─"

    @property
    def lost(self) -> bool:
        return self._outlet.lost

    @property
    def shows_moments(self) -> bool:
        """Whether a line can stand there for a moment and go again."""
        return self._outlet.isatty() and os.environ.get("TERM") != "dumb"

    def moment(self, text: str) -> None:
        """Write what goes again, as it is."""
        self._outlet.write_past(showable(text, self._outlet.encoding))

    @property
    def gone(self) -> bool:
        """Whether nothing can be written any more, for whatever reason."""
        return self._outlet.failure is not None

    @property
    def why_lost(self) -> str:
        """The system's word for why nothing can be written any more."""
        return getattr(self._outlet.failure, "strerror", None) or type(self._outlet.failure).__name__

    @cached_property
    def width(self) -> int:
        """How many cells a line may have."""
        asked = os.environ.get("COLUMNS", "")
        wide = int(asked) if asked.isdecimal() else 0
        if not wide and self._outlet.isatty():
            try:
                wide = os.get_terminal_size(self._outlet.fileno()).columns
            except (OSError, ValueError):
                wide = 0
        return min(max(wide or _USUAL, _NARROWEST), _WIDEST)

    @cached_property
    def rows(self) -> int:
        """How many lines are seen at once; those of a usual terminal where nobody can tell."""
        asked = os.environ.get("LINES", "")
        high = int(asked) if asked.isdecimal() else 0
        if not high and self._outlet.isatty():
            try:
                high = os.get_terminal_size(self._outlet.fileno()).lines
            except (OSError, ValueError):
                high = 0
        return high or _USUAL_ROWS

    @property
    def scrolled(self) -> bool:
        """Whether what was printed first is out of sight by now, on a terminal; the prompt takes a line."""
        return self._outlet.isatty() and self._printed >= self.rows

    def line(self, text: str = "", style: str | None = None, *, indent: int = 0, first: str = "") -> None:
        """One paragraph, wrapped to the width, every line indented; `first` stands before the first line."""
        self.put(self.laid_out(text, indent=indent, first=first), style)

    def count(self, number: int, what: str, style: str | None = None) -> None:
        """A number with what it counts, under those before it; quiet where there is nothing."""
        self.line(what, style if number else "quiet", indent=12, first=f"{number:>10,}")

    def put(self, lines: Sequence[str], style: str | None = None) -> None:
        """Lines as `laid_out` made them."""
        for line in lines:
            self._print(line, style)

    def laid_out(self, text: str, *, indent: int = 0, first: str = "") -> list[str]:
        """The lines that `line` prints."""
        lead = self._plain(first).replace(FIRM, " ")
        if lead:
            lead = lead.ljust(indent - 1) + " " if indent else lead
        # On a very narrow terminal the text needs the room more than the eye needs the column.
        indent = min(indent, max(self.width - _LEAST_TEXT, 2))
        taken = max(len(lead) - indent, 0)
        return [
            ((lead if number == 0 and lead else " " * indent) + part).rstrip()
            for number, part in enumerate(wrap(self._firmly(text), self.width - indent, taken))
        ]

    def page(self, thing: str, *, indent: int = 0) -> None:
        """The address of the page of a thing, where words cannot lead there by themselves."""
        address = self.page_of(thing)
        if address is not None:
            self.line(address, "quiet", indent=indent)

    def page_of(self, thing: str) -> str | None:
        """That address; None where there is none, or the thing leads there by itself."""
        return self.pages.of(thing) if self.pages is not None and not self._links else None

    def note(self, label: str, text: str, style: str | None = None) -> None:
        """A label such as `warning:`, and the text beside it."""
        self.line(text, style, indent=len(label) + 1, first=label)

    def command(self, text: str, *, indent: int = 2) -> None:
        """A command to copy: never wrapped by us, so that it stays one line to paste."""
        self._print(" " * indent + self._plain(text), "command")

    def raw(self, text: str) -> None:
        """Text as it is (SQL, JSON)."""
        self._outlet.write(showable(text, self._outlet.encoding) + "\n")
        self._outlet.flush()

    def prompt(self, text: str) -> None:
        """A question; the cursor stays behind it."""
        lines = wrap(self._plain(text), self.width - 1)
        self._outlet.write("\n".join(lines) + " ")
        self._outlet.flush()

    def mark(self, status: str) -> str:
        """The sign of a status, in ASCII where the console has no other."""
        return (_MARKS if self.unicode else _PLAIN_MARKS)[status]

    def flush(self) -> None:
        self._outlet.flush()

    def _firmly(self, text: str) -> str:
        """Ready to be wrapped: what must stay together holds together in every character set."""
        return FIRM.join(self._plain(part) for part in commands_firm(text).split(FIRM))

    def _plain(self, text: str) -> str:
        return showable(harmless(text), self._outlet.encoding)

    def _print(self, text: str, style: str | None) -> None:
        from rich.text import Text

        self._printed += 1
        shown = Text(text, style=STYLES.get(style or "", ""))
        if self._links and self.pages is not None:
            from rich.style import Style

            for start, end, page in self.pages.within(text):
                shown.stylize(Style(link=page), start, end)
        self._console.print(shown, soft_wrap=True)

    @cached_property
    def _links(self) -> bool:
        return self._color and self._outlet.isatty() and can_link(os.environ)

    @cached_property
    def _console(self) -> Console:
        from rich.console import Console

        return Console(
            file=cast("IO[str]", self._outlet),
            no_color=not self._color or None,
            highlight=False,
            markup=False,
            emoji=False,
            width=self.width,
            force_terminal=None if self._color else False,
            safe_box=True,
            legacy_windows=None if self._outlet.isatty() else False,
        )


def make_screens(*, color: bool) -> tuple[Screen, Screen]:
    """The screens of stdout (results) and stderr (progress, questions, hints)."""
    # Either is None in a process that was started without it.
    streams: tuple[TextIO | None, TextIO | None] = (sys.stdout, sys.stderr)
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    return Screen(streams[0], color=color), Screen(streams[1], color=color)


def show_error(screen: Screen, message: str, hint: str | None, command: str | None = None) -> None:
    """`error:` and, after it, `hint:` with the next step, and the command to copy."""
    error, advice = _("error:"), _("hint:")
    indent = max(len(error), len(advice)) + 1
    screen.line(message, "fail", indent=indent, first=error)
    if hint:
        text, at_its_end = split_command(hint)
        command = command or at_its_end
        screen.line(text, indent=indent, first=advice)
    if command:
        screen.line(_("next:"))
        screen.command(command)
