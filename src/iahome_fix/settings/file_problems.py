"""Finds what a person got wrong inside an env file: half-written lines, open quotes, wrong encoding.

python-dotenv says which lines are no proper assignment; what Next.js reads all the same is not reported.
A message never quotes the file: a line without "=" may well be a key that was pasted alone.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

from dotenv.parser import parse_stream

from iahome_fix.i18n import _
from iahome_fix.settings import dotenv_next
from iahome_fix.settings.model import FileProblem
from iahome_fix.settings.names import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dotenv.parser import Binding

    from iahome_fix.settings.dotenv_next import Assignment
    from iahome_fix.settings.model import Source

_REPLACED = "\ufffd"
_NAME = re.compile(r"\s*(?:export\s+)?['\"]?([A-Za-z_][A-Za-z0-9_]*)")


def find(where: str, text: str, assignments: Sequence[Assignment]) -> tuple[FileProblem, ...]:
    """The problems of one file, in the order of its lines.

    Args:
        where: the path as shown.
        text: the whole file.
        assignments: what `dotenv_next.read` got from it.
    """
    found = [*_in_values(where, assignments), *_in_lines(where, text, assignments)]
    return tuple(sorted(found, key=lambda p: p.line or 0)) + tuple(_encoding(where, text, assignments))


def endless_reference(where: str, assignments: Sequence[Assignment], name: str) -> FileProblem:
    """The problem of a file that Next.js drops because the variable `name` refers to itself."""
    line = next((a.line for a in reversed(assignments) if a.name == name), None)
    message = _("A $ reference leads back to its own variable; Next.js then reads nothing from this file.")
    return FileProblem(where, line, message, serious=True)


def lost_reference(source: Source) -> FileProblem:
    """A `$` that was expanded to nothing: mostly one in a password, so what follows it is not quoted."""
    message = _(
        "a $ in {variable} was read as a variable that is set nowhere, and became nothing, in the app as well"
        " as here; write \\$ for a plain $."
    ).format(variable=source.name)
    return FileProblem(source.where, source.line, message, serious=False)


def _in_values(where: str, assignments: Sequence[Assignment]) -> Iterator[FileProblem]:
    for a in assignments:
        serious = a.name in KNOWN
        if a.open_quote:
            message = _(
                "The quote that opens this value is not closed at its end; it becomes part of the value."
            )
            yield FileProblem(where, a.line, message, serious)
        elif a.cut:
            message = _("The value ends at the first #; put it in quotes if the # belongs to it.")
            yield FileProblem(where, a.line, message, serious=False)


def _in_lines(where: str, text: str, assignments: Sequence[Assignment]) -> Iterator[FileProblem]:
    read_lines = {line for a in assignments for line in range(a.line, a.last_line + 1)}
    previous = None
    for line, binding in _statements(text):
        if line in read_lines:
            continue
        # Of lines that follow each other (a key over several lines) the first one says it all.
        serious = _names_known(binding)
        if serious or line - 1 != previous:
            yield FileProblem(where, line, _line_message(binding), serious)
        previous = line


def _statements(text: str) -> Iterator[tuple[int, Binding]]:
    """The statements that python-dotenv finds broken, or that only other readers than Next.js accept."""
    for binding in parse_stream(StringIO(dotenv_next.unify_breaks(text))):
        written = binding.original.string
        if binding.error or binding.key is not None:
            blank = len(written) - len(written.lstrip())
            yield binding.original.line + written.count("\n", 0, blank), binding


def _line_message(binding: Binding) -> str:
    if "=" not in binding.original.string:
        return _("This line has no =, so it sets nothing.")
    return _("Next.js cannot read this line, so it sets nothing.")


def _names_known(binding: Binding) -> bool:
    name = _NAME.match(binding.original.string)
    return name is not None and name[1] in KNOWN


def _encoding(where: str, text: str, assignments: Sequence[Assignment]) -> Iterator[FileProblem]:
    if _REPLACED not in text:
        return
    hit = next((a for a in assignments if _REPLACED in a.value), None)
    line = hit.line if hit else 1 + dotenv_next.unify_breaks(text).count("\n", 0, text.index(_REPLACED))
    message = _("This file is not UTF-8; Next.js replaces the characters it does not understand.")
    yield FileProblem(where, line, message, serious=hit is not None and hit.name in KNOWN)
