"""What the entries `[[ignore]]` of `iahome-fix.toml` make of a report: the same in every command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iahome_fix.model import Report
    from iahome_fix.settings import Settings


def with_known(report: Report, settings: Settings) -> Report:
    """The report in which what somebody answers for is marked. Raises UsageError for a wrong entry."""
    from iahome_fix.checks.acknowledged import acknowledged, require_known
    from iahome_fix.checks.source.link import every_check

    entries = settings.ignored
    require_known(entries, {check.id for check in every_check()} if entries else ())
    return acknowledged(report, entries, datetime.now(UTC).date())
