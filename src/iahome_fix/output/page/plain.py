"""Foreign text made fit for a page that leaves the house: nothing secret or steering, and not endless."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from iahome_fix.explain.privacy import Shown
from iahome_fix.i18n import _
from iahome_fix.masks import without_keys
from iahome_fix.output.page.home import home_folder, without_home
from iahome_fix.output.wrapping import harmless

LONGEST = 2_000
"""Characters of one sentence or value that a page shows."""
MOST = 20
"""Entries of one list that a page shows."""
_LONGEST_READ = 3 * LONGEST
_DEEPEST = 4
# What a terminal may have, and a page may not: halves of characters, signs that turn the direction or end a
# line unseen, characters that XML does not know.
_ODD = re.compile("[\ud800-\udfff\u061c\u2028\u2029\ufeff\ufffe\uffff\U000e0000-\U000e007f]")
_MASKED = Shown(emails=False)


def fit(text: str, most: int = LONGEST) -> str:
    """A sentence of this tool, whatever foreign values it holds; cut where it is longer than `most`."""
    return _cut(_steady(without_keys(text[:_LONGEST_READ])), most, len(text))


def label(text: str) -> str:
    """A name: of a host, a project, a run."""
    return fit(text, 300)


def values(evidence: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Evidence as names and lines: one line for a plain value, one for each entry of a list."""
    return [(_steady(str(name)[:100]), _lines(name, value)) for name, value in evidence.items()]


def _lines(name: str, value: Any) -> list[str]:
    shown = next(iter(_MASKED.tree({name: _bounded(value, _DEEPEST)}).values()))
    left_out = len(value) - MOST if _is_list(value) else 0
    lines = [_line(entry) for entry in shown] if isinstance(shown, list) else [_line(shown)]
    if left_out > 0:
        lines.append(_("… and {count} more").format(count=left_out))
    return lines or ["-"]


def _line(value: Any) -> str:
    if isinstance(value, Mapping):
        text = ", ".join(f"{name} = {_word(inner)}" for name, inner in value.items())
    else:
        text = _word(value)
    return _cut(_steady(text), LONGEST, len(text)) or "-"


def _word(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _bounded(value: Any, depth: int) -> Any:
    """The same, no longer and no deeper than it is shown, before anything is searched in it."""
    if isinstance(value, Mapping):
        if depth == 0:
            return "…"
        entries = list(value.items())[: 3 * MOST]
        return {str(name)[:100]: _bounded(inner, depth - 1) for name, inner in entries}
    if _is_list(value):
        return [_bounded(inner, depth - 1) for inner in list(value)[:MOST]] if depth else "…"
    return str(value)[:_LONGEST_READ]


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes)


def _steady(text: str) -> str:
    return _ODD.sub("?", harmless(without_home(text, home_folder())))


def _cut(text: str, most: int, whole: int) -> str:
    if len(text) <= most:
        return text
    return text[:most] + _(" … ({count} more characters)").format(count=max(whole, len(text)) - most)
