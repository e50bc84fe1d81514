"""The options that say which payments are looked at and how long an access lasts, alike in every command."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.domain.terms import Terms


class Start(StrEnum):
    """From when an access counts that was paid for."""

    PURCHASE = "purchase"
    NOW = "now"


Since = Annotated[
    str,
    typer.Option(
        "--since", metavar="WHEN", help=_("Payments since then: 30d, 2026-08-01 or an ISO time (UTC).")
    ),
]
AccessDuration = Annotated[
    str,
    typer.Option("--access-duration", metavar="SPAN", help=_("How long a paid access lasts: 72h, 30d, 2w.")),
]
From = Annotated[
    Start,
    typer.Option("--from", metavar="purchase|now", help=_("When it begins: with the purchase, or now.")),
]

SINCE = "90d"
DURATION = "72h"


def terms(
    since: str,
    access_duration: str,
    start: Start,
    *,
    include_unclear: bool = False,
    restore: Sequence[str] = (),
) -> Terms:
    """What these options say. Raises UsageError, naming the option."""
    from iahome_fix.domain.spans import parse_since, parse_span
    from iahome_fix.domain.terms import Terms

    return Terms(
        since=parse_since(since, "--since", datetime.now(UTC)),
        duration=parse_span(access_duration, "--access-duration"),
        from_now=start is Start.NOW,
        include_unclear=include_unclear,
        restore=tuple(restore),
    )
