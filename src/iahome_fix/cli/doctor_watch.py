"""`doctor --watch`: the same look again and again, and what is different each time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from iahome_fix.cli.doctor_report import NOTHING
from iahome_fix.cli.frame import Frame
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _
from iahome_fix.model import Report

# A long sleep cannot be interrupted everywhere.
_SLICE = 0.5


def watch(
    frame: Frame,
    look: Callable[[], Report],
    show_first: Callable[[Report], None],
    seconds: float,
) -> Report:
    """Look every `seconds`, until Ctrl-C or until nobody reads any more; returns the last report.

    The first report is shown whole, then only what changed; as JSON, a whole document on one line for the
    first look and for each one that differs. Raises what the first look raises; what a later one raises is
    said on stderr, and the next one is tried all the same.
    """
    started = datetime.now(UTC)
    report = look()
    try:
        if frame.common.json:
            _line(frame, report, started)
        else:
            show_first(report)
            frame.out.flush()
            frame.say(_("looking again every {seconds:g} s; Ctrl-C ends it").format(seconds=seconds), "quiet")
        while not frame.out.gone:
            _sleep(seconds)
            report = _again(frame, look, report)
    except KeyboardInterrupt:
        pass
    return report


def _again(frame: Frame, look: Callable[[], Report], before: Report) -> Report:
    from iahome_fix.output.changes import changes, show_changes

    started = datetime.now(UTC)
    try:
        report = look()
    except ToolError as error:
        frame.err.line(f"{started:%Y-%m-%d %H:%M:%SZ} {error.message}", "fail")
        return before
    found = changes(before, report)
    if found and frame.common.json:
        _line(frame, report, started)
    elif found:
        show_changes(frame.out, before, report, found)
        frame.out.flush()
    return report


def _line(frame: Frame, report: Report, started: datetime) -> None:
    from iahome_fix.output import document

    frame.out.raw(
        json.dumps(
            document.frame(
                frame.command,
                target=frame.target(),
                started=started,
                verdict=report.verdict.value,
                error=None,
                body={**document.report_body(report), **NOTHING},
            ),
            default=str,
        )
    )


def _sleep(seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE))
