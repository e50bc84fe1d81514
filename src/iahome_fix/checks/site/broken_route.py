"""What `site.webhook-route` says of a route that is not there, or that fails whatever it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.facts.webhook import answer_at, said, shown
from iahome_fix.i18n import _
from iahome_fix.model import Finding, Status, blocked, fail

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.site import Answer

Facts = dict[str, Any]

_STRIPE_KEY = "env.stripe-secret-key"
_IN_FRONT = (502, 503, 504, 521, 522, 523, 530)
"""What proxies answer for an app that is not there."""


def absent(ctx: Seen, facts: Facts) -> Finding:
    """The path is not there (404); perhaps another one is."""
    others = ctx.profile.handler.other_paths
    there = [path for path in others if answer_at(ctx, path).refuses_unsigned]
    if there:
        hint = _("{path} answers as a webhook does: the deployed version may take events there").format(
            path=there[0]
        )
    else:
        hint = _(
            "deploy the version of the app that has the route; Stripe disables the endpoint after some days"
        )
    return fail(
        _("{url} does not exist in the deployed app (404)").format(url=shown(str(facts["url"]))),
        hint=hint,
        answering=there,
        **facts,
    )


def crashes(ctx: Seen, answer: Answer, facts: Facts) -> Finding:
    """Without its Stripe key the handler fails when it is loaded, so every request ends in 500 (F08)."""
    status = ctx.status(_STRIPE_KEY)
    if status is Status.FAIL or (status is None and not ctx.settings.stripe_secret_key):
        return blocked(
            _("the route answers {status}, as it does without STRIPE_SECRET_KEY").format(
                status=answer.status
            ),
            _STRIPE_KEY,
            **facts,
        )
    if answer.status in _IN_FRONT:
        return fail(
            _("{url} {answer}: what stands in front finds no running app, or keeps it closed").format(
                url=shown(str(facts["url"])), answer=said(answer)
            ),
            hint=_("start the app again, or end the maintenance; the server's log says why it is down"),
            **facts,
        )
    return fail(
        _(
            "the route answers {status} to every request: the app fails before it looks at the signature"
        ).format(status=answer.status),
        hint=_(
            "STRIPE_SECRET_KEY missing on the server is the usual reason; the server's log says which it is"
        ),
        **facts,
    )
