"""How the report of `doctor` is shown: whole, in one line, or in a form of CI; and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from iahome_fix import errors
from iahome_fix.cli import fail_on as failing
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.i18n import _, ngettext
from iahome_fix.model import Report, Status
from iahome_fix.output.document import report_body

if TYPE_CHECKING:
    from iahome_fix.cli.doctor_report import Written
    from iahome_fix.model import Check
    from iahome_fix.output.screen import Screen


@dataclass(frozen=True)
class Shown:
    """How a report is shown. `options`: those by which other commands look at the same payments."""

    brief: bool = False
    form: str | None = None
    details: bool = False
    app: Path | None = None
    options: tuple[str, ...] = ()


def outcome(frame: Frame, report: Report, fail_on: str, wanted: Shown) -> Outcome:
    """The exit code and what is shown, in the form that was asked for."""
    code = failing.exit_code(report, fail_on)
    if wanted.form is not None:
        show = _in_form(report, wanted.form)
    else:
        show = _brief(frame, report, code, fail_on) if wanted.brief else _whole(frame, report, wanted)
    return Outcome(code, report.verdict.value, report_body(report), show)


def cut_short(frame: Frame, report: Report, asked: Sequence[Check], wanted: Shown) -> Outcome:
    """What was seen until Ctrl-C; the rest is unknown, by name."""
    from iahome_fix.cli.last_words import interrupted

    ids = {check.id for check in asked}
    found = Report(tuple(result for result in report.results if result.check.id in ids))
    seen = sum(result.status is not Status.UNKNOWN for result in found.results)

    def show(screen: Screen) -> None:
        screen.line(
            ngettext(
                "{seen} of {count} check was judged until then",
                "{seen} of {count} checks were judged until then",
                len(found.results),
            ).format(seen=seen, count=len(found.results))
        )
        for result in found.failing:
            screen.line(result.finding.detail, "fail", indent=2, first=f"{result.check.id}: ")

    body = {**frame.empty_body, **report_body(found)}
    silent = frame.common.quiet or wanted.brief or wanted.form is not None
    return Outcome(errors.INTERRUPTED, "interrupted", body, None if silent else show, interrupted())


def with_pages(frame: Frame, found: Outcome, written: Written) -> Outcome:
    """The outcome, and where the files are; one that could not be written is its error."""

    def show(screen: Screen) -> None:
        if found.show is not None:
            found.show(screen)
        screen.flush()
        for sentence in written.said:
            frame.say(sentence)

    code = found.exit_code if written.error is None else found.exit_code or errors.COULD_NOT_TELL
    body = {**found.body, **written.body}
    return replace(found, exit_code=code, body=body, show=show, error=written.error)


def _brief(frame: Frame, report: Report, code: int, fail_on: str) -> Callable[[Screen], None]:
    def show(screen: Screen) -> None:
        from iahome_fix.output.brief import brief, known_in_brief

        # `never` is about the exit code alone.
        said = failing.exit_code(report, failing.UNKNOWN) if fail_on == failing.NEVER else code
        line = brief(report) if said != errors.OK else None
        if line is not None:
            screen.raw(line)
            return
        # Not on stdout: a cron job would send it as mail, each time.
        known = known_in_brief(report)
        if known is not None:
            screen.flush()
            frame.err.raw(known)

    return show


def _in_form(report: Report, form: str) -> Callable[[Screen], None]:
    def show(screen: Screen) -> None:
        from iahome_fix.output.machine import FORMATS

        text = FORMATS[form](report)
        if text:
            screen.raw(text)

    return show


def _whole(frame: Frame, report: Report, wanted: Shown) -> Callable[[Screen], None]:
    def show(screen: Screen) -> None:
        from iahome_fix.cli.ways import ways_on
        from iahome_fix.output.report import show_report

        show_report(
            screen,
            report,
            ways=ways_on(frame, report, wanted.options, wanted.app),
            details=wanted.details,
            verbose=frame.common.verbose,
            quiet=frame.common.quiet,
        )
        outside = _outside(report)
        if outside:
            screen.line()
            screen.line(
                _("what was asked for waits for {checks}; the whole chain:").format(checks=", ".join(outside))
            )
            screen.command(frame.settings.command("doctor", *wanted.options))

    return show


def _outside(report: Report) -> tuple[str, ...]:
    """The checks that block what was asked for and were not asked for themselves."""
    asked = {result.check.id for result in report.results}
    found = (
        check_id
        for result in report.results
        if result.status is Status.BLOCKED
        for check_id in result.finding.because_of
        if check_id not in asked
    )
    return tuple(dict.fromkeys(found))
