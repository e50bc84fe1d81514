"""Is the deployed signing secret the local one with something around it? (tests/faults, F07)

A blank, a line end or a quote that stands in the variable on the server is part of the key, and every
signature is then refused, although both values look the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iahome_fix.facts.webhook import signed_with_stain
from iahome_fix.i18n import _
from iahome_fix.model import Finding, fail

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


def stained_secret(ctx: Seen, url: str, facts: Mapping[str, Any]) -> Finding | None:
    """A finding that says what stands around the secret on the server; None when it is another one, or none.

    Sends harmless events, each signed with the secret in one of the shapes that pasting gives it.
    """
    stain = _stain(ctx, url)
    if stain is None:
        return None
    return fail(
        _("the secret on the server is the local one with {stain}, so every signature is refused").format(
            stain=stain
        ),
        hint=_("write STRIPE_WEBHOOK_SECRET on the server again, without it, and restart the app"),
        **{**facts, "stain": stain},
    )


def _stain(ctx: Seen, url: str) -> str | None:
    shapes = {
        ("", "\n"): _("a line end behind it"),
        ("", "\r\n"): _("a Windows line end behind it"),
        ("", "\r"): _("a carriage return behind it"),
        ("", " "): _("a blank behind it"),
        (" ", ""): _("a blank before it"),
        ('"', '"'): _("quotes around it"),
        ("'", "'"): _("single quotes around it"),
    }
    for (before, behind), words in shapes.items():
        status = signed_with_stain(ctx, url, before, behind).status
        if status is None:
            return None
        if 200 <= status < 300:
            return words
    return None
