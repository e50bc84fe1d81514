"""What a trigger's function does with a new or a changed row, as far as its source says it without doubt.

Read along the one path that the row takes: conditions are evaluated, and whatever cannot be (variables,
queries, loops, handlers of exceptions) ends the reading with no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Effect = Literal["raises", "drops", "hides"]
Event = Literal["INSERT", "UPDATE"]
Holds = Callable[[str], bool | None]
"""Whether a condition over `new` holds for the handler's row; None where that cannot be told."""

_UNREAD = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL)
_FLAGS = re.IGNORECASE | re.DOTALL
_BLOCK = re.compile(r"\b(if|end\s+if|elsif|elseif|else|case|loop)\b", _FLAGS)
_CALM = re.compile(r"raise\s+(debug|log|info|notice|warning)\b", _FLAGS)
_SET = re.compile(r"new\.(\w+)\s*:?=(?!=)", _FLAGS)
_BEYOND = re.compile(
    r"(case|loop|while|for|foreach|begin|declare|execute|exit|continue|call|commit|rollback)\b|<<", _FLAGS
)
_WORDS = re.compile(r"(?:new|old)\.\w+|[a-z_]\w*", _FLAGS)
_SIGNS = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_OPERATORS = frozenset(
    re.findall(r"\S+", "= <> != < > <= >= || + - * / % ~ ~* !~ !~* ~~ !~~ ~~* !~~* -> ->> #> #>> ? @> <@")
)
_KNOWN = frozenset(
    re.findall(
        r"\w+",
        "and or not is null true false in like ilike between distinct from any array coalesce nullif lower"
        " upper btrim trim length now current_timestamp interval at time zone text varchar character varying"
        " integer boolean timestamp timestamptz uuid jsonb",
    )
)
_STAMPS = frozenset(
    re.findall(
        r"\w+",
        "tg_op timezone clock_timestamp statement_timestamp transaction_timestamp localtimestamp current_date"
        " date_trunc gen_random_uuid to_jsonb jsonb_build_object concat left right",
    )
)
"""What a trigger may call besides when it sets a column of its row."""
_BRANCH = re.compile(r"\s*(?:(?:if|elsif|elseif)\b(?P<when>.*?)\bthen\b|else\b|end\s+if\b)", _FLAGS)


@dataclass(frozen=True)
class Told:
    """What happens to the row; `words` is the function's own message, or the assignment that hides it;
    `missing`: the column that it names and the table does not have."""

    effect: Effect
    words: str = ""
    missing: str | None = None


def read(
    body: str, holds: Holds, *, drops: bool, columns: Iterable[str] = (), event: Event = "INSERT"
) -> Told | None:
    """What the function does with the row that `holds` stands for; None if nothing, or if it cannot be told.

    `drops`: the trigger is one before each row, so that `return null` leaves the row out. `columns`:
    those of the table, where they are known; `event`: what fires it.
    """
    return _Reader(body, holds, drops, frozenset(columns), event).read()


def readable(condition: str) -> bool:
    """Whether a condition is made of nothing but columns of the two rows, constants and harmless words."""
    code = _masked(condition)
    words, signs = _WORDS.findall(code), _SIGNS.findall(code)
    # An operator that somebody made calls a function, and letters beyond ASCII may be the name of one.
    return (
        code.isascii()
        and _OPERATORS.issuperset(signs)
        and all(word.lower().startswith(("new.", "old.")) or word.lower() in _KNOWN for word in words)
    )


def only_assigns(body: str) -> bool:
    """Does the function nothing but set columns of its row, with harmless words and readable conditions?"""
    code = _masked(body)
    found = re.fullmatch(r"\s*begin\b(.*)\bend\s*;?\s*", code, _FLAGS)
    if found is None:
        return False
    start = found.start(1)
    return all(
        _is_plain(part[0], body[start + part.start() :][: len(part[0])])
        for part in re.finditer(r"[^;]+", found[1])
    )


def _is_plain(code: str, source: str) -> bool:
    """Is it an assignment to the row, a RETURN of it, a word to the log, or the frame of an IF?"""
    lead = _BRANCH.match(code)
    while lead is not None:
        if lead["when"] and not _harmless(source[lead.start("when") : lead.end("when")]):
            return False
        code, source = code[lead.end() :], source[lead.end() :]
        lead = _BRANCH.match(code)
    text = code.strip().lower()
    if text in ("", "return new", "return null", "return old", "return") or (
        _CALM.match(text) and "(" not in text
    ):
        return True
    found = _SET.match(code.lstrip())
    return found is not None and _harmless(source.lstrip()[found.end() :])


def _harmless(expression: str) -> bool:
    code = _masked(expression)
    known = _KNOWN | _STAMPS
    return (
        code.isascii()
        and _OPERATORS.issuperset(_SIGNS.findall(code))
        and all(
            word.lower().startswith(("new.", "old.")) or word.lower() in known
            for word in _WORDS.findall(code)
        )
    )


def _masked(text: str) -> str:
    """The text with strings and comments blanked out, so that words are found where they are code."""
    return _UNREAD.sub(lambda found: " " * len(found[0]), text)


class _Reader:
    def __init__(self, body: str, holds: Holds, drops: bool, columns: frozenset[str], event: Event) -> None:
        self._source = body
        self._code = _masked(body)
        self._holds = holds
        self._drops = drops
        self._columns = columns
        self._event = event
        self._hidden: Told | None = None

    def read(self) -> Told | None:
        start = re.search(r"\bbegin\b", self._code, _FLAGS)
        if start is None or re.search(r"\bexception\s+when\b", self._code, _FLAGS):
            return None
        at: int | None = start.end()
        while at is not None:
            at += len(self._code[at:]) - len(self._code[at:].lstrip())
            told, at = self._statement(at)
            if told is not None:
                return told
        return None

    def _statement(self, at: int) -> tuple[Told | None, int | None]:
        """What the statement at this place decides, and where the next one begins; None: stop reading."""
        code = self._code
        if missing := self._missing(at):
            return Told("raises", f'record "new" has no field "{missing}"', missing), None
        if self._starts(r"if\b", at):
            return None, self._condition(at)
        if self._starts(r"(elsif|elseif|else)\b", at):
            return None, self._past(at, "end")
        if self._starts(r"end\s+if\b", at):
            return None, self._next(at)
        if self._starts(r"raise\b", at):
            if _CALM.match(code, at):
                return None, self._next(at)
            message = re.search(r"'((?:[^']|'')*)'", self._source[at : self._next(at)])
            return Told("raises", message[1].replace("''", "'") if message else ""), None
        if self._event == "UPDATE" and self._starts(r"return\s+old\b", at):
            return (Told("drops"), None) if self._drops else (self._hidden, None)
        if self._starts(r"return\s+null\b", at):
            return (Told("drops"), None) if self._drops else (self._hidden, None)
        if self._starts(r"return\b", at):
            return self._hidden, None
        if self._starts(r"end\b", at) or _BEYOND.match(code, at):
            return None, None
        self._assigned(at)
        return None, self._next(at)

    def _missing(self, at: int) -> str | None:
        """The column that the statement here names of the new row, and that the table does not have."""
        if not self._columns:
            return None
        then = (
            re.compile(r"\bthen\b", _FLAGS).search(self._code, at)
            if self._starts(r"(els)?if\b", at)
            else None
        )
        end = then.start() if then else self._next(at)
        named = re.findall(r"\bnew\.(\w+)", self._code[at:end], _FLAGS)
        return next((name.lower() for name in named if name.lower() not in self._columns), None)

    def _assigned(self, at: int) -> None:
        found = _SET.match(self._code, at)
        end = self._next(at)
        if found is None or end is None or not self._drops:
            return
        column, value = found[1].lower(), self._source[found.end() : end - 1].strip()
        over = {
            "is_active": f"({value}) is not true",
            "expires_at": f"({value}) <= now() at time zone 'utc'",
        }.get(column)
        if over is not None:
            hidden = readable(over) and self._holds(over)
            self._hidden = Told("hides", f"{column} := {value}") if hidden else None

    def _condition(self, at: int) -> int | None:
        """Into the branch that the row takes, or behind the IF."""
        then = re.compile(r"\bthen\b", _FLAGS).search(self._code, at)
        if then is None:
            return None
        begin = re.compile(r"(if|elsif|elseif)\b", _FLAGS).match(self._code, at)
        text = self._source[begin.end() if begin else at : then.start()].strip()
        text = re.sub(r"\btg_op\b", f"'{self._event}'", text, flags=_FLAGS)
        answer = self._holds(text) if readable(text) else None
        if answer is None:
            return None
        return then.end() if answer else self._past(then.end(), "branch")

    def _past(self, at: int, what: Literal["branch", "end"]) -> int | None:
        """Behind the rest of an IF: to its next branch that is taken, or to its end."""
        depth = 0
        place = at
        while (found := _BLOCK.search(self._code, place)) is not None:
            place = found.end()
            word = " ".join(found[1].lower().split())
            if word in ("case", "loop"):
                return None
            if word == "if":
                depth += 1
            elif word == "end if":
                if depth == 0:
                    return self._next(found.start())
                depth -= 1
            elif depth == 0 and what == "branch":
                return found.end() if word == "else" else self._condition(found.start())
        return None

    def _starts(self, pattern: str, at: int) -> bool:
        return re.compile(pattern, _FLAGS).match(self._code, at) is not None

    def _next(self, at: int) -> int | None:
        end = self._code.find(";", at)
        return None if end < 0 else end + 1
