"""Addresses of the webhook: the expected one, and in what another one differs from it.

Stripe sends to the address exactly as it is registered and follows no redirect (Stripe, Webhooks), so a
slash or a `www.` too many loses every event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from iahome_fix.i18n import _
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from iahome_fix.systems.site import Answer
    from iahome_fix.systems.stripe_objects import Destination, Endpoint

WEBHOOK_PATH = "/api/webhooks/stripe"
OTHER_PATHS = ("/api/stripe-webhook", "/api/stripe/webhook")
"""Where later versions of the app have (had) the route."""

_PORTS = {"http": 80, "https": 443}


def webhook_url(site_url: str) -> str:
    """The address that the app of the guide's time listens at."""
    return site_url.rstrip("/") + WEBHOOK_PATH


def host_of(url: str) -> str:
    """The host in lower case without `www.`; empty when the address has none."""
    parts = _split(url)
    return _bare(parts.hostname or "") if parts else ""


def same_host(url: str, other: str) -> bool:
    """Whether both are on one host, `www.` or not, whatever the scheme and port."""
    return bool(host_of(url)) and host_of(url) == host_of(other)


def differences(expected: str, actual: str) -> tuple[str, ...]:
    """In what `actual` differs: host, scheme, www, port, path, slash, query; empty for the same address.

    Letter case of the host and a port that is the scheme's own mean nothing.
    """
    one, two = _split(expected), _split(actual)
    if one is None or two is None:
        return () if expected == actual else ("host",)
    found = []
    if _bare(one.hostname or "") != _bare(two.hostname or ""):
        found.append("host")
    elif one.hostname != two.hostname:
        found.append("www")
    if one.scheme != two.scheme:
        found.append("scheme")
    if _port(one) != _port(two) and not (one.scheme != two.scheme and one.port == two.port):
        found.append("port")
    if one.path.rstrip("/") != two.path.rstrip("/"):
        found.append("path")
    elif one.path != two.path:
        found.append("slash")
    if one.query != two.query:
        found.append("query")
    return tuple(found)


def said(words: Iterable[str]) -> str:
    """The differences as text for a person."""
    sentences = {
        "host": _("another host"),
        "scheme": _("http and https"),
        "www": _("the www. in front"),
        "port": _("the port"),
        "path": _("the path"),
        "slash": _("the slash at the end"),
        "query": _("what follows the question mark"),
    }
    return ", ".join(sentences[word] for word in words)


def on_site(endpoints: Iterable[Endpoint], site_url: str) -> tuple[Endpoint, ...]:
    """The endpoints on the site's host."""
    return tuple(e for e in endpoints if same_host(e.url, site_url))


def best(endpoints: Iterable[Endpoint], site_url: str) -> Endpoint | None:
    """The endpoint on the site's host that is, or was meant to be, the webhook's; None without any."""
    found = on_site(endpoints, site_url)
    return min(found, key=lambda e: _rank(e, webhook_url(site_url))) if found else None


def is_near_miss(endpoint: Endpoint, site_url: str) -> bool:
    """Whether an endpoint was meant for this webhook, so that its address may be corrected.

    Its path is one that the app has used, or it subscribes to the payment event by name. Anything else on
    the host may serve another purpose.
    """
    return _is_meant(endpoint.url, endpoint.enabled_events, site_url)


def thin_on_site(destinations: Iterable[Destination], site_url: str) -> tuple[Destination, ...]:
    """The webhooks meant for this site that get thin events, of which the handler can make nothing."""
    return tuple(
        d
        for d in destinations
        if d.url and d.payload != "snapshot" and _is_meant(d.url, d.enabled_events, site_url)
    )


def serves_instead(differing: Collection[str], expected: Answer, there: Answer) -> bool:
    """Whether the deployed app takes events at a registered address that is not the expected one.

    It has to answer there as a webhook does. Behind another port is another program. A route of another name
    counts only where the expected one does not exist (404): which of two routes grants modules cannot be told
    from outside. `differing`: what `differences` says; `expected` and `there`: the answers to a POST without
    a signature.
    """
    if "port" in differing or ("path" in differing and expected.status != 404):
        return False
    return there.refuses_unsigned


def _is_meant(url: str, events: Iterable[str], site_url: str) -> bool:
    parts = _split(url)
    if parts is None or not same_host(url, site_url):
        return False
    path = "/" + parts.path.strip("/").lower()
    return path in (WEBHOOK_PATH, *OTHER_PATHS) or any(name.endswith(COMPLETED) for name in events)


def _rank(endpoint: Endpoint, expected: str) -> tuple[object, ...]:
    differing = differences(expected, endpoint.url)
    return (
        bool(differing),
        not is_near_miss(endpoint, expected),
        "path" in differing,
        not endpoint.enabled,
        not endpoint.receives(COMPLETED),
        len(differing),
        endpoint.id,
    )


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)  # a bad port raises here
    except ValueError:
        return None
    return parts if usable else None


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")
