"""Text for terminals of any width and character set: wrapped between words, made of what can be shown."""

from __future__ import annotations

import re
import unicodedata

FIRM = "\u00a0"
"""A blank at which no line is broken."""

_SIMPLE = {
    "…": "...",
    "–": "-",
    "—": "-",
    "─": "-",
    "·": "-",
    "•": "*",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "×": "x",
    "✓": "+",
    "✗": "x",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "œ": "oe",
    "Œ": "OE",
    "€": "EUR",
    "\u202f": " ",
}
_COMMAND = re.compile(
    r"\biahome-fix(?: (?:--)?[a-zA-Z][a-zA-Z-]*)(?: --[a-z][a-z-]*(?:[ =](?!--)[^\s,;)]+)?)*"
)
_AT_THE_END = re.compile(r"(?P<text>.*\S)\s*: (?P<command>iahome-fix [a-z-][^\n]*)", re.DOTALL)
# Sequences that steer a terminal, or turn the direction of writing, may stand in what a server said.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def wrap(text: str, width: int, taken: int = 0) -> list[str]:
    """The lines of a text, none wider than `width` cells but for a word that is wider by itself.

    Such a word (a path, an address) stays whole: broken, it could not be copied. Blanks at the start of a
    paragraph are kept, line breaks as well. `taken`: cells of the first line that something else uses.
    """
    paragraphs = text.split("\n")
    return [
        line
        for number, paragraph in enumerate(paragraphs)
        for line in _wrapped(paragraph, width, 0 if number else taken)
    ]


def firm(text: str) -> str:
    """The text as one that is not broken anywhere: a command inside a sentence."""
    return text.replace(" ", FIRM)


def commands_firm(text: str) -> str:
    """The text with every command of this tool in it kept in one piece: name, command and options."""
    return _COMMAND.sub(lambda match: firm(match[0]), text)


def split_command(text: str) -> tuple[str, str | None]:
    """A sentence that ends with `: iahome-fix …` in two: what it says, and the command to copy."""
    match = _AT_THE_END.fullmatch(text)
    return (match["text"], match["command"]) if match else (text, None)


def harmless(text: str) -> str:
    """The text without characters that steer a terminal; tabs become blanks."""
    return _STEERING.sub("?", text.replace("\r\n", "\n").replace("\t", "    "))


def showable(text: str, encoding: str) -> str:
    """The text in characters that the encoding has: simpler signs, letters without accents, else `?`."""
    return text if _can(text, encoding) else "".join(_showable(c, encoding) for c in text)


def _wrapped(paragraph: str, width: int, taken: int) -> list[str]:
    start = len(paragraph) - len(paragraph.lstrip(" "))
    lines, line, used = [], paragraph[:start], start + taken
    empty = True
    for word in paragraph[start:].split(" "):
        needed = _cells(word)
        if not empty and used + 1 + needed > width:
            lines.append(line)
            line, used = word, needed
        elif empty:
            line, used = line + word, used + needed
        else:
            line, used = f"{line} {word}", used + 1 + needed
        empty = False
    return [each.replace(FIRM, " ").rstrip() for each in (*lines, line)]


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _showable(character: str, encoding: str) -> str:
    if _can(character, encoding):
        return character
    simple = _SIMPLE.get(character)
    if simple is not None:
        return simple
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return bare if bare and _can(bare, encoding) else "?"


def _can(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
