"""The checks of the webhook endpoint: is it there, enabled, in the right mode, and does it get the event?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.checks.stripe.address import not_yet, repair, repair_if_it_answers
from iahome_fix.checks.stripe.destinations import beside, rest_said, thin_said
from iahome_fix.errors import ToolError
from iahome_fix.facts.webhook import (
    endpoints,
    required,
    shown,
)
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.model import Finding, fail, ok, unknown
from iahome_fix.systems.stripe_errors import PermissionMissing, StripeFailure
from iahome_fix.systems.stripe_objects import COMPLETED, Endpoint
from iahome_fix.systems.webhook_urls import host_of

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


_MOST_SHOWN = 5


@check(
    "stripe.endpoint",
    N_("a webhook endpoint for this site is registered"),
    needs=("stripe.key", "env.site-url"),
)
def endpoint(ctx: Seen) -> Finding:
    """Without an endpoint in this account and mode Stripe sends nothing, and every event looks delivered.

    Found by: the list of endpoints, all pages (and the wider v2 list), compared by host; one at another path
    that gets no payments serves another purpose, and so does the one of Supabase's Stripe Sync Engine. One
    with a Connect application, or of which the v2 list says so, gets the events of connected accounts, none
    of this one's. A list that failed or is forbidden says nothing.
    Repair: `check-stripe --fix` creates it; put the secret that it shows into STRIPE_WEBHOOK_SECRET on the
    server, restart, then `reconcile`: events of the past do not go to a new endpoint.
    Never: create a second one while another delivers; copy the secret of the other mode's endpoint.
    """
    found = _endpoints(ctx)
    if isinstance(found, Finding):
        return found
    host = host_of(ctx.settings.site_url)
    webhook = ctx.webhook
    here = [e for e in webhook.on_site(found) if webhook.is_near_miss(e) or e.receives(COMPLETED)]
    if here:
        return ok(
            ngettext(
                "{count} endpoint is registered for {host}",
                "{count} endpoints are registered for {host}",
                len(here),
            ).format(count=len(here), host=host),
            endpoints=[e.id for e in here],
        )
    connected = webhook.for_connected(found)
    if connected:
        return fail(
            _(
                "the endpoint for {url} ({id}) gets the events of connected accounts only (Connect): what is"
                " paid to this account is sent to nobody"
            ).format(url=shown(connected[0].url), id=connected[0].id),
            hint=not_yet(ctx)
            or _(
                "an endpoint for this account's own events is made beside it, with a secret of its own, which"
                " the handler has to verify with; then {command}"
            ).format(command=commands.then_reconcile(ctx)),
            fix=repair_if_it_answers(ctx),
            connected=[e.id for e in connected],
        )
    mode = ctx.settings.stripe_mode
    more = beside.or_why(ctx)
    if isinstance(more, StripeFailure):
        return unknown(
            _("v1 lists no endpoint for {host}, and the newer list could not be read: {reason}").format(
                host=host, reason=more.message
            ),
            hint=more.hint,
        )
    if isinstance(more, ToolError):
        raise more
    if more.thin:
        return fail(
            thin_said(more.thin),
            hint=not_yet(ctx)
            or _("an endpoint for whole events is made beside it; disable the other one in Stripe then"),
            fix=repair_if_it_answers(ctx),
            thin=[d.id for d in more.thin],
        )
    others = ", ".join(shown(e.url) for e in found[:_MOST_SHOWN])
    if not found:
        detail = _("Stripe has no webhook endpoint at all in {mode} mode")
    else:
        detail = _("Stripe has no webhook endpoint for {host} in {mode} mode; there are others: {others}")
    detail = detail.format(host=host, others=others, mode=mode or _("the key's"))
    rest = rest_said(more)
    of_the_other_mode = (
        _(
            "an endpoint of {other} mode is not visible to a {mode} key and gets none of its payments;"
            " if there is one, it needs a twin in {mode} mode, with a secret of its own"
        ).format(mode=mode, other="test" if mode == "live" else "live")
        if mode
        else None
    )
    return fail(
        joined(detail, rest) if rest else detail,
        hint=not_yet(ctx) or of_the_other_mode,
        fix=repair_if_it_answers(ctx),
        others=[shown(e.url) for e in found],
        destinations=[d.id for d in more.elsewhere] if more.read else None,
    )


@check("stripe.endpoint-mode", N_("the endpoint is in the mode of the key"), needs=("stripe.endpoint-url",))
def endpoint_mode(ctx: Seen) -> Finding:
    """Test and live are two worlds: each has its own endpoints, secrets and payments.

    Found by: `livemode` of the endpoint against the prefix of the key. Repair: register the endpoint in the
    key's mode, set its own secret. Never: copy the other mode's secret.
    """
    ours = required(ctx)
    mode = ctx.settings.stripe_mode
    actual = "live" if ours.livemode else "test"
    if mode is None:
        return ok(_("the endpoint is in {mode} mode").format(mode=actual), endpoint=ours.id)
    if mode != actual:
        return fail(
            _("the endpoint is in {actual} mode, the key is a {mode} key").format(actual=actual, mode=mode),
            hint=_("create the endpoint in {mode} mode and set the secret that it has there").format(
                mode=mode
            ),
            endpoint=ours.id,
        )
    return ok(_("key and endpoint are both in {mode} mode").format(mode=mode), endpoint=ours.id)


@check(
    "stripe.endpoint-enabled",
    N_("the endpoint is enabled"),
    needs=("stripe.endpoint-url", "stripe.endpoint-mode"),
    after=("site.webhook-route",),
)
def endpoint_enabled(ctx: Seen) -> Finding:
    """Stripe disables an endpoint after days of failures; what happens meanwhile is never sent later.

    Found by: the endpoint's status, once the address answers rightly; as long as it does not, that is the
    reason and this its consequence.
    Repair: `check-stripe --fix` enables it, then `reconcile` for the gap.
    Never: enable it while the address does not answer; believe that nothing pending means nothing lost.
    """
    ours = required(ctx)
    if ours.enabled:
        return ok(_("the endpoint is enabled"), endpoint=ours.id)
    return fail(
        _("the endpoint is {status}, though its address answers rightly today").format(
            status=ours.status or _("without a status")
        ),
        hint=_(
            "payments made meanwhile are not sent later: reconcile serves them once the endpoint is right"
        ),
        fix=repair(ctx),
        endpoint=ours.id,
    )


@check("stripe.endpoint-events", N_("the endpoint gets the payment event"), needs=("stripe.endpoint-url",))
def endpoint_events(ctx: Seen) -> Finding:
    """The handler acts on `checkout.session.completed`; other types are delivered, all green, to no effect.

    Found by: the types that the endpoint subscribes to. Repair: `check-stripe --fix` adds the type and keeps
    the others; then `reconcile`. Never: make the handler act on two types of event for one payment.
    """
    ours = required(ctx)
    if ours.receives(COMPLETED):
        extra = [name for name in ours.enabled_events if name != COMPLETED]
        detail = (
            ngettext(
                "the endpoint gets {event}, and {count} more type that the handler ignores",
                "the endpoint gets {event}, and {count} more types that the handler ignores",
                len(extra),
            ).format(event=COMPLETED, count=len(extra))
            if extra
            else _("the endpoint gets {event}").format(event=COMPLETED)
        )
        return ok(detail, endpoint=ours.id, extra=extra)
    return fail(
        _("the endpoint does not get {event}; what it gets: {types}").format(
            event=COMPLETED, types=", ".join(ours.enabled_events) or _("nothing")
        ),
        hint=_(
            "payments made meanwhile are not sent later: reconcile serves them once the endpoint is right"
        ),
        fix=repair(ctx),
        endpoint=ours.id,
        enabled_events=list(ours.enabled_events),
    )


def _endpoints(ctx: Seen) -> tuple[Endpoint, ...] | Finding:
    found = endpoints.or_why(ctx)
    if isinstance(found, PermissionMissing):
        return unknown(
            _("the endpoints could not be listed: {reason}").format(reason=found.message),
            hint=found.hint,
            permission=found.permission,
        )
    if isinstance(found, ToolError):
        raise found
    return found
