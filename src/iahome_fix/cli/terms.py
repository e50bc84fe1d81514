"""The options that say which payments are looked at and how long an access lasts, alike in every command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from iahome_fix.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.cli.frame import Frame
    from iahome_fix.domain.terms import Terms


class Start(StrEnum):
    """From when an access counts that was paid for."""

    PURCHASE = "purchase"
    NOW = "now"


Since = Annotated[
    str,
    typer.Option(
        "--since", metavar="WHEN", help=N_("Payments since then: 30d, 2026-08-01 or an ISO time (UTC).")
    ),
]
AccessDuration = Annotated[
    str | None,
    typer.Option(
        "--access-duration",
        metavar="SPAN",
        help=N_(
            "How long a paid access lasts: 72h, 30d, 2w. Without it as long as the app gives it: 72h in the"
            " version of the guide."
        ),
    ),
]
From = Annotated[
    Start,
    typer.Option("--from", metavar="purchase|now", help=N_("When it begins: with the purchase, or now.")),
]

SINCE = "90d"


def parsed(since: str, access_duration: str | None) -> tuple[datetime, timedelta | None]:
    """The beginning (UTC) and the length that were asked for. Raises UsageError, naming the option."""
    from iahome_fix.domain.spans import parse_since, parse_span

    first = parse_since(since, "--since", datetime.now(UTC))
    return first, None if access_duration is None else parse_span(access_duration, "--access-duration")


def terms(
    frame: Frame,
    since: str,
    access_duration: str | None,
    start: Start,
    *,
    include_unclear: bool = False,
    restore: Sequence[str] = (),
) -> Terms:
    """What these options say, and the app profile where they do not. Raises UsageError, naming the option."""
    from iahome_fix.domain.terms import Terms

    first, chosen = parsed(since, access_duration)
    return Terms(
        since=first,
        usual=frame.settings.profile.term.usual,
        chosen=chosen,
        from_now=start is Start.NOW,
        include_unclear=include_unclear,
        restore=tuple(restore),
    )
