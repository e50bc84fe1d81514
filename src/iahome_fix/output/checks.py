"""The checks themselves: as a list, one in full, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iahome_fix.checks.explanation import blocked_by, explain, queries
from iahome_fix.command_lines import command_line
from iahome_fix.i18n import N_, _, labelled
from iahome_fix.model import Check, Kind, Link
from iahome_fix.output.screen import Screen

QUESTIONS: Mapping[Link, str] = {
    Link.ENV: N_("is the configuration there and coherent?"),
    Link.SUPABASE: N_("does the project answer, with these keys?"),
    Link.SCHEMA: N_("are the tables as the app needs them?"),
    Link.PERMISSIONS: N_("may each role do what the app does as that role, and no more?"),
    Link.DATA: N_("does every active token have its access?"),
    Link.STRIPE: N_("will Stripe send the event to the right place?"),
    Link.SITE: N_("does the deployed app accept it?"),
    Link.PAYMENTS: N_("did everyone who paid get access?"),
}
"""What each link is about."""

KINDS: Mapping[Kind, str] = {
    Kind.FUNCTION: N_("failing, it keeps a module from appearing"),
    Kind.SECURITY: N_("failing, someone gets or sees what is not theirs"),
    Kind.HYGIENE: N_("worth knowing, never worse than a warning"),
}
"""What each kind means."""

_KIND_COLUMN, _TITLE_COLUMN = 33, 43


def show_list(screen: Screen, checks: Sequence[Check]) -> None:
    """Every check in one line or two, by link."""
    for link in Link:
        members = [check for check in checks if check.link is link]
        if not members:
            continue
        screen.line(_("{link}: {question}").format(link=link.value, question=_(QUESTIONS[link])), "title")
        for check in members:
            lead = f"  {check.id}".ljust(_KIND_COLUMN) + check.kind.value
            screen.line(_(check.title), indent=_TITLE_COLUMN, first=lead)
        screen.line()
    for kind in Kind:
        screen.line(_(KINDS[kind]), "quiet", indent=10, first=kind.value)
    screen.line()
    screen.line(_("one in full:"))
    screen.command(command_line("checks", checks[0].id))


def show_one(
    screen: Screen, check: Check, among: Sequence[Check], *, option: str | None, verbose: bool
) -> None:
    """One check in full. `option`: the option of doctor without which it is not run."""
    said = explain(check)
    screen.line(check.id, "title")
    screen.line(_(check.title))
    screen.line()
    rows = (
        (_("link"), labelled(check.link.value, _(QUESTIONS[check.link]))),
        (_("kind"), labelled(check.kind.value, _(KINDS[check.kind]))),
        (_("only with"), f"doctor {option}" if option else ""),
        (_("means"), _(said.meaning)),
        (_("found by"), _(said.found_by)),
        (_("reads"), ", ".join(query.file for query in queries(check))),
        (_("repair"), _(said.repair)),
        (_("never"), _(said.never)),
        (_("needs"), ", ".join(check.needs)),
        (_("waits for"), ", ".join(check.after)),
        (_("leaves out what is said by"), ", ".join(check.beside)),
        (_("blocks"), ", ".join(blocked_by(check, among))),
    )
    width = 2 + max(len(label) for label, _text in rows)
    for label, text in rows:
        if text:
            screen.line(text, indent=width, first=label)
    if not verbose:
        return
    for query in queries(check):
        screen.line()
        screen.line(query.file, "title")
        screen.raw(query.sql)


def body(checks: Sequence[Check], among: Sequence[Check], options: Mapping[str, str]) -> dict[str, Any]:
    """The checks as JSON. `options`: by id, the option of doctor without which a check is not run."""
    return {"checks": [_entry(check, among, options.get(check.id)) for check in checks]}


def _entry(check: Check, among: Sequence[Check], option: str | None) -> dict[str, Any]:
    said = explain(check)
    return {
        "id": check.id,
        "link": check.link.value,
        "kind": check.kind.value,
        "title": _(check.title),
        "meaning": _(said.meaning),
        "found_by": _(said.found_by),
        "queries": [{"file": query.file, "sql": query.sql} for query in queries(check)],
        "repair": _(said.repair),
        "never": _(said.never),
        "needs": list(check.needs),
        "after": list(check.after),
        "beside": list(check.beside),
        "blocks": list(blocked_by(check, among)),
        "only_with": option,
    }
