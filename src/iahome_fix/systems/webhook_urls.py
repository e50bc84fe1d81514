"""Addresses of the webhook: the expected one, and in what another one differs from it.

Stripe sends to the address exactly as it is registered and follows no redirect (Stripe, Webhooks), so a
slash or a `www.` too many loses every event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from iahome_fix.i18n import _
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from iahome_fix.profile import Handler
    from iahome_fix.systems.site import Answer
    from iahome_fix.systems.stripe_objects import Destination, Endpoint

_PORTS = {"http": 80, "https": 443}
_SLASHES = re.compile("/+")
_EDGE_FUNCTIONS = "/functions/v1/"
_EDGE_HOST = ".functions.supabase.co"
_ENGINE = "stripe-sync"


@dataclass(frozen=True)
class Webhook:
    """Where the app of one site takes Stripe's events.

    Attributes:
        site_url: the address of the site.
        handler: the route, by the app profile.
    """

    site_url: str
    handler: Handler

    @property
    def url(self) -> str:
        """The address that the app listens at."""
        return self.site_url.rstrip("/") + self.handler.path

    def on_site(self, endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
        """The endpoints on the site's host that get this account's events for the app."""
        return tuple(
            e
            for e in endpoints
            if same_host(e.url, self.site_url) and not e.connected and not self.is_of_sync_engine(e)
        )

    def for_connected(self, endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
        """Those meant for this webhook that get the events of connected accounts only."""
        return tuple(e for e in endpoints if e.connected and self.is_near_miss(e))

    def best(self, endpoints: Iterable[Endpoint]) -> Endpoint | None:
        """The endpoint on the site's host that is, or was meant to be, the webhook's; None without any."""
        return min(self.on_site(endpoints), key=self._rank, default=None)

    def is_near_miss(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint was meant for this webhook, so that its address may be corrected.

        Its path is one that the app has used, or it subscribes to the payment event by name. Anything else on
        the host may serve another purpose.
        """
        return not self.is_of_sync_engine(endpoint) and self._is_meant(endpoint.url, endpoint.enabled_events)

    def is_of_sync_engine(self, endpoint: Endpoint) -> bool:
        """Whether it is one that Supabase's Stripe Sync Engine registered to mirror the account.

        Its metadata say so, or it asks for every event and an Edge Function takes them (supabase/stripe-sync
        -engine). It is no double of the app's, and not this tool's to change.
        """
        parts = _split(endpoint.url)
        if parts is None or "/" + parts.path.strip("/").lower() in self.handler.paths:
            return False
        edge = parts.path.lower().startswith(_EDGE_FUNCTIONS) or (parts.hostname or "").lower().endswith(
            _EDGE_HOST
        )
        return endpoint.manager == _ENGINE or (edge and "*" in endpoint.enabled_events)

    def thin(self, destinations: Iterable[Destination]) -> tuple[Destination, ...]:
        """Those meant for this webhook that get thin events, of which the handler can make nothing."""
        return tuple(
            d
            for d in destinations
            if d.url and d.payload != "snapshot" and self._is_meant(d.url, d.enabled_events)
        )

    def _is_meant(self, url: str, events: Iterable[str]) -> bool:
        parts = _split(url)
        if parts is None or not same_host(url, self.site_url):
            return False
        path = "/" + parts.path.strip("/").lower()
        return path in self.handler.paths or any(name.endswith(COMPLETED) for name in events)

    def _rank(self, endpoint: Endpoint) -> tuple[object, ...]:
        differing = differences(self.url, endpoint.url)
        return (
            bool(differing),
            not self.is_near_miss(endpoint),
            "path" in differing,
            not endpoint.enabled,
            not endpoint.receives(COMPLETED),
            len(differing),
            endpoint.id,
        )


def told_apart(
    endpoints: Iterable[Endpoint], destinations: Iterable[Destination] | None
) -> tuple[Endpoint, ...]:
    """The endpoints of the v1 list, which does not say whose events each gets: the v2 list does, under ids of
    its own. One is known to get those of connected accounts where all that v2 has at its address do.
    """
    of_accounts: dict[str, bool] = {}
    for one in destinations or ():
        if one.url and one.payload == "snapshot":
            of_accounts[one.url] = one.connected and of_accounts.get(one.url, True)
    return tuple(replace(e, connected=e.connected or of_accounts.get(e.url, False)) for e in endpoints)


def host_of(url: str) -> str:
    """The host in lower case without `www.`; empty when the address has none."""
    parts = _split(url)
    return _bare(parts.hostname or "") if parts else ""


def same_host(url: str, other: str) -> bool:
    """Whether both are on one host, `www.` or not, whatever the scheme and port."""
    return bool(host_of(url)) and host_of(url) == host_of(other)


def differences(expected: str, actual: str) -> tuple[str, ...]:
    """In what `actual` differs: host, scheme, www, port, path, slashes, slash, query; empty for the same
    address.

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
    if _SLASHES.sub("/", one.path).rstrip("/") != _SLASHES.sub("/", two.path).rstrip("/"):
        found.append("path")
    elif one.path.rstrip("/") != two.path.rstrip("/"):
        found.append("slashes")
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
        "slashes": _("two slashes in a row"),
        "slash": _("the slash at the end"),
        "query": _("what follows the question mark"),
    }
    return ", ".join(sentences[word] for word in words)


def serves_instead(differing: Collection[str], expected: Answer, *, takes_events: bool) -> bool:
    """Whether the deployed app takes events at a registered address that is not the expected one.

    It has to answer there as a webhook does. Behind another port is another program. A route of another name
    counts only where the expected one does not exist (404): which of two routes grants modules cannot be told
    from outside. `differing`: what `differences` says; `expected`: the answer to a POST without a signature
    at the expected address; `takes_events`: what was found at the registered one.
    """
    if "port" in differing or ("path" in differing and expected.status != 404):
        return False
    return takes_events


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
