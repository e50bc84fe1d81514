"""The checks as Markdown: all of them in one reference (docs/checks.md), and each on a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iahome_fix.checks.explanation import blocked_by, explain, queries
from iahome_fix.i18n import _, labelled
from iahome_fix.model import Check, Kind, Link
from iahome_fix.output.checks import KINDS, QUESTIONS

PAGES = "checks"
"""The folder of the pages, beside the reference."""


def markdown(
    checks: Sequence[Check], among: Sequence[Check], options: Mapping[str, str], root: str = ".."
) -> str:
    """Checks by link, of all that there are.

    `options`: by id, the option of doctor that a check needs. `root`: the way from the reference to the
    repository.
    """
    return "\n".join(_reference(checks, among, options, root))


def page(check: Check, among: Sequence[Check], option: str | None, root: str = "../..") -> str:
    """The page of one check. `root`: the way from it to the repository."""
    return "\n".join(_page(check, among, option, root))


def _reference(
    checks: Sequence[Check], among: Sequence[Check], options: Mapping[str, str], root: str
) -> Iterator[str]:
    yield "# " + _("The checks of iahome-fix doctor")
    yield ""
    yield _(
        "Written by `iahome-fix checks --markdown` from the docstrings of the checks; changes belong there."
    )
    yield ""
    yield _("A check is of one kind:")
    yield ""
    for kind in Kind:
        yield "- " + labelled(f"`{kind.value}`", _(KINDS[kind]))
    for link in Link:
        members = [check for check in checks if check.link is link]
        if not members:
            continue
        yield ""
        yield f"## {link.value}"
        yield ""
        yield _("The question: {question}").format(question=_(QUESTIONS[link]))
        for check in members:
            yield ""
            yield f"### [{check.id}]({PAGES}/{check.id}.md)"
            yield from _entry(check, among, options.get(check.id), root, _anchor)


def _page(check: Check, among: Sequence[Check], option: str | None, root: str) -> Iterator[str]:
    yield f"# {check.id}"
    yield from _entry(check, among, option, root, lambda i: f"{i}.md")
    yield ""
    yield _("To look at it alone, with what it needs:")
    yield ""
    yield "```sh"
    yield f"iahome-fix doctor {f'{option} . ' if option else ''}--only {check.id}"
    yield "```"
    yield ""
    yield "- " + labelled(f"`{check.kind.value}`", _(KINDS[check.kind]))
    yield "- " + labelled(f"`{check.link.value}`", _(QUESTIONS[check.link]))
    all_of_them = _("All checks")
    yield f"- [{all_of_them}](../{PAGES}.md{_anchor(check.id)})"


def _entry(
    check: Check, among: Sequence[Check], option: str | None, root: str, place: Callable[[str], str]
) -> Iterator[str]:
    """What both say of a check. `place`: where another one is described."""
    said = explain(check)
    yield ""
    more = ", " + _("only with `doctor {option}`").format(option=option) if option else ""
    yield f"*{_(check.title)}* ({check.kind.value}{more})"
    yield ""
    yield _(said.meaning)
    yield ""
    rows = (
        (_("Found by"), _(said.found_by)),
        (_("Reads"), ", ".join(f"[{query.file}]({root}/{query.file})" for query in queries(check))),
        (_("Repair"), _(said.repair)),
        (_("Never"), _(said.never)),
        (_("Needs"), _links(check.needs, place)),
        (_("Waits for"), _links(check.after, place)),
        (_("Leaves out what is said by"), _links(check.beside, place)),
        (_("Blocks"), _links(blocked_by(check, among), place)),
    )
    for label, text in rows:
        if text:
            yield "- " + labelled(f"**{label}**", text)


def _links(ids: Iterable[str], place: Callable[[str], str]) -> str:
    return ", ".join(f"[{i}]({place(i)})" for i in ids)


def _anchor(check_id: str) -> str:
    """The place of a check in the reference: what GitHub makes of its heading."""
    return "#" + check_id.replace(".", "")
