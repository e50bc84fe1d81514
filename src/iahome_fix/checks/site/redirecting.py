"""What `site.webhook-route` says of a redirect: to the final address, to a language's, or to a login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from iahome_fix.facts.webhook import said, shown, takes_events
from iahome_fix.i18n import _
from iahome_fix.model import Finding, fail
from iahome_fix.systems.webhook_urls import differences, same_host

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.site import Answer


def redirected(ctx: Seen, answer: Answer, facts: dict[str, Any]) -> Finding:
    """Stripe follows none; what is to be done depends on where it leads."""
    url, location = str(facts["url"]), answer.location or ""
    return fail(
        _("{url} {answer}: Stripe follows no redirect").format(url=shown(url), answer=said(answer)),
        hint=_hint(ctx, url, location),
        location=shown(location),
        **facts,
    )


def _hint(ctx: Seen, url: str, location: str) -> str:
    path = urlsplit(url).path
    try:
        there = urlsplit(location).path
    except ValueError:
        there = ""
    final = "path" not in differences(url, location)
    if not location or final or (same_host(url, location) and takes_events(ctx, location)):
        return _("the registered address and NEXT_PUBLIC_APP_URL have to be the final one")
    if there.rstrip("/").endswith(path.rstrip("/")):
        return _(
            "{there} takes no events, so do not register it: what puts {added} in front of addresses (the"
            " matcher of a middleware, a rule of the host) has to leave {path} out"
        ).format(
            there=shown(location), added=there.rstrip("/").removesuffix(path.rstrip("/")) or "/", path=path
        )
    return _(
        "that is a page for people, so do not register it: let POST {path} through without a login or a"
        " challenge, and nothing else (the matcher of a middleware, a protection of the host)"
    ).format(path=path)
