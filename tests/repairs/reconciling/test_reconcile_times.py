"""Spans and moments as an operator writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from iahome_fix.errors import UsageError
from iahome_fix.spans import parse_since, parse_span, span_text

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("72h", 72), ("1h", 1), ("30d", 720), (" 2W ", 336), ("365d", 8760), ("3 d", 72), ("007d", 168)],
)
def test_a_span(text: str, hours: int) -> None:
    assert parse_span(text, "--x") == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["", "72", "h", "0h", "-1d", "1.5d", "1y", "1m", "1d2h", "٣d", "99999w", "1" * 400 + "d"]
)
def test_what_is_no_span_is_refused_with_the_options_name(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_span(text, "--access-duration")
    assert "--access-duration" in refusal.value.message
    assert len(refusal.value.message) < 160


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30d", NOW - timedelta(days=30)),
        ("12h", NOW - timedelta(hours=12)),
        ("2026-08-01", datetime(2026, 8, 1, tzinfo=UTC)),
        ("2026-08-01T10:00", datetime(2026, 8, 1, 10, tzinfo=UTC)),
        ("2026-08-01T10:00:00Z", datetime(2026, 8, 1, 10, tzinfo=UTC)),
        ("2026-08-01T10:00:00+02:00", datetime(2026, 8, 1, 8, tzinfo=UTC)),
        ("2026-11-23 12:29", datetime(2026, 11, 23, 12, 29, tzinfo=UTC)),
        ("0001-01-01", datetime(1970, 1, 1, tzinfo=UTC)),
        ("36000d", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_in_utc(text: str, expected: datetime) -> None:
    assert parse_since(text, "--since", NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "01/08/2026", "2026-11-23T12:31", "2027-01-01", "0d", "1y"]
)
def test_what_is_no_moment_of_the_past_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_since(text, "--since", NOW)
    assert "--since" in refusal.value.message


@pytest.mark.parametrize("text", ["1h", "71h", "72h", "73h", "4d", "14d", "365d"])
def test_a_span_is_shown_as_it_is_read(text: str) -> None:
    assert span_text(parse_span(text, "--x")) == text
