"""Which findings of a report make the exit code another than 0 (`--fail-on`)."""

from __future__ import annotations

from iahome_fix import errors
from iahome_fix.errors import UsageError
from iahome_fix.i18n import _
from iahome_fix.model import Report, Status, Verdict

NEVER, FAIL, UNKNOWN, WARN = "never", "fail", "unknown", "warn"
CHOICES = (NEVER, FAIL, UNKNOWN, WARN)
"""From the mildest to the strictest; UNKNOWN is the default."""

EXIT_CODES = {
    Verdict.HEALTHY: errors.OK,
    Verdict.EXPOSED: errors.FAULT,
    Verdict.BROKEN: errors.FAULT,
    Verdict.UNKNOWN: errors.COULD_NOT_TELL,
}


def checked(word: str) -> str:
    """The word itself. Raises UsageError for one that is no choice."""
    if word not in CHOICES:
        raise UsageError("fail-on", _("--fail-on takes one of: {words}").format(words=", ".join(CHOICES)))
    return word


def exit_code(report: Report, fail_on: str) -> int:
    """The exit code over a report.

    `never`: 0 whatever was found. `fail`: 1 when a check fails, of any kind; what could not be told counts as
    fine. `unknown`: besides, 3 when nothing fails and the verdict is `unknown`. `warn`: besides, 1 when
    nothing fails and a check warns, which goes before 3.
    """
    if fail_on == NEVER:
        return errors.OK
    if fail_on == FAIL:
        return errors.OK if report.verdict is Verdict.UNKNOWN else EXIT_CODES[report.verdict]
    if fail_on == WARN and any(
        result.status is Status.WARN and result.acknowledged is None for result in report.results
    ):
        return errors.FAULT
    return EXIT_CODES[report.verdict]
