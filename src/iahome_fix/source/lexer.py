"""Reads TypeScript and JavaScript as words and signs, well enough to find calls and their literals.

No parser: comments go, strings keep their text, nothing is run. What cannot be told for sure (a regular
expression or a division, an apostrophe in the text of a page) is settled so that at most one line is misread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum


class Sort(Enum):
    """What a token is."""

    NAME = "name"
    TEXT = "text"
    TEMPLATE = "template"
    NUMBER = "number"
    PATTERN = "pattern"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a sign.

    Attributes:
        sort: TEXT is a string or a template without a substitution; TEMPLATE is one with.
        value: the text of a string; of a template with `${}` for each substitution; otherwise as written.
        line: from 1.
    """

    sort: Sort
    value: str
    line: int


_PIECE = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<text>"(?:\\.|\\\n|[^"\\\n])*"|'(?:\\.|\\\n|[^'\\\n])*')
  | (?P<name>[A-Za-z_$\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*)
  | (?P<number>\d[\w.]*)
  | (?P<sign>\?\.(?!\d)|=>|===|!==|==|!=|\.\.\.|&&|\|\||\?\?|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
# After one of these a slash begins a regular expression; after anything else it divides, or closes a tag.
_BEFORE_PATTERN = frozenset((*"(,=:[!&|?{};", "=>", "&&", "||", "??", "==", "===", "!=", "!==", "..."))
_WORDS_BEFORE_PATTERN = frozenset(("return", "typeof", "case", "in", "of", "await", "yield", "void", "new"))
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r\n|.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_DEEPEST = 20
_LONGEST_PATTERN = 300
_IN_TEMPLATE = re.compile(r"[^`\\$]+")


def read(code: str) -> list[list[Token]]:
    """The tokens of a file: first those of the file itself, then those inside each template's `${}`."""
    streams: list[list[Token]] = [[]]
    streams[0] = _tokens(code, 0, 1, streams, None, 0)[0]
    return streams


def _tokens(
    code: str, at: int, line: int, streams: list[list[Token]], closing: str | None, depth: int
) -> tuple[list[Token], int, int]:
    """Tokens from `at` up to a sign `closing` that was not opened here; where that is, and in which line."""
    found: list[Token] = []
    open_braces = 0
    # Up to where a quote of each kind is known to be closed by nothing on its line: looked for once only.
    unclosed = {"'": 0, '"': 0}
    while at < len(code):
        if at < unclosed.get(code[at], 0):
            found.append(Token(Sort.SIGN, code[at], line))
            at += 1
            continue
        if code[at] == "`" and depth < _DEEPEST:
            token, at, line = _template(code, at, line, streams, depth)
            found.append(token)
            continue
        if code[at] == "/" and _pattern_may_begin(found) and (pattern := _a_pattern(code, at)):
            found.append(Token(Sort.PATTERN, pattern, line))
            at += len(pattern)
            continue
        piece = _PIECE.match(code, at)
        if piece is None:
            break
        text = piece[0]
        if text in unclosed:
            unclosed[text] = (code.find("\n", at) + 1 or len(code) + 1) - 1
        if closing == "}" and piece.lastgroup == "sign":
            open_braces += (text == "{") - (text == "}")
            if open_braces < 0:
                return found, piece.end(), line
        token_or_none = _token(piece.lastgroup or "", text, line)
        if token_or_none is not None:
            found.append(token_or_none)
        line += text.count("\n")
        at = piece.end()
    return found, at, line


def _token(group: str, text: str, line: int) -> Token | None:
    if group in ("blank", "comment"):
        return None
    if group == "text":
        return Token(Sort.TEXT, unescape(text[1:-1]), line)
    return Token({"name": Sort.NAME, "number": Sort.NUMBER}.get(group, Sort.SIGN), text, line)


def _template(
    code: str, at: int, line: int, streams: list[list[Token]], depth: int
) -> tuple[Token, int, int]:
    start_line, parts, at = line, [[""]], at + 1
    while at < len(code) and code[at] != "`":
        if code.startswith("${", at):
            nested, at, line = _tokens(code, at + 2, line, streams, "}", depth + 1)
            streams.append(nested)
            parts.append([])
            continue
        plain = _IN_TEMPLATE.match(code, at)
        text = plain[0] if plain else code[at : at + 2] if code[at] == "\\" else code[at]
        parts[-1].append(text)
        line += text.count("\n")
        at += len(text)
    texts = [unescape("".join(part)) for part in parts]
    if len(texts) == 1:
        return Token(Sort.TEXT, texts[0], start_line), at + 1, line
    return Token(Sort.TEMPLATE, "${}".join(texts), start_line), at + 1, line


def _pattern_may_begin(found: Sequence[Token]) -> bool:
    if not found:
        return True
    last = found[-1]
    if last.sort is Sort.SIGN:
        return last.value in _BEFORE_PATTERN
    return last.sort is Sort.NAME and last.value in _WORDS_BEFORE_PATTERN


def _a_pattern(code: str, at: int) -> str | None:
    if code[at + 1 : at + 2] in ("/", "*", ">", ""):
        return None
    match = _PATTERN.match(code, at, at + _LONGEST_PATTERN)
    return match[0] if match else None


def unescape(text: str) -> str:
    """What a string holds once its escapes are resolved."""
    if "\\" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        digits = match[1] or match[2] or match[3]
        if digits:
            number = int(digits, 16)
            # Halves of pairs and numbers beyond Unicode cannot be printed.
            return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd"
        return _ESCAPED.get(match[4], match[4])

    return _ESCAPE.sub(one, text)


def texts(streams: Sequence[Sequence[Token]]) -> Iterator[Token]:
    """Every string of a file."""
    for stream in streams:
        for token in stream:
            if token.sort in (Sort.TEXT, Sort.TEMPLATE):
                yield token
