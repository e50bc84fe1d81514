"""A report in one line, for a cron job's mail or a status bar."""

from __future__ import annotations

from iahome_fix.command_lines import command_line
from iahome_fix.i18n import _
from iahome_fix.model import Report, Result, Status, Verdict
from iahome_fix.output.verdict_words import known_of
from iahome_fix.output.wrapping import harmless


def brief(report: Report) -> str | None:
    """`BROKEN check.id: what is wrong -> the next command`; None when there is nothing to say.

    A healthy report is said by its first warning. Without a command of its own the finding is explained by
    `checks`.
    """
    word, found = _worth_saying(report)
    if not found:
        return None
    first = found[0]
    detail = " ".join(harmless(first.finding.detail).split())
    if len(found) > 1:
        detail = _("{detail} (and {count} more)").format(detail=detail, count=len(found) - 1)
    if report.acknowledged:
        known = ", ".join(result.check.id for result in report.acknowledged)
        detail = _("{detail}; acknowledged: {checks}").format(detail=detail, checks=known)
    fix = next((result.finding.fix for result in found if result.finding.fix), None)
    command = fix.command if fix else command_line("checks", first.check.id)
    return f"{word} {first.check.id}: {detail} -> {command}"


def known_in_brief(report: Report) -> str | None:
    """What somebody answers for, where nothing else is said; None where there is none."""
    known = report.acknowledged
    if not known:
        return None
    said = " ".join(harmless(known_of(known[0])).split())
    if len(known) > 1:
        said = _("{detail} (and {count} more)").format(detail=said, count=len(known) - 1)
    return f"{report.verdict.value.upper()} {said}"


def _worth_saying(report: Report) -> tuple[str, list[Result]]:
    verdict = report.verdict
    if verdict is Verdict.BROKEN:
        return "BROKEN", [report.result(check_id) for check_id in report.causes]
    if verdict is Verdict.EXPOSED:
        return "EXPOSED", list(report.failing)
    if verdict is Verdict.UNKNOWN:
        return "UNKNOWN", [r for r in report.results if report.is_untold(r)]
    return "WARN", [r for r in report.results if r.status is Status.WARN and r.acknowledged is None]
