"""Amounts, moments and numbers as the operator's language writes them.

English has them as commands and logs do (`9.90 EUR`, `2026-11-30 14:14`, `1,234`); the other languages
in the form that Babel knows, which is loaded only where one of them is spoken.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from iahome_fix.i18n import SOURCE, _, language, ngettext


def number(value: int) -> str:
    """`1,234`; in French `1 234`."""
    if language() == SOURCE:
        return f"{value:,}"
    from babel.numbers import format_decimal

    return format_decimal(value, locale=language())


def amount(value: float, decimals: int, currency: str) -> str:
    """`9.90 EUR`; in French `9,90 €`. `decimals`: how many Stripe's unit has of this currency."""
    if language() == SOURCE:
        return f"{value:.{decimals}f} {currency.upper()}"
    from babel.numbers import format_currency

    form = "#,##0" + (f".{'0' * decimals}" if decimals else "") + "\u00a0¤"
    return format_currency(value, currency.upper(), form, locale=language(), currency_digits=False)


def day(moment: date | datetime) -> str:
    """`2026-11-30`; in French `30 nov. 2026`."""
    if language() == SOURCE:
        return f"{moment:%Y-%m-%d}"
    from babel.dates import format_date

    return _first(format_date(moment, "medium", locale=language()))


def day_of_year(moment: date) -> str:
    """A day under a chart, which has no room for the year: `11-30`; in French `30 nov.`."""
    if language() == SOURCE:
        return f"{moment:%m-%d}"
    from babel.dates import format_skeleton

    return _first(format_skeleton("MMMd", moment, locale=language()))


def month(moment: date) -> str:
    """`2026-11`; in French `nov. 2026`."""
    if language() == SOURCE:
        return f"{moment:%Y-%m}"
    from babel.dates import format_skeleton

    return format_skeleton("yMMM", moment, locale=language())


def minute(moment: datetime, *, zone: bool = False) -> str:
    """A moment in UTC to the minute: `2026-11-30 14:14`; in French `30 nov. 2026 à 14:14 UTC`.

    `zone`: English names the zone, too.
    """
    if language() == SOURCE:
        return f"{moment:%Y-%m-%d %H:%M}" + (" UTC" if zone else "")
    return _("{day} at {time} UTC").format(day=day(_utc(moment)), time=f"{_utc(moment):%H:%M}")


def second(moment: datetime) -> str:
    """A moment in UTC to the second, as a clock shows it in a list."""
    if language() == SOURCE:
        return f"{moment:%Y-%m-%d %H:%M:%S}"
    return _("{day} at {time} UTC").format(day=day(_utc(moment)), time=f"{_utc(moment):%H:%M:%S}")


def span(length: timedelta) -> str:
    """About how long something lasted: `5 minutes`, `36 hours`, `12 days`; a minute at the least."""
    minutes = length.total_seconds() / 60
    if minutes < 90:
        count = max(1, round(minutes))
        return ngettext("{count} minute", "{count} minutes", count).format(count=count)
    hours = minutes / 60
    if hours < 48:
        count = round(hours)
        return ngettext("{count} hour", "{count} hours", count).format(count=count)
    count = round(hours / 24)
    return ngettext("{count} day", "{count} days", count).format(count=count)


def _first(written: str) -> str:
    """The first of a month, which French counts and CLDR does not: `1er sept. 2026`."""
    number, blank, rest = written.partition(" ")
    return f"1er{blank}{rest}" if language() == "fr" and number == "1" else written


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment
