"""Times as PostgreSQL writes them in JSON: UTC without a zone, as the timestamps of the app's tables are."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str | None) -> datetime | None:
    """A time as PostgreSQL writes it in JSON, in UTC without a zone; what no datetime can hold is clipped."""
    if text is None:
        return None
    if text.startswith("-") or text.endswith("BC"):
        return datetime.min
    try:
        read = datetime.fromisoformat(text)
    except ValueError:  # infinity, or a year beyond 9999
        return datetime.max
    if read.tzinfo is None:
        return read
    try:
        return read.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # within hours of the first or the last day that a datetime can hold
        return datetime.min if read.year == 1 else datetime.max


def is_past(text: str | None, now: datetime) -> bool:
    """Whether a time has come; `now` in UTC without a zone."""
    end = moment(text)
    return end is not None and end <= now


def now_utc() -> datetime:
    """The moment, in UTC without a zone, as the timestamps of the tables are."""
    return datetime.now(UTC).replace(tzinfo=None)
