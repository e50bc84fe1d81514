"""What the checks say of accesses that a person took away: no fault, and where they are listed."""

from __future__ import annotations

from iahome_fix.i18n import ngettext


def taken_away(count: int, command: str) -> str:
    """A part of a sentence; `command` lists them, and says how to give one back."""
    return ngettext(
        "{count} access was withdrawn by a person, which is no fault ({command} lists it)",
        "{count} accesses were withdrawn by a person, which is no fault ({command} lists them)",
        count,
    ).format(count=count, command=command)
