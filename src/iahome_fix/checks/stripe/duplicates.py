"""The check `stripe.endpoint-duplicates`: is there more than one that is meant for this handler?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.registry import check
from iahome_fix.checks.stripe.destinations import thin_beside
from iahome_fix.facts.webhook import endpoints, expected_url, required, shown
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Kind, ok, warn
from iahome_fix.systems import webhook_urls

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 5


@check(
    "stripe.endpoint-duplicates",
    N_("only one endpoint is meant for this handler"),
    kind=Kind.HYGIENE,
    needs=("stripe.endpoint-url",),
)
def endpoint_duplicates(ctx: Seen) -> Finding:
    """Each endpoint has a secret of its own, so of two for one address one always fails; a stale one (a
    tunnel, an old host) keeps events pending for ever and hides real failures.

    Found by: other enabled endpoints at the same address, near it, or with the same path elsewhere, and
    destinations (v2) that send thin events to it. What gets connected accounts' events, and the endpoint that
    Supabase's Stripe Sync Engine made for itself, are no duplicates.
    Repair: by hand in Stripe, Developers, Webhooks. Never: delete the one that delivers.
    """
    ours = required(ctx)
    surplus = [
        e
        for e in endpoints(ctx)
        if e.id != ours.id
        and e.enabled
        and not e.connected
        and not ctx.webhook.is_of_sync_engine(e)
        and (ctx.webhook.is_near_miss(e) or "path" not in webhook_urls.differences(expected_url(ctx), e.url))
    ]
    thin = [d for d in thin_beside(ctx) if d.enabled]
    if not surplus and not thin:
        return ok(_("no other endpoint is meant for the handler of this site"))
    others = [f"{e.id} ({shown(e.url)})" for e in surplus]
    others += [_("{id} ({url}, thin events)").format(id=d.id, url=shown(d.url or "")) for d in thin]
    return warn(
        _("besides {ours} there are: {others}").format(ours=ours.id, others=", ".join(others[:_MOST_SHOWN])),
        hint=_("disable what is not needed any more in Stripe, Developers, Webhooks"),
        others=[e.id for e in surplus] + [d.id for d in thin],
    )
