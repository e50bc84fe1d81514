"""What `site.webhook-secret` says of a site that refuses what is signed with the local secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.checks.site import deliveries
from iahome_fix.checks.site.secret_stains import stained_secret
from iahome_fix.facts.webhook import signed_by_its_clock
from iahome_fix.i18n import _
from iahome_fix.model import Finding, fail, warn
from iahome_fix.settings import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.site import Answer

_CLOCK_TOLERANCE = 300
"""Seconds that Stripe's library lets a signature be old."""


def refused_signature(ctx: Seen, url: str, answer: Answer) -> Finding:
    """The finding: the clock, a stain on the secret, another secret; `answer` is the refusal."""
    ahead = answer.clock or 0.0
    facts: dict[str, Any] = {"url": url, "status": answer.status, "clock_ahead_seconds": round(ahead)}
    if abs(ahead) > _CLOCK_TOLERANCE and signed_by_its_clock(ctx, url, ahead).accepted:
        return fail(
            _(
                "the secret is right, but the server's clock is {seconds} s away from this machine's,"
                " more than the 300 s that a signature may be old"
            ).format(seconds=round(ahead)),
            hint=_("set the clock that is wrong; if it is the server's, it refuses what Stripe sends, too"),
            **facts,
        )
    if deliveries.work(ctx):
        return warn(
            _(
                "the deployed app refuses an event signed with the local STRIPE_WEBHOOK_SECRET, yet"
                " deliveries left rows and none waits since: the app has the right secret, this file another"
            ),
            hint=_("reveal the endpoint's secret (Stripe, Developers, Webhooks) and set it in this file"),
            **facts,
        )
    return stained_secret(ctx, url, facts) or fail(
        _("the deployed app refuses an event signed with the local STRIPE_WEBHOOK_SECRET"),
        hint="; ".join(_hints(ctx)),
        **facts,
    )


def _hints(ctx: Seen) -> Iterator[str]:
    value = ctx.settings.get(names.SIGNING_KEY)
    if value is not None and value.source.name != names.SIGNING_KEY:
        yield _("this file names it {other}; the app of the guide reads {name}").format(
            other=value.source.name, name=names.SIGNING_KEY
        )
    yield _(
        "the running app has another secret than this file, or none: set the one that Stripe shows for"
        " this endpoint (Developers, Webhooks, Reveal) here and on the server, and restart it"
    )
