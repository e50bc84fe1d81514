"""Findings that somebody knows of: they are shown as such, and make neither the verdict nor the exit code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from iahome_fix.command_lines import command_line
from iahome_fix.errors import UsageError
from iahome_fix.i18n import _, joined
from iahome_fix.model import WRONG, Report, Result, Status
from iahome_fix.settings.ignored import Ignored


def require_known(entries: Iterable[Ignored], known: Collection[str]) -> None:
    """Raises UsageError for an entry about a check that there is not, with its file and line."""
    wrong = [
        _("{place}: there is no check {check}").format(place=one.place, check=one.check)
        for one in entries
        if one.check not in known
    ]
    if wrong:
        every = _("all of them: {command}").format(command=command_line("checks"))
        raise UsageError("unknown-check", joined(*wrong), every)


def acknowledged(report: Report, entries: Sequence[Ignored], today: date) -> Report:
    """The report in which what is known is marked: each finding of which an entry, or several together, name
    all that it is about, and what only waits for such findings.
    """
    valid = [one for one in entries if one.until >= today]
    marked = {r.check.id: one for r in report.results if (one := _covering(r, valid)) is not None}
    results = []
    for result in report.results:
        entry = marked.get(result.check.id)
        causes = result.finding.because_of
        if entry is None and result.status is Status.BLOCKED and causes and marked.keys() >= set(causes):
            entry = marked[causes[0]]
        results.append(result if entry is None else replace(result, acknowledged=entry))
    return replace(report, results=tuple(results), expired=_expired(report, entries, today))


def _expired(report: Report, entries: Sequence[Ignored], today: date) -> tuple[Ignored, ...]:
    """Entries whose day has passed, of findings that are still there."""
    wrong = {r.check.id for r in report.results if r.status in WRONG}
    return tuple(one for one in entries if one.until < today and one.check in wrong)


def _covering(result: Result, entries: Iterable[Ignored]) -> Ignored | None:
    """The entry that says all of a finding, or the last of several that do so together."""
    if result.status not in WRONG:
        return None
    own = [one for one in entries if one.check == result.check.id]
    whole = next((one for one in own if one.object is None), None)
    if whole is not None or not own:
        return whole
    known = {one.object for one in own}
    listed = [value for value in result.finding.evidence.values() if _names_any(value, known)]
    if listed:
        return own[-1] if all(known & _names(each) for value in listed for each in _each(value)) else None
    named = next((one for one in own if str(one.object) in result.finding.detail), None)
    return named if len(own) == 1 else None


def _names_any(value: Any, known: Collection[str | None]) -> bool:
    return any(_names(each) & set(known) for each in _each(value))


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def _names(value: Any) -> set[str | None]:
    """What one thing of the evidence is called: itself, or each of its fields."""
    values = value.values() if isinstance(value, dict) else [value]
    return {str(one) for one in values if isinstance(one, (str, int)) and not isinstance(one, bool)}
