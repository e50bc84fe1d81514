"""The options that say which payments are looked at and how long an access lasts, alike in every command."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from iahome_fix.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.cli.frame import Frame
    from iahome_fix.domain.lengths import Length
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
    list[str] | None,
    typer.Option(
        "--access-duration",
        metavar="[MODULE=]SPAN",
        help=N_(
            "How long a paid access lasts: 72h, 30d, 2w, month, year; for one module MODULE=30d (repeatable)."
            " Without it, an access lasts as long as the shop's own rows say, else as long as the app gives"
            " it: 72h in the version of the guide."
        ),
    ),
]
From = Annotated[
    Start,
    typer.Option("--from", metavar="purchase|now", help=N_("When it begins: with the purchase, or now.")),
]

SINCE = "90d"


def parsed(
    since: str, access_duration: Sequence[str] | None
) -> tuple[datetime, Length | None, dict[str, Length]]:
    """The beginning (UTC) and the lengths that were asked for: of all, and of single modules.

    Raises UsageError, naming the option.
    """
    from iahome_fix.domain.lengths import length_of
    from iahome_fix.errors import UsageError
    from iahome_fix.spans import parse_since

    option = "--access-duration"
    found: dict[str, Length] = {}
    for text in access_duration or ():
        module, _equals, span = text.rpartition("=")
        length = length_of(span, option)
        if _equals and not module.strip():
            raise UsageError(
                "span",
                _("{option}: no module stands before the = of {text}").format(option=option, text=repr(text)),
            )
        if found.setdefault(module.strip(), length) != length:
            raise UsageError(
                "span",
                _("{option} gives two terms for {what}: {one} and {other}").format(
                    option=option,
                    what=module.strip() or _("all modules"),
                    one=found[module.strip()].text,
                    other=length.text,
                ),
            )
    first = parse_since(since, "--since", datetime.now(UTC))
    return first, found.pop("", None), found


def terms(
    frame: Frame,
    since: str,
    access_duration: Sequence[str] | None,
    start: Start,
    *,
    include_unclear: bool = False,
    restore: Sequence[str] = (),
) -> Terms:
    """What these options say, and the app profile where they do not. Raises UsageError, naming the option."""
    from iahome_fix.domain.terms import Terms

    first, chosen, by_module = parsed(since, access_duration)
    return Terms(
        since=first,
        usual=frame.settings.profile.term.usual,
        chosen=chosen,
        by_module=by_module,
        from_now=start is Start.NOW,
        include_unclear=include_unclear,
        restore=tuple(restore),
    )
