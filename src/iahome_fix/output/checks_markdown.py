"""The checks as one Markdown document: docs/checks.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from iahome_fix.checks.explanation import blocked_by, explain, queries
from iahome_fix.i18n import _
from iahome_fix.model import Check, Kind, Link
from iahome_fix.output.checks import KINDS, QUESTIONS


def markdown(checks: Sequence[Check], among: Sequence[Check], options: Mapping[str, str]) -> str:
    """Checks by link, of all that there are. `options`: by id, the option of doctor that a check needs."""
    return "\n".join(_document(checks, among, options))


def _document(checks: Sequence[Check], among: Sequence[Check], options: Mapping[str, str]) -> Iterator[str]:
    yield "# " + _("The checks of iahome-fix doctor")
    yield ""
    yield _(
        "Written by `iahome-fix checks --markdown` from the docstrings of the checks; changes belong there."
    )
    yield ""
    yield _("A check is of one kind:")
    yield ""
    for kind in Kind:
        yield f"- `{kind.value}`: {_(KINDS[kind])}"
    for link in Link:
        members = [check for check in checks if check.link is link]
        if not members:
            continue
        yield ""
        yield f"## {link.value}"
        yield ""
        yield _("The question: {question}").format(question=_(QUESTIONS[link]))
        for check in members:
            yield from _entry(check, among, options.get(check.id))


def _entry(check: Check, among: Sequence[Check], option: str | None) -> Iterator[str]:
    said = explain(check)
    yield ""
    yield f"### {check.id}"
    yield ""
    more = ", " + _("only with `doctor {option}`").format(option=option) if option else ""
    yield f"*{_(check.title)}* ({check.kind.value}{more})"
    yield ""
    yield _(said.meaning)
    yield ""
    rows = (
        (_("Found by"), _(said.found_by)),
        (_("Reads"), ", ".join(f"[{query.file}](../{query.file})" for query in queries(check))),
        (_("Repair"), _(said.repair)),
        (_("Never"), _(said.never)),
        (_("Needs"), _links(check.needs)),
        (_("Waits for"), _links(check.after)),
        (_("Leaves out what is told by"), _links(check.beside)),
        (_("Blocks"), _links(blocked_by(check, among))),
    )
    for label, text in rows:
        if text:
            yield f"- **{label}:** {text}"


def _links(ids: Iterable[str]) -> str:
    return ", ".join(f"[{i}](#{i.replace('.', '')})" for i in ids)
