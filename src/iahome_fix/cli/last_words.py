"""What is said when a command ends otherwise than it meant to: interrupted, or by a fault of its own."""

from __future__ import annotations

import traceback
from pathlib import Path

from iahome_fix import errors
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _
from iahome_fix.systems import written


class Interrupted(ToolError):
    """Ctrl-C: the error says what was left behind."""

    exit_code = errors.INTERRUPTED


def interrupted() -> Interrupted:
    """The error of a run that was interrupted, from what this process has written so far."""
    again = _("the same command can be run again: it does only what is not done yet")
    undecided, kept = written.undecided(), written.kept()
    if undecided:
        text = _(
            "interrupted in the last moment of a change to {places}: it was made in full, or not at all"
        ).format(places=_list(undecided))
        if kept:
            text = _("{text}; what was already written stays: {places}").format(text=text, places=_list(kept))
        return Interrupted("interrupted", text, again)
    if kept:
        text = _("interrupted; what was already written stays: {places}").format(places=_list(kept))
        return Interrupted("interrupted", text, again)
    return Interrupted("interrupted", _("interrupted; nothing was written"), again)


def defect(error: Exception) -> ToolError:
    """The error for an exception that nobody expected. Its text stays out: it may hold anything."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return errors.CouldNotTell(
        "defect",
        _("this is a fault of iahome-fix itself: {kind} at {place}").format(
            kind=type(error).__name__, place=place
        ),
        _("please report it with the output of the same command with --verbose; {left}").format(left=_left()),
    )


def trail(error: Exception) -> list[str]:
    """Where an unexpected exception came from, innermost last; places only, no values."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def _left() -> str:
    kept, undecided = written.kept(), written.undecided()
    said = [_("what was already written stays: {places}").format(places=_list(kept))] if kept else []
    if undecided:
        said.append(
            _("it is not known whether a change to {places} was made").format(places=_list(undecided))
        )
    return _("; ").join(said) or _("nothing was written")


def _list(places: tuple[str, ...]) -> str:
    counted = dict.fromkeys(places)
    return ", ".join(
        place if places.count(place) == 1 else f"{place} ({places.count(place)} ×)" for place in counted
    )
