"""Which words of a line lead to a page of a dashboard, and which terminals can show that (OSC 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iahome_fix import dashboards
from iahome_fix.i18n import N_, _

EDITOR = N_("SQL editor")
"""What the place is called in which a person runs SQL."""

_OBJECT = re.compile(r"\b(?:(?:pi|ch|py|evt|we|cus|sub|in)_[0-9A-Za-z]{14,}|cs_(?:test|live)_\w+)\b")
_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "Hyper", "ghostty", "rio", "Tabby")
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour")
_OLDEST_VTE = 5000


class Pages:
    """The pages of one project and one mode of Stripe."""

    def __init__(self, ref: str | None, mode: str | None) -> None:
        self._ref, self._mode = ref, mode

    def of(self, thing: str) -> str | None:
        """The page of a payment, an event, an endpoint, or of the SQL editor; None without one."""
        if thing == _(EDITOR):
            return dashboards.sql_editor(self._ref)
        return dashboards.stripe_object(thing, self._mode) if _OBJECT.fullmatch(thing) else None

    def within(self, line: str) -> Iterator[tuple[int, int, str]]:
        """Where such a thing stands in a line, and its page."""
        found = [*_OBJECT.finditer(line), *re.finditer(re.escape(_(EDITOR)), line)]
        for match in found:
            page = self.of(match[0])
            if page is not None:
                yield match.start(), match.end(), page


def can_link(environ: Mapping[str, str]) -> bool:
    """Is this a terminal that is known to show a link behind words? `FORCE_HYPERLINK` (0, 1) overrules it."""
    forced = environ.get("FORCE_HYPERLINK")
    if forced:
        return forced != "0"
    term = environ.get("TERM", "")
    if term == "dumb" or term.startswith(("screen", "tmux")) or environ.get("TMUX"):
        return False  # what stands between may swallow it
    vte = environ.get("VTE_VERSION", "")
    return (
        environ.get("TERM_PROGRAM") in _PROGRAMS
        or term.startswith(_TERMS)
        or any(environ.get(name) for name in ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"))
        or (vte.isdecimal() and int(vte) >= _OLDEST_VTE)
    )
