"""The data of the configuration: a value, where it comes from, and what is wrong with a file.

No text form of these shows a value.
"""

from __future__ import annotations

from dataclasses import dataclass

from iahome_fix.i18n import _

PROCESS_ENVIRONMENT = "process environment"


@dataclass(frozen=True)
class Source:
    """One place that sets a variable.

    Attributes:
        where: "process environment", or the path of the file as it was given.
        line: the line of the file, from 1.
        name: the variable name that is really used there; may be an alias.
    """

    where: str
    line: int | None
    name: str

    @property
    def place(self) -> str:
        """Where it is, for a person: `.env.local:3`."""
        if self.where == PROCESS_ENVIRONMENT:
            return _("process environment")
        return self.where if self.line is None else f"{self.where}:{self.line}"


@dataclass(frozen=True, repr=False)
class Value:
    """What the app reads for one variable.

    Attributes:
        text: the value after quotes, escapes and `$` are done with; nothing is stripped from it.
        raw: how it stands in its place.
        source: where it comes from.
        shadows: the other places that set the same variable or one of its aliases, highest rank first.
        expanded: a `$` was expanded and changed the value.
        lost: what followed a `$` names no variable that is set, and became nothing.
    """

    text: str
    raw: str
    source: Source
    shadows: tuple[Source, ...] = ()
    expanded: bool = False
    lost: bool = False

    def __repr__(self) -> str:
        """Says where the value comes from; never the value, nor how long it is."""
        return f"Value(hidden, source={self.source!r}, shadows={self.shadows!r}, expanded={self.expanded!r})"

    @property
    def is_blank(self) -> bool:
        """Whether the variable is set to nothing."""
        return not clean(self.text)


@dataclass(frozen=True)
class FileProblem:
    """What is wrong with an env file; `serious` when the app, or the tool, does not get what stands there."""

    path: str
    line: int | None
    message: str
    serious: bool


@dataclass(frozen=True)
class PassedOver:
    """A way to the database that is configured and was found closed before anything was asked.

    Attributes:
        variable: the name of the variable that it is configured by.
        reason: a stable word, as `DatabaseUnreachable` has it.
        message: why, one sentence without any part of the value.
        hint: how it is mended, or None.
    """

    variable: str
    reason: str
    message: str
    hint: str | None


_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
"""What copying from a web page can leave at the ends; `str.strip` does not know these."""

_QUOTES = "'\"`"


def is_blank_character(character: str) -> bool:
    """Whether a character is white space, or one that nobody sees."""
    return character.isspace() or character in _INVISIBLE


def clean(text: str) -> str:
    """The value without white space, stray quotes and written-out line breaks around it.

    A closing quote goes only if it is the last of its kind: `host=db password='a b'` stays as it is.
    """
    while True:
        before = text
        while text and is_blank_character(text[0]):
            text = text[1:]
        while text and is_blank_character(text[-1]):
            text = text[:-1]
        text = text.removesuffix("\\n").removesuffix("\\r")
        if len(text) > 1 and text[0] in _QUOTES and text[0] == text[-1]:
            text = text[1:-1]
        elif text[:1] and text[0] in _QUOTES:
            text = text[1:]
        elif text[-1:] and text[-1] in _QUOTES and text.count(text[-1]) == 1:
            text = text[:-1]
        if text == before:
            return text
