"""A page as Markdown, to paste into an issue: the same content, nothing in it read as markup or a mention."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iahome_fix.output.page.view import CheckView, LinkView, Table, View

_MARKUP = re.compile(r"[\\`*\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\A(?:[-+#=]|\d+(?=[.)]))")
MARKER = "<!-- iahome-fix -->"
"""Begins each document, and is not seen where it is shown."""
_JOINER = "\u2060"
"""Stands unseen behind what would call a person or another issue."""


def markdown(page: View) -> str:
    """The whole document; each paragraph of a value is one line."""
    return "\n".join(_document(page)) + "\n"


def said(text: str) -> str:
    """A text as it is shown, wherever it stands: one line, no markup, no HTML, no mention."""
    one_line = " ".join(text.split())
    plain = _MARKUP.sub(_escaped, one_line).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("@", f"@{_JOINER}").replace("#", f"#{_JOINER}")


def _escaped(found: re.Match[str]) -> str:
    """A number that begins a list is not one behind it."""
    return f"{found[0]}{_JOINER}" if found[0].isdigit() else f"\\{found[0]}"


def code(text: str) -> str:
    """A text as code in a line."""
    one_line = " ".join(text.split())
    fence = "`" * (max((len(run) for run in re.findall("`+", one_line)), default=0) + 1)
    room = " " if one_line.startswith("`") or one_line.endswith("`") else ""
    return f"{fence}{room}{one_line}{room}{fence}" if one_line else "-"


def _document(page: View) -> Iterator[str]:
    yield MARKER
    yield ""
    yield f"# {page.mark} {said(page.headline)}"
    yield ""
    for one in page.said:
        yield from (said(one), "")
    yield from (f"- {said(name)}: {code(text)}" for name, text in page.target)
    yield f"- {said(page.made)}"
    yield from ("", f"## {said(page.words['chain'])}", "")
    yield from _chain(page)
    if page.causes:
        yield from (f"## {said(page.causes_title)}", "")
        for check in page.causes:
            yield from _check(check, 3, page, whole=False)
    if page.commands:
        yield from (f"### {said(page.commands_title)}", "")
        yield from _block(page.commands)
    yield from (f"## {said(page.words['money'])}", "")
    yield from (f"- **{said(number)}** {said(text)}" for number, text in page.figures)
    yield ""
    for one in page.money_said:
        yield from (said(one), "")
    if page.reasons:
        yield from _table(page.reasons)
    if page.periods:
        yield from (f"### {said(page.words['over_time'])}", "")
        yield from _table(page.periods)
    yield from (f"## {said(page.words['checks'])}", "")
    for link in page.links:
        yield from _link(link, page)
    yield from (f"## {said(page.words['journal'])}", "")
    if page.journal:
        yield from _table(page.journal)
    for one in page.journal_said:
        yield from (said(one), "")
    yield from (f"## {said(page.words['about'])}", "", said(page.words["redacted"]))


def _chain(page: View) -> Iterator[str]:
    broken = next((link.name for link in page.links if link.broken), None)
    parts = []
    for link in page.links:
        parts.append(f"{link.mark} {said(link.name)}")
        if link.name == broken:
            parts[-1] = f"**{parts[-1]} ({said(page.words['broken'])})**"
    yield from (" → ".join(parts), "")


def _link(link: LinkView, page: View) -> Iterator[str]:
    yield from (f"### {link.mark} {said(link.heading)}", "", said(link.counts), "")
    for check in link.checks:
        yield from _check(check, 4, page, whole=True)


def _check(check: CheckView, level: int, page: View, *, whole: bool) -> Iterator[str]:
    """`whole`: with its command and its evidence."""
    yield f"{'#' * level} {check.mark} {code(check.id)} ({said(check.word)}, {check.kind})"
    yield from ("", f"*{said(check.title)}*", "", said(check.detail), "")
    if check.because_of:
        yield from (f"{said(page.words['because_of'])} {', '.join(map(code, check.because_of))}", "")
    if check.known:
        yield from (said(check.known), "")
    if check.hint:
        yield from (said(check.hint), "")
    if check.command and whole:
        yield from _block((check.command,))
    if check.evidence and whole:
        for name, lines in check.evidence:
            if any("\n" in line for line in lines):
                yield f"- {code(name)}:"
                yield from (f"  {line}" for value in lines for line in ["", *_fenced(value)])
            elif len(lines) == 1:
                yield f"- {code(name)}: {code(lines[0])}"
            else:
                yield f"- {code(name)}:"
                yield from (f"  - {code(line)}" for line in lines)
        yield ""


def _block(lines: tuple[str, ...]) -> Iterator[str]:
    """Commands to copy."""
    yield from (*_fenced("\n".join(lines), "sh"), "")


def _fenced(text: str, kind: str = "") -> list[str]:
    """Lines as they are; the fence is longer than any run of its sign within."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return [fence + kind, *text.split("\n"), fence]


def _table(table: Table) -> Iterator[str]:
    yield from (said(table.caption), "")
    yield _row(table.head)
    yield _row(["---:" if n in table.numbers else "---" for n in range(len(table.head))], plain=True)
    yield from map(_row, table.rows)
    if table.total:
        yield "| " + " | ".join(f"**{said(cell)}**" if cell else "" for cell in table.total) + " |"
    yield ""


def _row(cells: tuple[str, ...] | list[str], *, plain: bool = False) -> str:
    return "| " + " | ".join(cells if plain else map(said, cells)) + " |"
