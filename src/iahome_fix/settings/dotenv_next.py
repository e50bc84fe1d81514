"""Reads the text of one env file as a Next.js app does.

Next.js carries its own copy of the JavaScript dotenv (16.3 in `@next/env` 14 to 16). It takes a file for
one long text in which it searches assignments, so a value may reach over several lines and a line that
fits nowhere is passed over without a word. python-dotenv cuts the same text differently (comments,
back-ticks, escapes, text after a closing quote), which is why the values are read here and python-dotenv
is asked only what a person got wrong (`half_written`). The rules were measured against `@next/env` 14.2,
15.5 and 16.4; tests/settings holds the cases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BLANK = "[\\t\\n\\v\\f\\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
"""White space as JavaScript has it: with the byte order mark, without the ASCII separators."""

_BREAK = "\\n\\r\u2028\u2029"
_LINE_START = f"(?:\\A|(?<=[{_BREAK}]))"
_LINE_END = f"(?=[{_BREAK}]|\\Z)"
_QUOTES = "'\"`"
_QUOTED = "|".join(f"{q}(?:\\\\{q}|[^{q}])*{q}" for q in _QUOTES)

_ASSIGNMENT = re.compile(
    f"{_LINE_START}{_BLANK}*(?:export{_BLANK}+)?"
    "(?P<name>[A-Za-z0-9_.-]+)"
    f"(?:{_BLANK}*={_BLANK}*?|:{_BLANK}+?)"
    f"(?P<value>{_BLANK}*(?:{_QUOTED})|[^#\\r\\n]+)?"
    f"{_BLANK}*(?P<comment>\\#[^{_BREAK}]*)?{_LINE_END}"
)
_AROUND = re.compile(f"\\A{_BLANK}+|{_BLANK}+\\Z")
_IN_QUOTES = re.compile(f"{_LINE_START}(?P<quote>['\"`])(?P<inner>[\\s\\S]*)(?P=quote){_LINE_END}")


@dataclass(frozen=True)
class Assignment:
    """One `NAME=value` of a file.

    Attributes:
        name: the variable.
        value: what the app reads before `$` is expanded.
        raw: the value as it stands in the file, with quotes and blanks, without the comment.
        line: where the name stands, from 1.
        last_line: where the value ends.
        open_quote: the value starts with a quote that nothing closes, so the quote is part of it.
        cut: a `#` directly follows the value; the app does not read what is behind it.
    """

    name: str
    value: str = field(repr=False)
    raw: str = field(repr=False)
    line: int
    last_line: int
    open_quote: bool
    cut: bool


def unify_breaks(text: str) -> str:
    """The text with `\\n` for every line break, as the JavaScript side turns it before reading."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(text: str) -> tuple[Assignment, ...]:
    """All assignments of a file in their order, a name that is set twice included (the last one counts)."""
    text = unify_breaks(text)
    return tuple(_assignment(text, match) for match in _ASSIGNMENT.finditer(text))


def _assignment(text: str, match: re.Match[str]) -> Assignment:
    raw = match["value"] or ""
    written = _AROUND.sub("", raw)
    value = _IN_QUOTES.sub(lambda m: m["inner"], written)
    if written.startswith('"'):
        value = value.replace("\\n", "\n").replace("\\r", "\r")
    starts_with_quote = written != "" and written[0] in _QUOTES
    glued = match["comment"] is not None and not text[match.start("comment") - 1].isspace()
    value_end = match.end("name") if match["value"] is None else match.end("value")
    line = 1 + text.count("\n", 0, match.start("name"))
    return Assignment(
        name=match["name"],
        value=value,
        raw=raw,
        line=line,
        last_line=line + text.count("\n", match.start("name"), value_end),
        open_quote=starts_with_quote and not _IN_QUOTES.match(written),
        cut=glued and not starts_with_quote,
    )
