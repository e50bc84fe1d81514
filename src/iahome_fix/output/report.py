"""A report on the terminal: the cause and the next command first, then the chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set

from iahome_fix.checks.money import amounts
from iahome_fix.domain.sums import Sums
from iahome_fix.i18n import _, ngettext
from iahome_fix.model import Fix, Link, Report, Result, Status, Verdict
from iahome_fix.output.screen import Screen
from iahome_fix.output.statuses import word
from iahome_fix.output.wrapping import split_command

_COLUMN = 14


def show_report(screen: Screen, report: Report, *, verbose: bool = False, quiet: bool = False) -> None:
    """Verdict, causes with their next command, and the links in order; quiet shows nothing when healthy."""
    if quiet and report.verdict is Verdict.HEALTHY:
        return
    _headline(screen, report)
    if quiet:
        return
    screen.line()
    above = {r.check.id for r in _main_results(report)}
    roots = _roots(report)
    for link in Link:
        results = [r for r in report.results if r.check.link is link]
        if results:
            _link(screen, link, results, above, roots, verbose=verbose)
    screen.line()
    screen.line(_summary(report), "quiet")


def _headline(screen: Screen, report: Report) -> None:
    words = {
        Verdict.HEALTHY: _healthy(report),
        Verdict.EXPOSED: _("EXPOSED: modules appear, but somebody can reach what is not theirs"),
        Verdict.BROKEN: _("BROKEN: a module that was paid for does not appear"),
        Verdict.UNKNOWN: _("UNKNOWN: nothing failed, but not everything could be told"),
    }
    screen.line(words[report.verdict], report.verdict.value)
    if report.sales and report.sales.owed.sales:
        screen.line(waiting(report.sales.owed), report.verdict.value)
    main = _main_results(report)
    label = _("cause") if report.causes else _("see")
    told: set[str] = set()
    for result in main:
        finding = result.finding
        screen.line()
        screen.line(f"{result.check.id}", "title", indent=9, first=label)
        screen.line(finding.detail, indent=9)
        if finding.hint and finding.hint not in told:
            text, command = split_command(finding.hint)
            screen.line(text, "quiet", indent=9)
            if command and finding.fix is None:
                screen.command(command, indent=9)
            told.add(finding.hint)
        label = _("also")
    fixes = list(dict.fromkeys(r.finding.fix for r in main if r.finding.fix))
    if fixes:
        screen.line()
        if main[0].finding.fix is None:
            screen.line(_("next: mend {check} by hand, as said above; then").format(check=main[0].check.id))
            for fix in fixes:
                screen.command(fix.command)
        else:
            _next(screen, fixes)


def waiting(owed: Sums) -> str:
    """Who waits, and for how much money."""
    return ngettext(
        "{count} customer paid {amount} and waits",
        "{count} customers paid {amount} and wait",
        owed.customers,
    ).format(count=owed.customers, amount=amounts(owed.amount) or _("nothing (free of charge)"))


def _healthy(report: Report) -> str:
    """What was looked at holds; nothing is said of the rest."""
    links = [link.value for link in Link if any(r.check.link is link for r in report.results)]
    unread = any(r.check.id == "site.source-read" and r.status is Status.SKIPPED for r in report.results)
    if len(links) == len(Link) and unread:
        return _("HEALTHY: from the payment to the page, every link holds as far as it shows from outside")
    if len(links) == len(Link):
        return _("HEALTHY: from the payment to the page, every link holds")
    return _("HEALTHY as far as was looked: {links}").format(links=", ".join(links))


def _next(screen: Screen, fixes: list[Fix]) -> None:
    screen.line(_("next, in this order:") if len(fixes) > 1 else _("next:"))
    for fix in fixes:
        screen.command(fix.command)


def _main_results(report: Report) -> list[Result]:
    if report.causes:
        return [report.result(check_id) for check_id in report.causes]
    if report.verdict is Verdict.EXPOSED:
        return [r for r in report.results if r.status is Status.FAIL]
    if report.verdict is Verdict.UNKNOWN:
        roots = _roots(report)
        shown: dict[str, Result] = {}
        for result in report.results:
            untold = result.status in (Status.UNKNOWN, Status.SKIPPED) and not result.finding.not_asked
            if untold and result.check.id not in roots:
                shown.setdefault(result.finding.detail, result)
        return list(shown.values())
    return []


def _roots(report: Report) -> dict[str, str]:
    """The checks that could not be told because another one could not, each with the first such one."""
    untold = {r.check.id: r for r in report.results if r.status is Status.UNKNOWN}
    roots: dict[str, str] = {}
    for check_id in untold:
        root = check_id
        while need := next((n for n in untold[root].check.needs if n in untold), None):
            root = need
        if root != check_id:
            roots[check_id] = root
    return roots


def _link(
    screen: Screen,
    link: Link,
    results: list[Result],
    above: Set[str],
    roots: Mapping[str, str],
    *,
    verbose: bool,
) -> None:
    worst = _worst(results)
    counts = Counter(r.status for r in results)
    parts = [f"{count} {word(status)}" for status in Status if (count := counts[status])]
    lead = f"{screen.mark(worst.value)} {link.value}"
    screen.line(", ".join(parts), worst.value, indent=_COLUMN, first=lead)
    for result in results:
        told = result.status in (Status.FAIL, Status.WARN, Status.UNKNOWN) and result.check.id not in roots
        if told and result.check.id in above and not verbose:
            lead = f"{screen.mark(result.status.value)} {result.check.id}"
            screen.line(_("{check}: see above").format(check=lead), result.status.value, indent=2)
        elif verbose or told:
            _result(screen, result, verbose=verbose)
    if not verbose:
        _hidden(screen, [r for r in results if r.check.id in roots or not _is_told(r)], roots)


def _result(screen: Screen, result: Result, *, verbose: bool) -> None:
    status = result.status
    screen.line(f"{screen.mark(status.value)} {result.check.id}", status.value, indent=2)
    screen.line(result.finding.detail, indent=4)
    if result.finding.because_of:
        screen.line(
            _("because of {checks}").format(checks=", ".join(result.finding.because_of)), "quiet", indent=4
        )
    if result.finding.hint and (verbose or status is not Status.OK):
        screen.line(result.finding.hint, "quiet", indent=4)
    if verbose and result.finding.evidence:
        for name, value in result.finding.evidence.items():
            screen.line(f"{name} = {value}", "quiet", indent=4)
    if result.finding.fix and verbose:
        screen.command(result.finding.fix.command, indent=4)


def _is_told(result: Result) -> bool:
    return result.status not in (Status.BLOCKED, Status.SKIPPED)


def _hidden(screen: Screen, results: list[Result], roots: Mapping[str, str]) -> None:
    waiting: Counter[tuple[str, ...]] = Counter()
    for result in results:
        if result.check.id in roots:
            waiting[(roots[result.check.id],)] += 1
        elif result.status is Status.BLOCKED:
            waiting[result.finding.because_of] += 1
    for because, count in waiting.items():
        screen.line(
            ngettext("{count} check waits for {checks}", "{count} checks wait for {checks}", count).format(
                count=count, checks=", ".join(because)
            ),
            "quiet",
            indent=2,
        )
    reasons = dict.fromkeys(r.finding.detail for r in results if r.status is Status.SKIPPED)
    for reason in reasons:
        screen.line(_("skipped: {reason}").format(reason=reason), "quiet", indent=2)


def _worst(results: list[Result]) -> Status:
    order = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.BLOCKED, Status.SKIPPED, Status.OK)
    return next(status for status in order if any(r.status is status for r in results))


def _summary(report: Report) -> str:
    counts = report.summary
    return _("{total} checks: ").format(total=len(report.results)) + ", ".join(
        f"{count} {word(Status(status))}" for status, count in counts.items() if count
    )
