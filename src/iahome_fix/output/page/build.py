"""From a report to the page that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iahome_fix import __version__, figures
from iahome_fix.i18n import _, language
from iahome_fix.model import Link, Report, Result, Status, Verdict
from iahome_fix.output.checks import QUESTIONS
from iahome_fix.output.page.chain_picture import ChainPicture, Part, picture
from iahome_fix.output.page.payments import payments
from iahome_fix.output.page.plain import fit, label, values
from iahome_fix.output.page.runs import runs
from iahome_fix.output.page.view import CheckView, LinkView, View
from iahome_fix.output.statuses import how_many, verdict_word, word
from iahome_fix.output.verdict_words import (
    counted,
    headline,
    known_no_more,
    known_of,
    main_results,
    paid,
    waiting,
    worst,
)

if TYPE_CHECKING:
    from iahome_fix.checks.ledger import Ledger
    from iahome_fix.repairs.journal.journal import Journal

MARKS = {"ok": "✓", "warn": "!", "fail": "✕", "blocked": "…", "skipped": "–", "unknown": "?"}
_MOST_KNOWN = 10
_OF_VERDICT = {"healthy": "✓", "exposed": "!", "broken": "✕", "unknown": "?"}


@dataclass(frozen=True)
class Target:
    """What a run was about, as the screen names it: by label; None for what is not set."""

    site: str | None = None
    project: str | None = None
    database: str | None = None
    stripe: str | None = None
    went_over: tuple[str, ...] = field(default=())


def view(report: Report, ledger: Ledger, journal: Journal, target: Target) -> View:
    """The page of a report. Reads the journal's files; asks nothing else."""
    links = tuple(_links(report))
    money = payments(report, ledger)
    known_runs, runs_said = runs(journal)
    main = main_results(report)
    verdict = report.verdict
    return View(
        language=language(),
        title=_("iahome-fix: {verdict}").format(verdict=verdict_word(verdict)),
        verdict=verdict.value,
        mark=_OF_VERDICT[verdict.value],
        word=verdict_word(verdict),
        headline=headline(report),
        said=tuple(_said(report, target)),
        target=tuple(_target(target)),
        made=_("made on {moment} by iahome-fix {version}").format(
            moment=figures.minute(ledger.now, zone=True), version=__version__
        ),
        chain=_chain(links),
        links=links,
        causes_title=_causes_title(report, main),
        causes=tuple(_check(result) for result in main),
        commands_title=_commands_title(main),
        commands=tuple(dict.fromkeys(fit(r.finding.fix.command) for r in main if r.finding.fix)),
        figures=money.figures,
        money_said=money.said,
        reasons=money.reasons,
        chart=money.chart,
        periods=money.periods,
        journal=known_runs,
        journal_said=runs_said,
        words=_words(),
    )


def _said(report: Report, target: Target) -> list[str]:
    said = []
    if report.sales and report.sales.owed.sales:
        said.append(waiting(report.sales.owed))
    elif report.paid and report.paid.sales and report.verdict is Verdict.BROKEN:
        said.append(paid(report.paid))
    said.append(counted(report))
    known = [*map(known_of, report.acknowledged), *map(known_no_more, report.expired)]
    return [*said, *map(fit, (*known[:_MOST_KNOWN], *target.went_over))]


def _target(target: Target) -> list[tuple[str, str]]:
    shown = (
        (_("Site"), target.site),
        (_("Supabase project"), target.project),
        (_("Database"), target.database),
        (_("Stripe mode"), target.stripe),
    )
    return [(name, label(text) if text else _("not set")) for name, text in shown]


def _causes_title(report: Report, main: Sequence[Result]) -> str:
    if report.causes:
        return _("The cause") if len(main) == 1 else _("The causes, in the order of the chain")
    if report.verdict is Verdict.EXPOSED:
        return _("What is exposed")
    return _("What is not known")


def _commands_title(main: Sequence[Result]) -> str:
    """Commands help only once the first cause is mended, which may need a person."""
    if main and main[0].finding.fix is None:
        return _("next: repair {check} by hand, as said above; then").format(check=main[0].check.id)
    return _("What to type next")


def _links(report: Report) -> list[LinkView]:
    found = []
    causes = set(report.causes)
    first = next((r.check.id for r in report.results if r.check.id in causes), None)
    for link in Link:
        results = [r for r in report.results if r.check.link is link]
        if not results:
            continue
        status = worst(results)
        counts = Counter(r.status for r in results)
        found.append(
            LinkView(
                name=link.value,
                heading=_("{link}: {question}").format(link=link.value, question=_(QUESTIONS[link])),
                status=status.value,
                mark=MARKS[status.value],
                word=word(status),
                counts=", ".join(how_many(one, counts[one]) for one in Status if counts[one]),
                broken=any(r.check.id == first for r in results),
                checks=tuple(_check(r) for r in results),
            )
        )
    return found


def _check(result: Result) -> CheckView:
    finding = result.finding
    status = result.status.value
    return CheckView(
        id=result.check.id,
        title=_(result.check.title),
        kind=result.check.kind.value,
        status=status,
        mark=MARKS[status],
        word=word(result.status),
        detail=fit(finding.detail),
        because_of=tuple(map(label, finding.because_of)),
        hint=fit(finding.hint) if finding.hint else None,
        command=fit(finding.fix.command) if finding.fix else None,
        known=fit(known_of(result)) or None,
        evidence=tuple((name, tuple(lines)) for name, lines in values(finding.evidence)),
    )


def _chain(links: Sequence[LinkView]) -> ChainPicture:
    parts = [Part(one.name, one.status, one.mark, one.word, one.broken) for one in links]
    broken = [one.name for one in links if one.broken]
    text = ", ".join(f"{one.name} ({one.word})" for one in links) + "."
    if broken:
        text += " " + _("The chain breaks at {link}.").format(link=broken[0])
    return picture(_("The chain from the configuration to the customer's page"), text, parts)


def _words() -> dict[str, str]:
    """Headings and labels, in the order of the page."""
    return {
        "chain": _("Where it stands"),
        "broken": _("broken here"),
        "money": _("Customers and money"),
        "over_time": _("Over time"),
        "as_table": _("The same as a table"),
        "checks": _("Every check"),
        "because_of": _("because of"),
        "evidence": _("Evidence"),
        "journal": _("What this tool has done here"),
        "about": _("About this page"),
        "redacted": _(
            "It holds no key, no password and no whole e-mail address, asks nothing of any server and runs no"
            " script. It is what doctor saw at that moment, and may be sent to whoever helps."
        ),
        "to_check": _("what the check says"),
    }
