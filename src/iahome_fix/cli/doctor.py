"""`doctor`: the whole chain, the cause, the next command."""

from __future__ import annotations

from iahome_fix import errors
from iahome_fix.cli.frame import Frame, Outcome, command
from iahome_fix.model import Report, Verdict
from iahome_fix.output.document import empty_report_body, report_body

EXIT_CODES = {
    Verdict.HEALTHY: errors.OK,
    Verdict.EXPOSED: errors.FAULT,
    Verdict.BROKEN: errors.FAULT,
    Verdict.UNKNOWN: errors.COULD_NOT_TELL,
}


@command("doctor", empty_body=empty_report_body)
def doctor(frame: Frame) -> Outcome:
    """Look at the chain from the payment to the page; name the cause and the next command. Writes nothing."""
    from iahome_fix.checks.chain import CHAIN
    from iahome_fix.checks.context import Context
    from iahome_fix.checks.runner import run_checks

    frame.show_target()
    ctx = Context(frame.settings, timeout=frame.common.timeout)
    try:
        report = run_checks(CHAIN, ctx)
    finally:
        ctx.close()
    return report_outcome(frame, report)


def report_outcome(frame: Frame, report: Report) -> Outcome:
    """A report as the outcome of a command."""
    from iahome_fix.output.report import show_report

    return Outcome(
        EXIT_CODES[report.verdict],
        report.verdict.value,
        report_body(report),
        lambda screen: show_report(screen, report, verbose=frame.common.verbose, quiet=frame.common.quiet),
    )
