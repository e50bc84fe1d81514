"""Spans and moments as an operator writes them: `72h`, `30d`, `2w`, `2026-08-01`, an ISO time. All UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from iahome_fix.errors import UsageError
from iahome_fix.i18n import _

_SPAN = re.compile(r"([0-9]{1,6})\s*([hdw])", re.IGNORECASE)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=36_525)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Stripe counts seconds from here, and has nothing older."""


def span_of(text: str) -> timedelta | None:
    """`72h`, `30d` or `2w`: more than nothing, a hundred years at most; None for anything else."""
    found = _SPAN.fullmatch(text.strip())
    span = int(found[1]) * _UNITS[found[2].lower()] if found else timedelta(0)
    return span if timedelta(0) < span <= _LONGEST else None


def parse_span(text: str, option: str) -> timedelta:
    """The same. Raises UsageError, naming the option."""
    span = span_of(text)
    if span is None:
        raise UsageError(
            "span",
            _("{option} takes a span such as 72h, 30d or 2w, not {text}").format(
                option=option, text=_shown(text)
            ),
            _("for a year write 365d"),
        )
    return span


def parse_since(text: str, option: str, now: datetime) -> datetime:
    """A span before `now`, a day (its beginning in UTC) or an ISO time (UTC if it names no zone).

    Raises UsageError, naming the option, for anything else and for the future.
    """
    words = text.strip()
    if _SPAN.fullmatch(words):
        return max(now - parse_span(words, option), _EPOCH)
    try:
        moment = datetime.fromisoformat(words)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            "since",
            _("{option} takes 30d, 2026-08-01 or 2026-08-01T12:00:00Z, not {text}").format(
                option=option, text=_shown(text)
            ),
        ) from None
    if moment >= now:
        raise UsageError(
            "since",
            _("{option} lies in the future: {text}").format(option=option, text=_shown(text)),
            _("times are UTC"),
        )
    return max(moment, _EPOCH)


def span_text(span: timedelta) -> str:
    """A span as `parse_span` reads it, in the largest unit up to days that fits; 72 hours stay hours."""
    hours = round(span.total_seconds() / 3600)
    return f"{hours}h" if hours % 24 or hours <= 72 else f"{hours // 24}d"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
