"""Facts about the webhook's address that the links stripe and site share: who is registered, what answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from iahome_fix.errors import CouldNotTell, MissingCredential, ToolError
from iahome_fix.facts.seen import derived, fact
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.systems import site_probe, webhook_urls
from iahome_fix.systems.stripe_client import is_loopback
from iahome_fix.systems.stripe_errors import StripeFailure

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.site import Answer
    from iahome_fix.systems.stripe_objects import Destination, Endpoint


def expected_url(ctx: Seen) -> str:
    """The address that Stripe should send to."""
    return ctx.webhook.url


@fact
def listed(ctx: Context) -> tuple[Endpoint, ...]:
    """The endpoints of the narrower list, v1. Raises StripeFailure."""
    return ctx.stripe.endpoints()


@fact
def endpoints(ctx: Context) -> tuple[Endpoint, ...]:
    """All webhook endpoints of the key's mode. Raises StripeFailure: a list that failed is no empty list.

    The v2 list is wider, and says whose events each of them gets; the key may not see it.
    """
    try:
        wider = destinations(ctx) or ()
    except StripeFailure:
        wider = ()
    found = webhook_urls.told_apart(listed(ctx), wider)
    expected = expected_url(ctx)
    if any(not e.connected and not webhook_urls.differences(expected, e.url) for e in found):
        return found
    known = {e.url for e in found}
    more = [d.as_endpoint() for d in wider]
    return (*found, *(e for e in more if e is not None and e.url not in known))


@fact
def destinations(ctx: Context) -> tuple[Destination, ...] | None:
    """The v2 list: everything that Stripe sends events to; None when this key or account has no such list.

    Raises StripeFailure.
    """
    return ctx.stripe.destinations()


def registered(ctx: Seen) -> Endpoint | None:
    """The endpoint of this site that is, or was meant to be, the webhook's. Raises StripeFailure."""
    return ctx.webhook.best(endpoints(ctx))


def required(ctx: Seen) -> Endpoint:
    """The same endpoint. Raises CouldNotTell where there is none."""
    found = registered(ctx)
    if found is None:
        raise CouldNotTell("no-endpoint", _("there is no endpoint for this site to look at"))
    return found


def expected_answer(ctx: Seen) -> Answer:
    """What the expected address says to a POST without a signature."""
    return answer_at(ctx, expected_url(ctx))


@fact
def answer_at(ctx: Context, url: str) -> Answer:
    """What an address, or a path of the site, says to a POST without a signature."""
    return ctx.site.post_unsigned(url)


def signed_at(ctx: Seen, url: str) -> Answer | None:
    """What an address says to a harmless event that is signed with the local secret; None without one."""
    return rightly_signed(ctx, url) if ctx.settings.stripe_webhook_secret else None


@fact
def rightly_signed(ctx: Context, url: str) -> Answer:
    """The same, with a secret. Raises MissingCredential without one."""
    return ctx.site.post_signed(url, site_probe.ascii_event(), _secret(ctx))


@fact
def wrongly_signed(ctx: Context, url: str) -> Answer:
    """What an address says to such an event that is signed with a secret which nobody has."""
    return ctx.site.post_signed(url, site_probe.ascii_event(), site_probe.another_secret())


@fact
def awkwardly_written(ctx: Context, url: str) -> Answer:
    """What an address says to a rightly signed event with accents, escapes and uneven blanks."""
    return ctx.site.post_signed(url, site_probe.awkward_event(), _secret(ctx))


@fact
def signed_by_its_clock(ctx: Context, url: str, ahead: float) -> Answer:
    """What an address says to a rightly signed event of its own time, `ahead` seconds from this machine's."""
    moment = round(time.time() + ahead)
    return ctx.site.post_signed(url, site_probe.ascii_event(), _secret(ctx), moment)


@fact
def signed_with_stain(ctx: Context, url: str, before: str, behind: str) -> Answer:
    """What an address says to an event that is signed with the local secret and something around it."""
    return ctx.site.post_signed(url, site_probe.ascii_event(), f"{before}{_secret(ctx)}{behind}")


@fact
def page(ctx: Context, path: str) -> Answer:
    """What the site says to GET of a path, without any login."""
    return ctx.site.probe_get(path)


def _secret(ctx: Context) -> str:
    secret = ctx.settings.stripe_webhook_secret
    if not secret:
        raise MissingCredential(
            ("STRIPE_WEBHOOK_SECRET",), _("STRIPE_WEBHOOK_SECRET is not set, so no event can be signed")
        )
    return secret


def takes_events(ctx: Seen, url: str) -> bool:
    """Whether the app takes Stripe's events at an address (`site_probe.takes_events`)."""
    return site_probe.takes_events(
        answer_at(ctx, url), lambda: signed_at(ctx, url), lambda: wrongly_signed(ctx, url)
    )


def serves_instead(ctx: Seen, url: str) -> bool:
    """Whether the deployed app takes events at the registered `url` although another one is expected."""
    differing = _differences(ctx, url)
    return webhook_urls.serves_instead(differing, expected_answer(ctx), takes_events=takes_events(ctx, url))


@derived
def judged_url(ctx: Seen) -> str:
    """The address that the checks of link site look at: the expected one, or the one that serves instead.

    Without Stripe's list (no key, no right) it is the expected one.
    """
    expected = expected_url(ctx)
    if takes_events(ctx, expected):
        return expected
    endpoint = ctx.webhook.best(endpoints.or_none(ctx) or ())
    if endpoint is None or not _differences(ctx, endpoint.url):
        return expected
    return endpoint.url if serves_instead(ctx, endpoint.url) else expected


def network_works(ctx: Seen) -> bool:
    """Whether a server far away answered in this run, so that silence is the site's and not the network's."""
    base = ctx.settings.stripe_api_base
    if base and is_loopback(base):
        return False
    listed = endpoints.or_why(ctx)
    if isinstance(listed, StripeFailure):
        return listed.reason != "unreachable"
    return not isinstance(listed, ToolError)


def _differences(ctx: Seen, url: str) -> tuple[str, ...]:
    return webhook_urls.differences(expected_url(ctx), url)


def shown(url: str) -> str:
    """An address as it may be printed: the query may hold a secret."""
    text = scrub(url)
    try:
        query = urlsplit(text).query
    except ValueError:
        return text
    return text.replace(f"?{query}", "?…") if query else text


def said(answer: Answer) -> str:
    """An answer as half a sentence: `answers 308 to https://…`."""
    if answer.status is None:
        return silence(answer)
    if answer.redirects and answer.location:
        return _("answers {status} and points to {location}").format(
            status=answer.status, location=shown(answer.location)
        )
    return _("answers {status}").format(status=answer.status)


def silence(answer: Answer) -> str:
    """Why there was no answer, as half a sentence."""
    sentences = {
        "dns": _("has no address (DNS)"),
        "refused": _("refuses the connection"),
        "timeout": _("does not answer in time"),
        "tls": _("has no valid certificate"),
        "network": _("cannot be reached from here"),
        "closed": _("closes the connection without an answer"),
        "bad-url": _("is no usable address"),
    }
    return sentences[answer.reason or "closed"]
