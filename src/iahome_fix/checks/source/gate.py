"""What the source puts before the webhook's handler."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.webhook import judged_url
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, unknown
from iahome_fix.source import app as source_app
from iahome_fix.source.edits import diff
from iahome_fix.source.routes import NextApp, answers
from iahome_fix.source.standing import in_the_way


@check("site.source-gate", N_("nothing in the source turns Stripe away before the handler"))
def source_gate(ctx: Seen) -> Finding:
    """Middleware, redirects and settings are met before the route. Stripe is signed in nowhere and follows no
    redirect.

    Found by: what `middleware` (or `proxy`) does with a POST to the webhook's address by nobody who is signed
    in, worked out as far as that needs nothing but the address and what Stripe never sends (cookies, an
    Authorization header): its matcher, the paths that it asks for, the lists of Clerk and next-auth, and the
    languages that next-intl puts in front of addresses. What depends on anything else is no finding. Of
    next.config: `redirects`, `trailingSlash`, `basePath`, `output: 'export'`.
    Repair: let the address through before anybody is asked to sign in (the diff has the line); deploy it,
    then `reconcile`.
    Never: take the login check off other routes; give Stripe a login.
    """
    app = source_app.app(ctx)
    handler = source_app.handler(app)
    route = handler.route or app.profile.handler.path
    asked = _asked(ctx, route)
    if "[" in route:
        route = asked if answers(route, asked) else route
    judged = app.checkout.judged or NextApp()
    found = list(in_the_way(app.checkout, app.follower, judged, asked, route))
    facts: dict[str, Any] = {"address": asked}
    clear = [fault for fault in found if not fault.doubtful]
    if found and not clear:
        return unknown(_("{where} could not be read").format(where=found[0].at.where), **facts)
    if not clear:
        return ok(_("the source has nothing that is known to turn Stripe away"), **facts)
    corrected = diff(edit for fault in clear for edit in fault.edits)
    if corrected:
        facts["diff"] = corrected
    return fail(
        "; ".join(dict.fromkeys(fault.sentence for fault in clear)),
        hint=_("correct it in the code and deploy it; reconcile serves the payments that it lost"),
        **facts,
    )


def _asked(ctx: Seen, route: str) -> str:
    """The path that Stripe posts to; the handler's own where that is not known."""
    url = judged_url.or_why(ctx)
    if isinstance(url, ToolError):
        return route
    try:
        path = urlsplit(url).path
    except ValueError:
        return route
    return path if path.rstrip("/") and (answers(route, path) or path.rstrip("/").endswith(route)) else route
