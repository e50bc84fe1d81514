"""What `site.webhook-route` says of a route that refuses at once and never answers what is rightly signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _
from iahome_fix.model import Finding, fail, unknown

if TYPE_CHECKING:
    from iahome_fix.systems.site import Answer

_GAVE_UP = (408, 504, 524)
"""What a platform or a proxy answers when its own limit is over: Vercel's functions 504, Cloudflare 524."""
_ENOUGH = 2.0
"""Seconds: who waited less than that cannot speak of hanging."""


def hangs(unsigned: Answer, signed: Answer | None, limit: float, facts: dict[str, Any]) -> Finding | None:
    """The finding where the signed event was not answered in time; None where it was.

    `unsigned`: the answer to a request without a signature, which came; `limit`: seconds that were waited.
    """
    if signed is None or not (signed.reason == "timeout" or signed.status in _GAVE_UP):
        return None
    measured: dict[str, Any] = {
        "unsigned_seconds": round(unsigned.seconds, 2),
        "signed_seconds": round(signed.seconds, 2),
    }
    if signed.status in _GAVE_UP:
        reached = _("after {seconds} s the platform's own time limit ended it ({status}{what})").format(
            seconds=round(signed.seconds),
            status=signed.status,
            what=f", {signed.platform}" if signed.platform else "",
        )
    elif limit < _ENOUGH:
        return unknown(
            _("a rightly signed event was not answered within {seconds} s").format(seconds=f"{limit:g}"),
            hint=_("wait longer with --timeout: Stripe waits some 20 s"),
            **facts,
            **measured,
        )
    else:
        reached = _("nothing came within {seconds} s, the limit of this run (--timeout)").format(
            seconds=f"{limit:g}"
        )
    return fail(
        _(
            "the route refuses what is not signed at once, but never answers a rightly signed event:"
            " {reached}; Stripe gives up as well, after 20 or 30 s, and counts a failure"
        ).format(reached=reached),
        hint=_(
            "what usually hangs there: a body that is read twice (request.text() after request.json(), or a"
            " body parser in front of buffer(req)), or a call that is awaited and never ends (mail, database,"
            " another service); a handler that answers the types it knows only hangs for all others. The"
            " server's log shows the last line that was reached; answer 200 before slow work"
        ),
        **facts,
        **measured,
    )
