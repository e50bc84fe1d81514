"""The checks of the site's webhook: does the route answer, check signatures, and take the body as it came?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from iahome_fix.checks.registry import check
from iahome_fix.checks.site import deliveries
from iahome_fix.checks.site.broken_route import absent, crashes
from iahome_fix.checks.site.hanging_route import hangs
from iahome_fix.checks.site.no_answer import no_answer
from iahome_fix.checks.site.redirecting import redirected
from iahome_fix.checks.site.refused_signature import refused_signature
from iahome_fix.checks.site.route_taken import by_deliveries, not_from_here, proved_elsewhere, takes
from iahome_fix.facts import sales
from iahome_fix.facts.webhook import (
    answer_at,
    awkwardly_written,
    judged_url,
    rightly_signed,
    said,
    shown,
    signed_at,
    silence,
    takes_events,
)
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, skipped, unknown

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.site import Answer


Facts = dict[str, Any]


@check(
    "site.webhook-route",
    N_("the webhook route is deployed and reachable"),
    needs=("env.site-url",),
    beside=("env.stripe-secret-key",),
    queries=sales.QUERIES,
)
def webhook_route(ctx: Seen) -> Finding:
    """The deployed app must itself answer where Stripe posts to.

    Found by: a harmless event, rightly signed: who answers it with 2xx and refuses another signature takes
    events, in whatever words it refuses (a 5xx, or a 2xx to what is not signed, is a warning). One that is
    never answered while refusals come at once fails, with the limit that was hit. Otherwise, or without the
    local secret, by a POST without a signature, redirects not followed: only the app's own 400 is right. A
    challenge, a 403, 429 or silence may be for this machine alone: where deliveries left rows and none has
    waited since, it is not known from here, and the deliveries show that it works. No answer fails when it is
    certain that something is there or that the network works: a refused or broken connection, a bad
    certificate, or silence while Stripe's servers do answer; otherwise it is not known.
    Repair: by the answer: deploy the route (404), exempt exactly this path and method from the gate (401,
    403, a page, a redirect to one), register the final address (other 3xx), set the missing variable and
    restart (500).
    Never: read a 500 as a wrong signing secret; switch off a whole protection; test with GET only.
    """
    url = judged_url(ctx)
    answer = answer_at(ctx, url)
    facts: Facts = {"url": url, "status": answer.status}
    if takes_events(ctx, url):
        return hangs(answer, signed_at(ctx, url), ctx.timeout, facts) or takes(ctx, url, answer, facts)
    elsewhere = not_from_here(ctx, answer, facts)
    if elsewhere:
        return elsewhere
    if answer.status is None:
        return no_answer(ctx, answer)
    if answer.redirects:
        return redirected(ctx, answer, facts)
    if _is_gate(answer):
        return fail(
            _("a gate answers {status} before the handler is reached{server}").format(
                status=answer.status, server=_server(answer)
            ),
            hint=_("let POST {path} through without a login or a challenge, and nothing else").format(
                path=urlsplit(url).path
            ),
            **facts,
        )
    if answer.status == 404:
        return absent(ctx, facts)
    if answer.status == 405:
        return fail(
            _("{url} takes no POST (405): something else than the handler is there").format(url=shown(url)),
            hint=_(
                "deploy the version of the app whose handler is at {path}: a route.ts there has to export a"
                " function of the name POST, a default export is not called"
            ).format(path=urlsplit(url).path),
            **facts,
        )
    if answer.status >= 500:
        return crashes(ctx, answer, facts)
    if answer.status == 413:
        return fail(
            _("{url} answers 413: what stands in front takes no body of a few hundred bytes").format(
                url=shown(url)
            ),
            hint=_("raise its limit for POST {path}: an event has up to some hundred kilobytes").format(
                path=urlsplit(url).path
            ),
            **facts,
        )
    return fail(
        _("{url} {answer} to a request without a signature: this is not the handler").format(
            url=shown(url), answer=said(answer)
        ),
        hint=_(
            "the handler answers 400 to such a request; at a route that does not check, anybody could"
            " give themselves modules"
        ),
        **facts,
    )


@check(
    "site.webhook-secret",
    N_("the deployed signing secret is the local one"),
    needs=("site.webhook-route", "env.stripe-webhook-secret"),
    queries=sales.QUERIES,
)
def webhook_secret(ctx: Seen) -> Finding:
    """Three values have to be the same: the one in the operator's file, the one in the running app, and the
    endpoint's own, which Stripe never shows again.

    Found by: a harmless event (a type that no handler knows), signed with the local secret: 200 means the
    first two agree. Comparing strings proves nothing.
    Repair: reveal the endpoint's secret in Stripe, set it on the server, restart, then `reconcile`.
    Never: roll the secret while events are in flight without an overlap; conclude "wrong secret" before the
    clocks were compared; skip the check of signatures.
    """
    if not ctx.settings.stripe_webhook_secret:
        return skipped(
            _("STRIPE_WEBHOOK_SECRET is not set, so no event can be signed"),
            variables=["STRIPE_WEBHOOK_SECRET"],
        )
    url = judged_url(ctx)
    answer = rightly_signed(ctx, url)
    facts: Facts = {"url": url, "status": answer.status}
    if answer.accepted:
        return ok(_("an event signed with the local secret is accepted"), **facts)
    if since := proved_elsewhere(ctx):
        return unknown(by_deliveries(), **{deliveries.BY_DELIVERIES: since}, **facts)
    if answer.status == 400:
        return refused_signature(ctx, url, answer)
    if answer.status is None:
        return unknown(_("the site {answer} when an event is sent").format(answer=silence(answer)), **facts)
    if answer.status >= 500:
        return fail(
            _("the handler fails ({status}) on a rightly signed event").format(status=answer.status),
            hint=_(
                "STRIPE_WEBHOOK_SECRET may be missing on the server; or the handler reads each event from"
                " Stripe again, where this one does not exist: the server's log says which"
            ),
            **facts,
        )
    return fail(
        _(
            "the site {answer} to a signed event, but 400 to an unsigned one:"
            " something is in front of the handler"
        ).format(answer=said(answer)),
        **facts,
    )


@check(
    "site.webhook-body",
    N_("events arrive as they were signed"),
    needs=("site.webhook-secret",),
    beside=("site.webhook-route",),
    queries=sales.QUERIES,
)
def webhook_body(ctx: Seen) -> Finding:
    """A signature is over the bytes; a proxy or a parser that rewrites them makes every event with an accent
    fail, although the secret is right.

    Found by: a second harmless event, with accents, escapes and uneven blanks; the plain one has passed.
    Repair: verify on the raw text of the request, and exempt the path from whatever rewrites bodies.
    Never: roll the secret; it changes nothing.
    """
    if not ctx.settings.stripe_webhook_secret:
        return skipped(
            _("STRIPE_WEBHOOK_SECRET is not set, so no event can be signed"),
            variables=["STRIPE_WEBHOOK_SECRET"],
        )
    url = judged_url(ctx)
    if since := proved_elsewhere(ctx):
        return unknown(by_deliveries(), **{deliveries.BY_DELIVERIES: since}, url=url)
    plain = signed_at(ctx, url)
    if plain and plain.status == 400 and deliveries.work(ctx):
        return ok(
            _("this cannot be tried with the secret from here, but what Stripe delivered was taken"), url=url
        )
    answer = awkwardly_written(ctx, url)
    facts: Facts = {"url": url, "status": answer.status}
    if answer.accepted:
        return ok(_("accents, escapes and blanks arrive unchanged"), **facts)
    if answer.status is None:
        return unknown(_("the site {answer} when an event is sent").format(answer=silence(answer)), **facts)
    if answer.status == 400:
        return fail(
            _("the body is altered on the way: an event in plain ASCII is accepted, one with accents is not"),
            hint=_(
                "the handler has to verify the raw text (await request.text());"
                " look at proxies in front of it, too"
            ),
            **facts,
        )
    return fail(_("the site {answer} to an event with accents").format(answer=said(answer)), **facts)


def _is_gate(answer: Answer) -> bool:
    if answer.challenge or answer.status in (401, 403, 407, 429):
        return True
    # The handler answers in JSON or plain text; a page with 400 is a proxy's.
    return answer.status == 400 and answer.is_page


def _server(answer: Answer) -> str:
    return f" ({answer.server})" if answer.server else ""
