"""Failures of the project's logs on the terminal: equal ones together, the latest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.systems.project_logs import Entry, Found

_MEANINGS = {
    "42501": N_("no right, or a policy is in the way"),
    "42P01": N_("no such table"),
    "42P17": N_("a policy that queries its own table"),
    "42703": N_("no such column"),
    "22P02": N_("a value of the wrong type"),
    "23502": N_("a value is missing"),
    "23503": N_("it refers to a row that is not there"),
    "23505": N_("it is there already"),
    "57014": N_("it took too long"),
    "PGRST204": N_("the Data API knows no such column"),
    "PGRST205": N_("the Data API knows no such table"),
    "PGRST301": N_("the key or token is not of this project"),
    "PGRST303": N_("the token has expired, or is not valid yet"),
}


def show_logs(screen: Screen, found: Found, since: datetime, doctor: str) -> None:
    """The failures since a moment; `doctor` is the command that judges them."""
    moment = figures.minute(since, zone=True)
    if not found.entries:
        screen.line(
            _("nothing failed on the tables of the payment flow since {moment}").format(moment=moment), "ok"
        )
        return
    screen.line(
        ngettext(
            "{count} failure on the tables of the payment flow since {moment}",
            "{count} failures on the tables of the payment flow since {moment}",
            len(found.entries),
        ).format(count=len(found.entries), moment=moment),
        "title",
    )
    for entry, count in _together(found.entries):
        screen.line()
        times = (
            ""
            if count == 1
            else ngettext("{count} time, last", "{count} times, last", count).format(count=count) + " "
        )
        screen.line(times + figures.second(entry.time), "quiet", indent=2)
        screen.line(_said(entry), indent=2)
        if entry.message:
            screen.line(entry.message, indent=4)
    screen.line()
    if found.cut:
        screen.line(_("there were more; --since with a shorter time shows them"), "warn")
    screen.line(_("these failed at their time; whether they still would is for doctor to say:"), "quiet")
    screen.command(doctor)


def _together(entries: tuple[Entry, ...]) -> list[tuple[Entry, int]]:
    """Entries that differ in nothing but their time: the latest, and how many."""
    counted: dict[Entry, tuple[Entry, int]] = {}
    for entry in entries:
        key = replace(entry, time=entries[0].time)
        first, count = counted.get(key, (entry, 0))
        counted[key] = (first, count + 1)
    return list(counted.values())


def _said(entry: Entry) -> str:
    meaning = _MEANINGS.get(entry.code or "")
    code = f"{entry.code} ({_(meaning)})" if meaning else entry.code or "-"
    role = entry.role or _("a role that the log does not name")
    if entry.source == "api":
        return _("{method} {path} as {role}: {status}, {code}").format(
            method=entry.method or "-",
            path=entry.path or "-",
            role=role,
            status=entry.status or "-",
            code=code,
        )
    return _("database, as {role}: {code}").format(role=role, code=code)
