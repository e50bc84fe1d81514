"""The check `site.encours`: does the page of the customers answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from iahome_fix.checks.registry import check
from iahome_fix.checks.site.no_answer import no_answer
from iahome_fix.checks.site.webhook import Facts
from iahome_fix.facts.webhook import (
    answer_at,
    judged_url,
    page,
    said,
    shown,
    silence,
)
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Status, blocked, fail, ok, unknown, warn
from iahome_fix.systems.webhook_urls import same_host

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.site import Answer


@check(
    "site.encours",
    N_("the page /encours answers"),
    needs=("env.site-url",),
    beside=("site.webhook-route",),
)
def encours(ctx: Seen) -> Finding:
    """The page that lists a customer's modules has to be deployed.

    Found by: GET without a login; 200, or a redirect on the same host (to the login), is right.
    Repair: deploy the page; for a 5xx the server's log says why. Never: judge the list itself by this.
    """
    answer = page(ctx, ctx.profile.page.path)
    facts: Facts = {"url": answer.url, "status": answer.status}
    if answer.status is None:
        webhook = answer_at(ctx, judged_url(ctx))
        if webhook.status is None and no_answer(ctx, webhook).status is Status.FAIL:
            return blocked(
                _("the site {answer}").format(answer=silence(answer)), "site.webhook-route", **facts
            )
        if webhook.status is None:
            return unknown(_("the site {answer}").format(answer=silence(answer)), **facts)
        return unknown(_("the page {answer}, while the site does").format(answer=silence(answer)), **facts)
    if answer.challenge or answer.status in (403, 429):
        return unknown(
            _("a protection against programs answers {status}; look at the page with a browser").format(
                status=answer.status
            ),
            **facts,
        )
    if 200 <= answer.status < 300:
        return ok(_("the page /encours answers"), **facts)
    if answer.redirects and answer.location:
        where = shown(answer.location)
        if same_host(answer.location, answer.url):
            return ok(_("the page sends visitors without a login to {where}").format(where=where), **facts)
        return warn(_("the page sends visitors to another host: {where}").format(where=where), **facts)
    if _whole_site(ctx, answer):
        return blocked(
            _("the whole site {answer}").format(answer=said(answer)), "site.webhook-route", **facts
        )
    below = urlsplit(ctx.settings.site_url).path.rstrip("/")
    if answer.status == 404 and below:
        return warn(
            _(
                "{url} {answer}: the site's address ends in {path}, and the page was looked for below it"
            ).format(url=shown(answer.url), answer=said(answer), path=below),
            hint=_(
                "where the app has no basePath {path}, the address is the host alone (env.site-url)"
            ).format(path=below),
            **facts,
        )
    return fail(
        _("the page {path} {answer}").format(path=ctx.profile.page.path, answer=said(answer)), **facts
    )


def _whole_site(ctx: Seen, answer: Answer) -> bool:
    """Whether the webhook's route and the first page answer alike, so that it is not about this page."""
    if answer_at(ctx, judged_url(ctx)).status != answer.status:
        return False
    return page(ctx, "/").status == answer.status and ctx.status("site.webhook-route") is Status.FAIL
