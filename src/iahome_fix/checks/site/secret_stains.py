"""Is the deployed signing secret the local one with something around it? (tests/faults, F07)

A blank, a line end or a quote that stands in the variable on the server is part of the key, and every
signature is then refused, although both values look the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _
from iahome_fix.model import Finding, fail
from iahome_fix.systems.site_probe import ascii_event

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context


def stained_secret(ctx: Context, url: str, secret: str, facts: Mapping[str, Any]) -> Finding | None:
    """A finding that says what stands around the secret on the server; None when it is another one, or none.

    Sends harmless events, each signed with the secret in one of the shapes that pasting gives it.
    """
    stain = _stain(ctx, url, secret)
    if stain is None:
        return None
    return fail(
        _("the secret on the server is the local one with {stain}, so every signature is refused").format(
            stain=stain
        ),
        hint=_("write STRIPE_WEBHOOK_SECRET on the server again, without it, and restart the app"),
        **{**facts, "stain": stain},
    )


def _stain(ctx: Context, url: str, secret: str) -> str | None:
    shapes = {
        f"{secret}\n": _("a line end behind it"),
        f"{secret}\r\n": _("a Windows line end behind it"),
        f"{secret}\r": _("a carriage return behind it"),
        f"{secret} ": _("a blank behind it"),
        f" {secret}": _("a blank before it"),
        f'"{secret}"': _("quotes around it"),
        f"'{secret}'": _("single quotes around it"),
    }
    for shape, words in shapes.items():
        status = ctx.site.post_signed(url, ascii_event(), shape).status
        if status is None:
            return None
        if 200 <= status < 300:
            return words
    return None
