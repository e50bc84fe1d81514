"""The check `stripe.undelivered`: are events still waiting, and were their customers served all the same?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands, needed
from iahome_fix.checks.registry import check
from iahome_fix.domain.money import UNDER_WAY
from iahome_fix.errors import MissingCredential, ToolError
from iahome_fix.facts import sales
from iahome_fix.facts.seen import derived
from iahome_fix.facts.webhook import endpoints, registered
from iahome_fix.i18n import N_, _, labelled, ngettext
from iahome_fix.model import Finding, fail, ok, warn
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.stripe_objects import Event

_MOST_SHOWN = 10
ID = "stripe.undelivered"


@check(
    ID,
    N_("no payment waits for a delivery that does not come"),
    needs=(
        *needed.READING,
        "stripe.endpoint-enabled",
        "stripe.endpoint-events",
        "site.webhook-secret",
        "site.webhook-body",
    ),
    queries=(*sales.QUERIES,),
)
def undelivered(ctx: Seen) -> Finding:
    """After an outage that is over everything looks right, yet its customers have nothing: Stripe tries for
    three days at most and then gives up.

    Found by: events of the last 30 days with deliveries pending, held against the accesses. An event waits
    for every endpoint of the account: if its customer was served, another endpoint is the one that fails.
    Events younger than 5 minutes are on their way. Nothing pending proves nothing: an endpoint that was
    missing or disabled, and a handler that answers 200 without writing, leave nothing pending either.
    Repair: `reconcile`, or resend each event from Stripe, oldest first.
    Never: resend events of token packs; look for a cause of today once all probes are green.
    """
    waiting = sales.undelivered(ctx)
    nothing_proved = _("this alone proves nothing: what is not sent to anybody does not wait")
    if not waiting:
        return ok(_("no event of the last 30 days waits; {note}").format(note=nothing_proved))
    late = _late(ctx)
    if not late:
        return ok(
            ngettext(
                "{count} event is under way (younger than 5 minutes)",
                "{count} events are under way (younger than 5 minutes)",
                len(waiting),
            ).format(count=len(waiting)),
            events=_ids(waiting),
        )
    lost = missed.or_why(ctx)
    if isinstance(lost, MissingCredential):
        return warn(
            _("{count} events wait; whether their customers were served is not known: {reason}").format(
                count=len(late), reason=lost.message
            ),
            hint=lost.hint,
            events=_ids(late),
        )
    if isinstance(lost, ToolError):
        raise lost
    if not lost:
        return warn(
            ngettext(
                "{count} event waits for an endpoint, but nobody waits for an access because of it",
                "{count} events wait for an endpoint, but nobody waits for an access because of them",
                len(late),
            ).format(count=len(late)),
            hint=_(
                "another endpoint of the account may be the one that fails: see stripe.endpoint-duplicates"
            ),
            events=_ids(late),
        )
    return _outage(ctx, late, lost)


@derived
def not_delivered(ctx: Seen) -> frozenset[str]:
    """Ids of the sessions whose event waits for this site's endpoint, as far as that can be told.

    An event waits for every endpoint of the account. Where others get it as well, and events that the handler
    acted on wait just as much, it is the others that fail. Raises StripeFailure, SqlError.
    """
    waiting = {event.object_id: event.pending_webhooks for event in sales.undelivered(ctx) if event.object_id}
    if not waiting:
        return frozenset()
    ours = registered(ctx)
    others = sum(
        e.enabled and e.receives(COMPLETED) and (ours is None or e.id != ours.id) for e in endpoints(ctx)
    )
    acted_on = (s.session.id for s in sales.sales(ctx) if s.by_handler and s.session.id in waiting)
    without_ours = min(others, max((waiting[key] for key in acted_on), default=0))
    return frozenset(key for key, pending in waiting.items() if pending > without_ours)


@derived
def missed(ctx: Seen) -> list[Sale]:
    """The sales that are owed and whose event waits for this site's endpoint, for longer than it may.

    Raises StripeFailure, SqlError.
    """
    late = {event.object_id for event in _late(ctx)} & not_delivered(ctx)
    return [sale for sale in sales.unexplained(ctx) if sale.session.id in late]


def _late(ctx: Seen) -> list[Event]:
    latest = sales.now(ctx) - UNDER_WAY
    return [event for event in sales.undelivered(ctx) if event.created <= latest]


def _outage(ctx: Seen, late: list[Event], missed: list[Sale]) -> Finding:
    ids = {sale.session.id for sale in missed}
    newest = max(sale.session.created for sale in missed)
    last = sales.written(ctx).last
    since_then = last is not None and last > newest
    counted = ngettext(
        "{count} payment was not delivered and its customer has nothing",
        "{count} payments were not delivered and their customers have nothing",
        len(ids),
    ).format(count=len(ids))
    if since_then:
        why = _(
            "newer ones were served, so this is an outage that is over; Stripe stops trying after three days"
        )
        hint = _("reconcile serves them from what Stripe knows; nothing has to be sent again")
    else:
        why = _("everything answers rightly now, so either the outage is over or only Stripe is refused")
        hint = _(
            "if new payments stay undelivered: the secret of the endpoint (Stripe, Developers, Webhooks,"
            " Reveal) is not the one that the site has; set it there, then reconcile"
        )
    return fail(
        labelled(counted, why),
        hint=hint,
        fix=commands.reconcile(ctx, missed),
        sessions=sorted(ids)[:_MOST_SHOWN],
        events=_ids([event for event in late if event.object_id in ids]),
        oldest=min(sale.session.created for sale in missed).isoformat(),
        newest=newest.isoformat(),
    )


def _ids(events: list[Event] | tuple[Event, ...]) -> list[str]:
    return [event.id for event in events[:_MOST_SHOWN]]
