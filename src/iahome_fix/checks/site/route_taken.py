"""What `site.webhook-route` says of a route that takes events, or of which deliveries say that it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix import figures
from iahome_fix.checks.site import deliveries
from iahome_fix.facts.webhook import expected_url, said, shown
from iahome_fix.i18n import _
from iahome_fix.model import Finding, ok, unknown, warn

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.site import Answer

Facts = dict[str, Any]


def takes(ctx: Seen, url: str, answer: Answer, facts: Facts) -> Finding:
    """What is said of a route that takes what is rightly signed."""
    if not answer.refuses_unsigned and not 400 <= (answer.status or 0) < 500:
        return warn(
            _("the route takes what is rightly signed, but {answer} to what is not").format(
                answer=said(answer)
            ),
            hint=_("Stripe never sends that; 400 is the usual answer, and a 5xx looks like an outage"),
            **facts,
        )
    if url != expected_url(ctx):
        return ok(_("the app takes events at {url}").format(url=shown(url)), **facts)
    if answer.refuses_unsigned:
        return ok(_("the route refuses what is not signed, as it should"), **facts)
    return ok(
        _("the route takes what is rightly signed, and refuses the rest (it {answer})").format(
            answer=said(answer)
        ),
        **facts,
    )


def not_from_here(ctx: Seen, answer: Answer, facts: Facts) -> Finding | None:
    """The finding where an answer may be for this machine alone and deliveries say that the route works."""
    ours = deliveries.meets_only_us(answer.status, answer.reason, challenge=answer.challenge)
    since = deliveries.work(ctx) if ours else None
    if since is None:
        return None
    return unknown(
        _(
            "{url} {answer} to this machine, so from here it is not known; deliveries show that it"
            " works: what was paid on {when} left its row, and nothing waits since"
        ).format(url=shown(answer.url), answer=said(answer), when=figures.minute(since, zone=True)),
        hint=_(
            "a protection in front that lets Stripe through and this machine not is no fault; from a"
            " machine that it lets through, the same command shows more"
        ),
        **{deliveries.BY_DELIVERIES: since.isoformat()},
        **facts,
    )


def proved_elsewhere(ctx: Seen) -> str | None:
    """Since when deliveries speak for the route, where this machine does not get through to it."""
    route = ctx.results.get("site.webhook-route")
    found = route.finding.evidence.get(deliveries.BY_DELIVERIES) if route else None
    return str(found) if found else None


def by_deliveries() -> str:
    """What is said of everything else behind that protection."""
    return _("from here it cannot be tried; deliveries show that it works (site.webhook-route)")
