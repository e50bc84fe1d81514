"""The entries `[[ignore]]` of `iahome-fix.toml`: findings that somebody answers for, until a day.

[[ignore]]
check = "data.orphans"
object = "17"
until = 2026-12-31
why = "imported rows, Anna looks at them in December"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from iahome_fix.i18n import _

KEYS = ("check", "object", "until", "why")
_HEAD = re.compile(r"\s*\[\[\s*ignore\s*\]\]")
_ANY_HEAD = re.compile(r"\s*\[")
_KEY = re.compile(r"\s*([\w-]+)\s*=")
_CHECK = re.compile(r"[a-z]+\.[a-z0-9-]+")
_LONGEST = 500


@dataclass(frozen=True)
class Ignored:
    """One entry: a check, and of what it names one `object` (None: all of it), until that day included.

    `place`: file and line.
    """

    check: str
    object: str | None
    until: date
    why: str
    place: str

    def said_of(self, check: str) -> str:
        """That somebody knows of what this check found, until when and why."""
        return _("{check}, acknowledged until {day}: {why}").format(
            check=check, day=self.until.isoformat(), why=self.why
        )


def read(entries: Any, text: str, file: str, say: Callable[[int, str], None]) -> tuple[Ignored, ...]:
    """The entries as the file has them; `say` is told of each line that means nothing.

    `text`: the whole file, for its lines.
    """
    lines = _lines(text)
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        say(_line_of_key(text), _("ignore is a list of sections, each headed [[ignore]]"))
        return ()
    found = []
    for number, given in enumerate(entries):
        at = lines[number] if number < len(lines) else {"": _line_of_key(text)}
        one = _entry(given, at, file, say)
        if one is not None:
            found.append(one)
    return tuple(found)


def _entry(
    given: Mapping[str, Any], at: Mapping[str, int], file: str, say: Callable[[int, str], None]
) -> Ignored | None:
    def line(key: str) -> int:
        return at.get(key, at[""])

    wrong = False

    def refuse(key: str, words: str) -> None:
        nonlocal wrong
        wrong = True
        say(line(key), words)

    for key in given.keys() - set(KEYS):
        refuse(
            key, _("[[ignore]] has no key {key}; its keys are: {keys}").format(key=key, keys=", ".join(KEYS))
        )
    check, thing, why = given.get("check"), given.get("object"), given.get("why")
    if not isinstance(check, str) or not _CHECK.fullmatch(check):
        refuse(
            "check",
            _("check is the id of a check, such as data.orphans (iahome-fix checks lists all checks)"),
        )
    if thing is not None and not (isinstance(thing, (str, int)) and str(thing).strip()):
        refuse("object", _("object is what the finding names, as a text"))
    if not isinstance(why, str) or not why.strip() or len(why) > _LONGEST:
        refuse("why", _("why says why it is known, in at most {count} characters").format(count=_LONGEST))
    until = _day(given.get("until"))
    if until is None:
        refuse("until", _("until is the last day, such as 2026-12-31"))
    if wrong or until is None:
        return None
    return Ignored(str(check), None if thing is None else str(thing), until, str(why), f"{file}:{at['']}")


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _lines(text: str) -> Sequence[Mapping[str, int]]:
    """The line of each entry (under "") and of its keys."""
    found: list[dict[str, int]] = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if _HEAD.match(line):
            found.append({"": number})
            inside = True
        elif _ANY_HEAD.match(line):
            inside = False
        elif inside and (key := _KEY.match(line)):
            found[-1].setdefault(key[1], number)
    return found


def _line_of_key(text: str) -> int:
    lines = text.splitlines()
    return next((n for n, line in enumerate(lines, 1) if re.match(r"\s*\[?ignore\b", line)), 1)
