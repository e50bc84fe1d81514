"""The sentences of a verdict: what holds, who waits, and which results it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from iahome_fix import figures
from iahome_fix.checks.money import amounts
from iahome_fix.domain.sums import Sums
from iahome_fix.i18n import _, ngettext
from iahome_fix.model import Link, Report, Result, Status, Verdict
from iahome_fix.output import statuses
from iahome_fix.settings.ignored import Ignored


def headline(report: Report) -> str:
    """The verdict as a sentence."""
    return {
        Verdict.HEALTHY: healthy(report),
        Verdict.EXPOSED: _("EXPOSED: modules appear, but somebody can reach what is not theirs"),
        Verdict.BROKEN: _("BROKEN: a module that was paid for does not appear"),
        Verdict.UNKNOWN: _("UNKNOWN: nothing failed, but not everything is known"),
    }[report.verdict]


def worst(results: Iterable[Result]) -> Status:
    """The status by which a link as a whole is marked."""
    there = {result.status for result in results}
    order = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.BLOCKED, Status.SKIPPED, Status.OK)
    return next(status for status in order if status in there)


def main_results(report: Report) -> list[Result]:
    """The results that the verdict rests on: causes, what is exposed, or what could not be told."""
    if report.causes:
        return [report.result(check_id) for check_id in report.causes]
    if report.verdict is Verdict.EXPOSED:
        return list(report.failing)
    if report.verdict is Verdict.UNKNOWN:
        above = roots(report)
        shown: dict[str, Result] = {}
        for result in report.results:
            untold = result.status in (Status.UNKNOWN, Status.SKIPPED) and not result.finding.not_asked
            if untold and result.check.id not in above:
                shown.setdefault(result.finding.detail, result)
        return list(shown.values())
    return []


def roots(report: Report) -> dict[str, str]:
    """The checks that could not be told because another one could not, each with the first such one."""
    untold = {r.check.id: r for r in report.results if r.status is Status.UNKNOWN}
    found: dict[str, str] = {}
    for check_id in untold:
        root = check_id
        while need := next((n for n in untold[root].check.needs if n in untold), None):
            root = need
        if root != check_id:
            found[check_id] = root
    return found


def waiting(owed: Sums) -> str:
    """Who waits, and for how much money."""
    return ngettext(
        "{count} customer paid {amount} and waits",
        "{count} customers paid {amount} and wait",
        owed.customers,
    ).format(count=owed.customers, amount=amounts(owed.amount) or _("nothing (free of charge)"))


def counted(report: Report) -> str:
    """How many checks said what."""
    return _("{total} checks: ").format(total=len(report.results)) + ", ".join(
        statuses.how_many(Status(status), count) for status, count in report.summary.items() if count
    )


def known_of(result: Result) -> str:
    """That somebody knows of a finding, until when and why."""
    return result.acknowledged.said_of(result.check.id) if result.acknowledged else ""


def known_no_more(entry: Ignored) -> str:
    """That an entry about a finding which is still there has come to its end."""
    return _("{place}: {check} was acknowledged until {day}; it counts again").format(
        place=entry.place, check=entry.check, day=entry.until.isoformat()
    )


def paid(paid: Sums) -> str:
    """Who paid, where it cannot be told yet who of them waits."""
    return ngettext(
        "{count} customer paid {amount} since {day}; who waits can be counted once the cause is repaired",
        "{count} customers paid {amount} since {day}; who waits can be counted once the cause is repaired",
        paid.customers,
    ).format(
        count=paid.customers,
        amount=amounts(paid.amount) or _("nothing (free of charge)"),
        day=_day(paid),
    )


def _day(paid: Sums) -> str:
    return figures.day(paid.oldest) if paid.oldest else "?"


def healthy(report: Report) -> str:
    """What was looked at holds; nothing is said of the rest."""
    links = [link.value for link in Link if any(r.check.link is link for r in report.results)]
    unread = any(r.check.id == "site.source-read" and r.status is Status.SKIPPED for r in report.results)
    if len(links) == len(Link) and unread:
        return _("HEALTHY: from the payment to the page, every link holds as far as it shows from outside")
    if len(links) == len(Link):
        return _("HEALTHY: from the payment to the page, every link holds")
    return _("HEALTHY, as far as this run looked: {links}").format(links=", ".join(links))
