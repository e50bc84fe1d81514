"""Webhook endpoints of the v1 API and the list of event destinations of v2."""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from iahome_fix.sandbox.stripe import errors, listing, params
from iahome_fix.sandbox.stripe.endpoints import Endpoint, is_loopback
from iahome_fix.systems.stripe_ids import epoch

if TYPE_CHECKING:
    from iahome_fix.sandbox.stripe.call import Call, Object

CREATE = ("api_version", "connect", "description", "enabled_events", "expand", "metadata", "url")
UPDATE = ("description", "disabled", "enabled_events", "expand", "metadata", "url")
DESTINATIONS = ("include", "limit", "page")
_NOUN = "webhook endpoint"


@cache
def event_types() -> frozenset[str]:
    """The names that `enabled_events` may hold besides `*` (Stripe's OpenAPI file, 2026-10-28.endive)."""
    text = resources.files(__package__).joinpath("event_types.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def list_endpoints(call: Call) -> Object:
    """No filter by URL or status exists: a client has to read all pages."""
    own = [e.as_v1() for e in call.state.endpoints.values() if e.livemode == call.key.livemode]
    return call.listed(own, "webhook_endpoint", _NOUN)


def retrieve_endpoint(call: Call) -> Object:
    return call.retrieved(_own(call).as_v1())


def create_endpoint(call: Call) -> Object:
    """The only answer that contains the secret."""
    state, given = call.state, call.params
    for name in ("url", "enabled_events"):
        if name not in given:
            raise errors.missing_param(name)
    endpoint = Endpoint(
        url=_url(call),
        enabled_events=_events(call),
        livemode=call.key.livemode,
        created=epoch(),
        api_version=_version(call),
        description=params.text(given, "description") or None,
        metadata=_metadata(call, {}),
        connect="connect" in given and params.boolean(given["connect"], "connect"),
    )
    taken = sum(e.livemode == call.key.livemode for e in state.endpoints.values())
    if taken + len(call.visible(state.destinations)) >= state.endpoint_limit:
        raise errors.endpoint_limit(state.endpoint_limit, livemode=call.key.livemode)
    state.endpoints[endpoint.id] = endpoint
    return {**endpoint.as_v1(), "secret": endpoint.secret}


def update_endpoint(call: Call) -> Object:
    """Only what is sent changes, but `enabled_events` is replaced as a whole. Nothing changes on an error."""
    given, endpoint = call.params, _own(call)
    url = _url(call) if "url" in given else endpoint.url
    events = _events(call) if "enabled_events" in given else endpoint.enabled_events
    metadata = _metadata(call, endpoint.metadata)
    disabled = endpoint.status == "disabled"
    if "disabled" in given:
        disabled = params.boolean(given["disabled"], "disabled")
    if "description" in given:
        endpoint.description = params.text(given, "description") or None
    endpoint.url, endpoint.enabled_events, endpoint.metadata = url, events, metadata
    endpoint.status = "disabled" if disabled else "enabled"
    endpoint.updated = epoch()
    return endpoint.as_v1()


def delete_endpoint(call: Call) -> Object:
    endpoint = _own(call)
    del call.state.endpoints[endpoint.id]
    return {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}


def _own(call: Call) -> Endpoint:
    endpoints = call.state.endpoints
    shown = {endpoint.id: endpoint.as_v1() for endpoint in endpoints.values()}
    call.own(shown, _NOUN, "webhook_endpoint")
    return endpoints[call.ident]


def _url(call: Call) -> str:
    """http is for sandboxes; in live mode it passes only for this machine, where the stand-ins run."""
    url = params.text(call.params, "url")
    if not url:
        raise errors.empty_param("url")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise errors.bad_param("Not a valid URL", "url", "url_invalid")
    if parts.scheme == "http" and call.key.livemode and not is_loopback(url):
        raise errors.bad_param(f'Invalid URL: {url}. URLs in livemode must begin with "https://"', "url")
    return url


def _events(call: Call) -> list[str]:
    names = params.texts(call.params, "enabled_events") or []
    if not names:
        raise errors.empty_param("enabled_events")
    for place, name in enumerate(names):
        if name != "*" and name not in event_types():
            allowed = ", ".join(["*", *sorted(event_types())])
            raise errors.bad_param(
                f"Invalid enabled_events[{place}]: must be one of {allowed}", f"enabled_events[{place}]"
            )
    return names


def _version(call: Call) -> str | None:
    version = params.text(call.params, "api_version")
    if version is not None and not re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?", version):
        raise errors.bad_param(f"Invalid Stripe API version: {version}", "api_version")
    return version


def _metadata(call: Call, old: dict[str, str]) -> dict[str, str]:
    """Sent keys are merged in, an empty value removes its key, an empty `metadata` removes them all."""
    given = call.params.get("metadata", {})
    if given == "":
        return {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise errors.bad_param("Invalid metadata: it must be a flat map of text", "metadata")
    return {name: value for name, value in {**old, **given}.items() if value}


def list_destinations(call: Call) -> Object:
    """The wider list: v1 endpoints too. Pages by `next_page_url`; URLs only if `include` asks for them."""
    state, given = call.state, call.params
    include = params.texts(given, "include") or []
    limit = listing.limit_of(given)
    everything = [e.as_v2() for e in state.endpoints.values() if e.livemode == call.key.livemode]
    everything += call.visible(state.destinations)
    ordered = sorted(everything, key=lambda item: (item["created"], item["id"]), reverse=True)
    start = _offset(call, [item["id"] for item in ordered])
    data = [
        _redacted(item, shown="webhook_endpoint.url" in include) for item in ordered[start : start + limit]
    ]
    following = None
    if start + limit < len(ordered):
        page = base64.urlsafe_b64encode(data[-1]["id"].encode()).decode()
        wishes = {f"include[{n}]": wish for n, wish in enumerate(include)}
        following = f"{call.path}?{urlencode({'page': page, 'limit': limit, **wishes})}"
    return {"data": data, "next_page_url": following, "previous_page_url": None}


def _offset(call: Call, ids: list[str]) -> int:
    page = params.text(call.params, "page")
    if page is None:
        return 0
    try:
        return ids.index(base64.urlsafe_b64decode(page).decode()) + 1
    except (binascii.Error, ValueError) as error:
        raise errors.bad_param("Invalid page token", "page") from error


def _redacted(item: Object, *, shown: bool) -> Object:
    webhook = item.get("webhook_endpoint")
    if webhook is None or shown:
        return item
    return {**item, "webhook_endpoint": {**webhook, "url": None}}
