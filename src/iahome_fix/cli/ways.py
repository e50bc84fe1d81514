"""The commands that a report ends with, for the target of this run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.cli import typed

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.cli.frame import Frame
    from iahome_fix.model import Report
    from iahome_fix.output.verdict import Ways

_CHANGE_TYPES = "--change-types"


def ways_on(frame: Frame, report: Report, options: tuple[str, ...] = (), app: Path | None = None) -> Ways:
    """What mends all of it, what proves it, and what shows every check.

    `options`: those by which other commands look at the same payments; `app`: the source that was read.
    """
    from iahome_fix.output.verdict import Ways

    retypes = any(r.finding.fix and _CHANGE_TYPES in r.finding.fix.command for r in report.results)
    more = (_CHANGE_TYPES,) if retypes else ()
    source = ("--app", str(app)) if app is not None else ()
    return Ways(
        repair=frame.settings.command("repair", *options, *source, *more),
        verify=frame.settings.command("verify"),
        whole=frame.settings.command("doctor", *options),
        details=typed.again(plus=("--details",)) if frame.command == "doctor" else None,
    )
