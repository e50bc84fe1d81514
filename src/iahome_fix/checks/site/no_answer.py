"""What it means that the site does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.facts.webhook import (
    network_works,
    shown,
    silence,
)
from iahome_fix.i18n import _
from iahome_fix.model import Finding, fail, unknown

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.site import Answer


def no_answer(ctx: Seen, answer: Answer) -> Finding:
    detail = _("{url} {answer}").format(url=shown(answer.url), answer=silence(answer))
    certain = answer.reason in ("refused", "tls", "closed", "bad-url")
    if certain or network_works(ctx):
        return fail(detail, reason=answer.reason, url=answer.url)
    return unknown(
        detail,
        hint=_("is the network there? from here nothing can be said about the site"),
        reason=answer.reason,
    )
