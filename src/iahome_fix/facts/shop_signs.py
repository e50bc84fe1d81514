"""What Stripe and the site say of the version of the app. None of it needs that version to be known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from iahome_fix.errors import CouldNotTell, MissingCredential, ToolError
from iahome_fix.facts import webhook
from iahome_fix.facts.seen import derived, fact
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.profile.signs import EARLY_KEYS, EARLY_PATHS, LATE_KEYS, LATE_PATHS, Outside
from iahome_fix.settings import names
from iahome_fix.systems.deadline import TookTooLong, within
from iahome_fix.systems.stripe_json import mapping
from iahome_fix.systems.stripe_payments import texts_of
from iahome_fix.systems.webhook_urls import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen

PATHS = (*sorted(EARLY_PATHS), *sorted(LATE_PATHS))
_NEWEST = 10
"""So many of the app's newest sessions are looked at: older ones may be of another version."""
_MARGIN = 5.0
"""Seconds beyond its own deadline that a system may take to say that it did not answer."""
NOT_THERE = (404, 405)
"""What a site says where no route takes a POST."""


@fact
def outside(ctx: Context) -> Outside:
    """All of it, asked at the same time. Never raises: what a system does not tell is None."""
    jobs = [partial(_asked, ctx, find) for find in (endpoint_paths, session_keys, answering_paths)]
    sends, sells, answers = ctx.at_once(jobs)
    silent: tuple[str, ...] = ()
    if any(isinstance(one, _Silence) for one in (sends, sells)):
        silent = ("Stripe", ctx.settings.site_url) if answers is _SILENT else ("Stripe",)
    told = [None if isinstance(one, _Silence) else one for one in (sends, sells, answers)]
    return Outside(told[0], told[1], told[2], silent)


class _Silence:
    """Somebody was asked and did not tell."""


_SILENT = _Silence()


def _asked(
    ctx: Context, find: Callable[[Context], frozenset[str] | None]
) -> frozenset[str] | _Silence | None:
    try:
        return within(ctx.timeout + _MARGIN, lambda: find(ctx))
    except MissingCredential:
        return None
    except (ToolError, TookTooLong):
        return _SILENT


@derived
def endpoint_paths(ctx: Seen) -> frozenset[str]:
    """At which paths of a webhook of the app Stripe has an enabled endpoint for this site.

    Raises MissingCredential, StripeFailure.
    """
    at = Webhook(ctx.settings.site_url, MODULE_ACCESS.handler)
    found = (_path(one.url) for one in at.on_site(webhook.listed(ctx)) if one.enabled)
    return frozenset(path for path in found if path in PATHS)


@derived
def session_keys(ctx: Seen) -> frozenset[str]:
    """By which keys the app's newest Checkout Sessions name what was sold. Raises as `endpoint_paths`."""
    sold = [keys for one in newest_items(ctx) if (keys := _keys(one))]
    return frozenset().union(*sold[:_NEWEST])


@fact
def newest_items(ctx: Context) -> tuple[Mapping[str, Any], ...]:
    """The newest sessions as Stripe has them, whatever became of them. Raises as `endpoint_paths`."""
    return ctx.stripe.newest_items()


@fact
def answering_paths(ctx: Context) -> frozenset[str] | None:
    """At which paths the site answers as a webhook does; None where its address is not stated: the default is
    the live one.

    Raises CouldNotTell where it does not answer at any of them.
    """
    if not ctx.settings.text(names.SITE_URL):
        return None
    site = ctx.settings.site_url.rstrip("/")
    answers = ctx.at_once([partial(webhook.answer_at, ctx, site + path) for path in PATHS])
    if all(answer.status is None for answer in answers):
        raise CouldNotTell("site-silent", webhook.silence(answers[0]))
    there = [path for path, answer in zip(PATHS, answers, strict=True) if answer.status not in NOT_THERE]
    taken = ctx.at_once([partial(webhook.takes_events, ctx, site + path) for path in there])
    return frozenset(path for path, takes in zip(there, taken, strict=True) if takes)


def _keys(session: Mapping[str, Any]) -> frozenset[str]:
    return (EARLY_KEYS | LATE_KEYS) & texts_of(mapping(session.get("metadata"))).keys()


def _path(url: str) -> str:
    return "/" + urlsplit(url.strip()).path.strip("/").lower()
