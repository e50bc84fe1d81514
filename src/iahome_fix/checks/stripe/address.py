"""Stripe sends to the address letter by letter: the endpoint's is held against the handler's.

And what comes before an endpoint is pointed at an address: it has to take events there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.checks.registry import check
from iahome_fix.facts.webhook import (
    answer_at,
    expected_answer,
    expected_url,
    required,
    said,
    serves_instead,
    shown,
    takes_events,
)
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Fix, fail, ok, warn
from iahome_fix.systems import webhook_urls

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


@check(
    "stripe.endpoint-url", N_("the endpoint has the exact address of the handler"), needs=("stripe.endpoint",)
)
def endpoint_url(ctx: Seen) -> Finding:
    """Stripe sends to the address letter by letter and counts any redirect as a failure.

    Found by: the registered address against the site's address and the handler's path; where they differ,
    both are asked without a signature. If the app seems to take events at the registered address (it answers
    400 there, as a webhook does) this is only a warning.
    Repair: `check-stripe --fix` corrects the address; the endpoint keeps its id and its secret.
    Never: test with a client that follows redirects, or with GET; point it at what merely answers 200.
    """
    ours = required(ctx)
    expected = expected_url(ctx)
    differing = webhook_urls.differences(expected, ours.url)
    if not differing:
        return ok(_("the endpoint is registered as {url}").format(url=shown(ours.url)), endpoint=ours.id)
    answer = answer_at(ctx, ours.url)
    facts: dict[str, Any] = {
        "endpoint": ours.id,
        "registered": shown(ours.url),
        "expected": expected,
        "differs": list(differing),
    }
    sentence = _(
        "the endpoint is registered as {url}, the handler is expected at {expected}; the difference: {what}"
    ).format(url=shown(ours.url), expected=expected, what=webhook_urls.said(differing))
    if serves_instead(ctx, ours.url):
        return warn(
            _("{sentence}; the registered address answers as a webhook does").format(sentence=sentence),
            hint=_("fine if the deployed version of the app takes events there"),
            **facts,
        )
    return fail(
        _("{sentence}; there it {answer}").format(sentence=sentence, answer=said(answer)),
        hint=not_yet(ctx)
        or _("Stripe follows no redirect; the expected address {answer}").format(
            answer=said(expected_answer(ctx))
        ),
        fix=repair_if_it_answers(ctx),
        **facts,
    )


def repair(ctx: Seen) -> Fix:
    """The command that corrects the endpoint, or makes one."""
    return ctx.fix("check-stripe", "--fix")


def repair_if_it_answers(ctx: Seen) -> Fix | None:
    """The same; None while the expected address takes no events: it would point nothing at it."""
    return None if not_yet(ctx) else repair(ctx)


def not_yet(ctx: Seen) -> str | None:
    """What comes before the command, where the expected address takes no events."""
    url = expected_url(ctx)
    if takes_events(ctx, url):
        return None
    return _(
        "{url} {answer}, and no endpoint is pointed at it before it takes events: let the app answer there"
        " first (see site.webhook-route), then {command}"
    ).format(url=shown(url), answer=said(expected_answer(ctx)), command=repair(ctx).command)
