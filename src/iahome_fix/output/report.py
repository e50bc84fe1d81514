"""A report on the terminal: the chain where there is room for it, then the verdict and what to type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set

from iahome_fix.i18n import _, ngettext
from iahome_fix.model import Link, Report, Result, Status, Verdict
from iahome_fix.output.screen import Screen
from iahome_fix.output.statuses import how_many
from iahome_fix.output.verdict import VerdictBlock, Ways
from iahome_fix.output.verdict_words import known_of, roots, worst
from iahome_fix.profile import MODULE_ACCESS

HIGH = 80
"""On a screen of so many rows the links and the verdict are seen together."""
_COLUMN = 14
_SHOP = "schema.profile"
"""The check that says which version of the app the shop is."""


def show_report(
    screen: Screen,
    report: Report,
    *,
    ways: Ways,
    details: bool = False,
    verbose: bool = False,
    quiet: bool = False,
    between: Callable[[Screen], None] | None = None,
) -> None:
    """The links in order, where there is room or somebody asked (`details`); the verdict and what to type.

    The verdict stands last, so that it is what is left on the screen. Quiet shows nothing when healthy.
    `between`: what else is shown, before the verdict.
    """
    if quiet and report.verdict is Verdict.HEALTHY and not report.acknowledged:
        return
    links = (details or verbose or screen.rows >= HIGH) and not quiet
    block = VerdictBlock.of(screen, report, ways, quiet=quiet, links=links)
    if links:
        _show_links(screen, report, block.in_full, verbose=verbose)
        screen.line()
    if between is not None:
        between(screen)
    if not quiet:
        _shop(screen, report, always=links)
    block.show()


def _shop(screen: Screen, report: Report, *, always: bool) -> None:
    """By which version of the app was judged, and why; unless `always`, only where it is not the guide's."""
    said = next((r for r in report.results if r.check.id == _SHOP), None)
    if said is None or "profile" not in said.finding.evidence:
        return
    plain = said.status is Status.OK and said.finding.evidence["profile"] == MODULE_ACCESS.name
    if always or not plain:
        screen.note(_("shop:"), said.finding.detail, "quiet")


def _show_links(screen: Screen, report: Report, below: Set[str], *, verbose: bool) -> None:
    """Each link with what its checks say; `below`: those of which the verdict says all."""
    above = roots(report)
    for link in Link:
        results = [r for r in report.results if r.check.link is link]
        if results:
            _link(screen, link, results, below, above, verbose=verbose)


def _link(
    screen: Screen,
    link: Link,
    results: list[Result],
    below: Set[str],
    roots: Mapping[str, str],
    *,
    verbose: bool,
) -> None:
    mark = worst(results)
    counts = Counter(r.status for r in results)
    parts = [how_many(status, count) for status in Status if (count := counts[status])]
    lead = f"{screen.mark(mark.value)} {link.value}"
    screen.line(", ".join(parts), mark.value, indent=_COLUMN, first=lead)
    for result in results:
        told = result.status in (Status.FAIL, Status.WARN, Status.UNKNOWN) and result.check.id not in roots
        if told and result.check.id in below and not verbose:
            lead = f"{screen.mark(result.status.value)} {result.check.id}"
            screen.line(_("{check}: see below").format(check=lead), result.status.value, indent=2)
        elif verbose or told:
            _result(screen, result, verbose=verbose)
    if not verbose:
        _hidden(screen, [r for r in results if r.check.id in roots or not _is_told(r)], roots)


def _result(screen: Screen, result: Result, *, verbose: bool) -> None:
    status = result.status
    screen.line(f"{screen.mark(status.value)} {result.check.id}", status.value, indent=2)
    screen.line(result.finding.detail, indent=4)
    if result.acknowledged is not None:
        screen.line(known_of(result), "warn", indent=4)
    if result.finding.because_of:
        screen.line(
            _("because of {checks}").format(checks=", ".join(result.finding.because_of)), "quiet", indent=4
        )
    if result.finding.hint and (verbose or status is not Status.OK):
        screen.line(result.finding.hint, "quiet", indent=4)
    if verbose and result.finding.evidence:
        for name, value in result.finding.evidence.items():
            if name == "diff":
                screen.raw(str(value))  # as it is, to be applied
                continue
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
