"""What a page says of payments: numbers, why some wait, and how it went over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.checks.money import amounts
from iahome_fix.checks.steps import LEFT
from iahome_fix.domain.over_time import Unit
from iahome_fix.i18n import _, ngettext
from iahome_fix.model import Status
from iahome_fix.output.explain import words_of
from iahome_fix.output.page.chart import Chart, chart
from iahome_fix.output.page.plain import fit
from iahome_fix.output.page.view import Table

if TYPE_CHECKING:
    from datetime import date

    from iahome_fix.checks.ledger import Ledger
    from iahome_fix.domain.over_time import OverTime
    from iahome_fix.domain.sums import Overview, Sums
    from iahome_fix.model import Report


@dataclass(frozen=True)
class Payments:
    """The part of the page about payments."""

    figures: tuple[tuple[str, str], ...]
    said: tuple[str, ...]
    reasons: Table | None
    chart: Chart | None
    periods: Table | None


def payments(report: Report, ledger: Ledger) -> Payments:
    """All that the run saw of payments; where it saw none, why."""
    found = ledger.over_time if ledger.over_time and ledger.over_time.periods else None
    return Payments(
        tuple(_figures(report.sales, found)),
        tuple(_said(report, ledger)),
        _reasons(report.sales),
        _chart(found) if found else None,
        _periods(found) if found else None,
    )


def _figures(sums: Overview | None, found: OverTime | None) -> list[tuple[str, str]]:
    """Numbers with their words, the ones that matter most first."""
    if sums is None:
        if found is None:
            return []
        count = sum(period.paid for period in found.periods)
        return [(figures.number(count), ngettext("payment came in", "payments came in", count))]
    owed, paid, granted = sums.owed, sums.due.sales, sums.served.sales
    rest = paid - granted - owed.sales
    shown = [
        (
            figures.number(owed.customers),
            ngettext("customer waits", "customers wait", owed.customers),
        ),
        (_money(owed), _("paid by them")) if owed.sales else None,
        (figures.number(paid), ngettext("module was paid for", "modules were paid for", paid)),
        (figures.number(granted), ngettext("of them was granted", "of them were granted", granted)),
        (figures.number(owed.sales), ngettext("of them is missing", "of them are missing", owed.sales)),
        (figures.number(rest), ngettext("is neither", "are neither", rest)) if rest else None,
    ]
    return [one for one in shown if one is not None]


def _said(report: Report, ledger: Ledger) -> list[str]:
    since = figures.day(ledger.since)
    found = ledger.over_time
    if found is None:
        return [_("What was paid could not be looked at: {reason}").format(reason=_why_not(report))]
    if not found.periods:
        return [_("Stripe has no payment since {day}.").format(day=since)]
    said = [_("Payments since {day} were looked at.").format(day=since)]
    if not found.told:
        said.append(_("Who of them waits is not known: {reason}").format(reason=_why_not(report)))
    if report.sales and report.sales.due.sales > report.sales.served.sales + report.sales.owed.sales:
        said.append(
            _(
                "Neither granted nor missing is what a person withdrew, what may have been refunded,"
                " and what somebody has to assign; the checks of the link payments name it."
            )
        )
    return said


def _why_not(report: Report) -> str:
    """What the check of payments says, which is what the run could not do."""
    result = next((r for r in report.results if r.check.id == LEFT and r.status is not Status.OK), None)
    return fit(result.finding.detail) if result else _("this run was not asked to")


def _reasons(sums: Overview | None) -> Table | None:
    if sums is None or not sums.reasons:
        return None
    rows = tuple(
        (one.check, words_of(one.step) if one.step else _("every step holds today"), *_row(one.sums))
        for one in sums.reasons
    )
    return Table(
        _("Why customers wait: where their payments stop"),
        (
            _("Check"),
            _("Where it stops"),
            _("Modules"),
            _("Customers"),
            _("Money"),
            _("Waiting since"),
        ),
        rows,
        frozenset({2, 3, 4}),
        (_("Together"), "", *_row(sums.owed)),
    )


def _row(sums: Sums) -> tuple[str, str, str, str]:
    return (
        figures.number(sums.sales),
        figures.number(sums.customers),
        _money(sums),
        figures.day(sums.oldest) if sums.oldest else "-",
    )


def _money(sums: Sums) -> str:
    return fit(amounts(sums.amount), 300) or _("nothing (free of charge)")


def _chart(found: OverTime) -> Chart:
    legend = (
        ("missing", _("missing")),
        ("rest", _("neither")),
        ("granted", _("granted")),
        ("paid", _("paid")),
    )
    return chart(
        _title(found), _in_words(found), legend, found, [_short(p.begin, found.unit) for p in found.periods]
    )


def _title(found: OverTime) -> str:
    return {
        Unit.DAY: _("Payments by day"),
        Unit.WEEK: _("Payments by week"),
        Unit.MONTH: _("Payments by month"),
        Unit.YEAR: _("Payments by year"),
    }[found.unit]


def _in_words(found: OverTime) -> str:
    """What the chart shows, for who does not see it."""
    paid = sum(period.paid for period in found.periods)
    missing = sum(period.missing for period in found.periods)
    first = figures.day(found.periods[0].begin)
    if not found.told:
        return _("{paid} payments since {first}; the table has each period.").format(
            paid=figures.number(paid), first=first
        )
    if not missing:
        return _("{paid} modules paid for since {first}, none is missing; the table has each period.").format(
            paid=figures.number(paid), first=first
        )
    worst = max(found.periods, key=lambda period: period.missing)
    return _(
        "{paid} modules paid for since {first}, {missing} are missing, most of them ({most}) from the period"
        " that begins on {day}; the table has each period."
    ).format(
        paid=figures.number(paid),
        first=first,
        missing=figures.number(missing),
        most=figures.number(worst.missing),
        day=figures.day(worst.begin),
    )


def _periods(found: OverTime) -> Table:
    begins = {
        Unit.DAY: _("Day (UTC)"),
        Unit.WEEK: _("Week from"),
        Unit.MONTH: _("Month from"),
        Unit.YEAR: _("Year from"),
    }[found.unit]
    shown = [period for period in found.periods if period.paid]
    if not found.told:
        rows = [
            (figures.day(p.begin), figures.number(p.paid), fit(amounts(p.amount), 300) or "-") for p in shown
        ]
        return Table(_title(found), (begins, _("Paid"), _("Money paid")), tuple(rows), frozenset({1, 2}))
    return Table(
        _title(found),
        (begins, _("Paid"), _("Granted"), _("Missing"), _("Neither"), _("Money paid"), _("Money missing")),
        tuple(
            (
                figures.day(p.begin),
                *(figures.number(count) for count in (p.paid, p.granted, p.missing, p.rest)),
                fit(amounts(p.amount), 300) or "-",
                fit(amounts(p.owed), 300) or "-",
            )
            for p in shown
        ),
        frozenset(range(1, 7)),
    )


def _short(day: date, unit: Unit) -> str:
    if unit is Unit.YEAR:
        return f"{day:%Y}"
    return figures.month(day) if unit is Unit.MONTH else figures.day_of_year(day)
