"""Makes Stripe send the payment event to the handler's exact address: plan, then apply that plan.

An endpoint that was meant for this site is corrected, so that it keeps its id and its secret; one of another
host, or of another purpose, is never touched. Nothing is deleted or disabled. Each write leaves its moment in
the endpoint's metadata, for whoever judges later what it should have brought.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.i18n import _
from iahome_fix.systems import webhook_urls
from iahome_fix.systems.site import Answer, Site
from iahome_fix.systems.site_probe import asks
from iahome_fix.systems.stripe_client import is_loopback
from iahome_fix.systems.stripe_errors import StripeFailure
from iahome_fix.systems.stripe_objects import COMPLETED, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.systems.stripe_account import StripeAccount
    from iahome_fix.systems.stripe_writer import StripeWriter
    from iahome_fix.systems.webhook_urls import Webhook

_PROBE_SECONDS = 10.0


@dataclass(frozen=True)
class Change:
    """One field of the endpoint (url, enabled_events or status), as it is and as it is to be."""

    field: str
    before: str | tuple[str, ...]
    after: str | tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "from": _plain(self.before), "to": _plain(self.after)}


@dataclass(frozen=True)
class EndpointPlan:
    """What is to be done.

    Attributes:
        action: create, update or nothing.
        url: the address that the handler answers at.
        webhook: where it is expected.
        endpoint: the endpoint as it was when the plan was made; None when there is none to correct.
        changes: the fields that change; empty unless the action is update.
        withheld: what would have to change, too, and why it is not done; sentences.
        notes: what has to be known before agreeing; sentences.
        mode: live or test, by the key.
    """

    action: str
    url: str
    webhook: Webhook
    endpoint: Endpoint | None = None
    changes: tuple[Change, ...] = ()
    withheld: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mode: str | None = None

    @property
    def endpoint_id(self) -> str | None:
        return self.endpoint.id if self.endpoint else None

    @property
    def wanted(self) -> dict[str, Any]:
        """The fields as they are to be, by the names that Stripe has for them."""
        if self.action == "create":
            return {"url": self.url, "enabled_events": (COMPLETED,), "status": "enabled"}
        return {change.field: change.after for change in self.changes}

    def as_json(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "endpoint": self.endpoint_id,
            "url": self.url,
            "mode": self.mode,
            "changes": [change.as_json() for change in self.changes]
            if self.action != "create"
            else [{"field": name, "from": None, "to": _plain(to)} for name, to in self.wanted.items()],
            "withheld": list(self.withheld),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class EndpointResult:
    """What was done. `secret` only for a new endpoint: to be shown once and stored nowhere by this tool."""

    action: str
    endpoint_id: str | None
    secret: str | None = field(default=None, repr=False)

    def as_json(self, done: EndpointPlan) -> dict[str, Any]:
        """What was applied, without the secret. `done`: the plan that it was made from."""
        return {"action": self.action, "endpoint": self.endpoint_id, "changes": done.as_json()["changes"]}

    def on_record(self, done: EndpointPlan) -> dict[str, Any]:
        """The same for the journal: each field before and after; `before` None for a new endpoint."""
        before = {change.field: _plain(change.before) for change in done.changes}
        return {
            "endpoint": self.endpoint_id,
            "before": before if self.action == "update" else None,
            "after": {name: _plain(to) for name, to in done.wanted.items()},
        }


def plan(
    account: StripeAccount, webhook: Webhook, *, site: Site | None = None, secret: str | None = None
) -> EndpointPlan:
    """What is wrong with the endpoint of this site, and what would repair it. Writes nothing.

    The address is asked first: nothing is pointed at it, or enabled, while it does not answer as the handler
    does. `site`: an open Site of that address; without it one is opened for the question. `secret`: what
    signs a harmless event for it, for handlers that refuse in other words than most.

    Raises StripeFailure, and Refused for an address that Stripe would not take or would not protect.
    """
    _require_protected(webhook.url, account.mode)
    ours = _meant_for(_endpoints(account), webhook)
    if site is not None:
        return _plan(account, webhook, ours, site, secret)
    own = Site(webhook.site_url, timeout=_PROBE_SECONDS)
    try:
        return _plan(account, webhook, ours, own, secret)
    finally:
        own.close()


def apply(writer: StripeWriter, agreed: EndpointPlan) -> EndpointResult:
    """Do what the plan says, in one call, if Stripe still has what the plan was made from.

    Raises Refused when something changed meanwhile or Stripe says no, StripeFailure when it did not answer;
    then the same command again finds out what holds.
    """
    if agreed.action == "nothing":
        return EndpointResult("nothing", agreed.endpoint_id)
    if agreed.action == "create" or agreed.endpoint is None:
        if _meant_for(_endpoints(writer.account), agreed.webhook) is not None:
            raise _changed()
        created = writer.create_endpoint(agreed.url, (COMPLETED,))
        return EndpointResult("create", created.endpoint.id, created.secret)
    if writer.account.endpoint(agreed.endpoint.id) != agreed.endpoint:
        raise _changed()
    wanted = agreed.wanted
    updated = writer.update_endpoint(
        agreed.endpoint.id,
        url=wanted.get("url"),
        enabled_events=wanted.get("enabled_events"),
        enable="status" in wanted,
    )
    if any(getattr(updated, name) != value for name, value in wanted.items() if name != "enabled_events"):
        raise CouldNotTell("not-as-sent", _("Stripe answered, but the endpoint is not as it was to be"))
    return EndpointResult("update", updated.id)


def _plan(
    account: StripeAccount, webhook: Webhook, ours: Endpoint | None, site: Site, secret: str | None
) -> EndpointPlan:
    expected, mode = webhook.url, account.mode
    answer = site.post_unsigned(expected)
    takes = answer.refuses_unsigned or asks(site, expected, secret)
    if ours is None:
        notes = _beside(account, webhook)
        if not takes:
            withheld = (_not_created(answer),)
            return EndpointPlan("nothing", expected, webhook, withheld=withheld, notes=notes, mode=mode)
        return EndpointPlan("create", expected, webhook, notes=notes, mode=mode)
    url, changes, not_done = expected, [], []
    differing = webhook_urls.differences(expected, ours.url)
    if differing:
        there = asks(site, ours.url, secret)
        if webhook_urls.serves_instead(differing, answer, takes_events=there):
            url, takes = ours.url, True
        elif takes:
            changes.append(Change("url", ours.url, expected))
        else:
            not_done.append(_not_pointed(answer))
    if not ours.receives(COMPLETED):
        changes.append(Change("enabled_events", ours.enabled_events, (*ours.enabled_events, COMPLETED)))
    if not ours.enabled:
        if takes:
            changes.append(Change("status", ours.status, "enabled"))
        else:
            not_done.append(_not_enabled(answer))
    return EndpointPlan(
        "update" if changes else "nothing", url, webhook, ours, tuple(changes), tuple(not_done), mode=mode
    )


def _endpoints(account: StripeAccount) -> tuple[Endpoint, ...]:
    """The endpoints with whose events they get, where the newer list may be read. Raises StripeFailure."""
    found = account.endpoints()
    try:
        return webhook_urls.told_apart(found, account.destinations())
    except StripeFailure:
        return found


def _meant_for(endpoints: Iterable[Endpoint], webhook: Webhook) -> Endpoint | None:
    """The endpoint to correct."""
    return webhook.best(e for e in endpoints if webhook.is_near_miss(e))


def _require_protected(url: str, mode: str | None) -> None:
    if url.startswith("https://") or is_loopback(url) or (mode == "test" and url.startswith("http://")):
        return
    raise Refused(
        "http-site",
        _("Stripe sends payments to https addresses only, and the site's is {url}").format(url=url),
        _("set NEXT_PUBLIC_APP_URL to the https address of the site"),
    )


def _beside(account: StripeAccount, webhook: Webhook) -> tuple[str, ...]:
    """What the newer list shows beside a new endpoint; sentences.

    It shows the endpoints of the first list again, under other ids: those for connected accounts stay.

    An endpoint that only that list shows cannot be changed here, and a second one would double it: Refused.
    """
    known = {e.url for e in _endpoints(account) if e.connected}
    found = account.destinations()
    if found is None:
        return (
            _(
                "event destinations (the newer list) may not be read with this key: make sure in Stripe,"
                " Developers, Webhooks, that none sends whole events to this address yet"
            ),
        )
    for destination in found:
        endpoint = destination.as_endpoint()
        if endpoint is not None and webhook.is_near_miss(endpoint) and endpoint.url not in known:
            raise Refused(
                "workbench-only",
                _("there is an event destination for this site ({id}) that only Workbench can change").format(
                    id=endpoint.id
                ),
                _("open it in Stripe, Developers, Webhooks"),
            )
    return tuple(
        _(
            "{id} sends thin events to the same address, signed with another secret: the handler refuses"
            " them; disable it in Stripe, Developers, Webhooks, or its failures hide real ones"
        ).format(id=d.id)
        for d in webhook.thin(found)
    )


def _changed() -> Refused:
    return Refused(
        "changed",
        _("the endpoints changed since the plan was shown; nothing was changed"),
        _("run the same command again"),
    )


def _not_created(answer: Answer) -> str:
    return _("no endpoint is created while {url} does not answer as the handler does ({answer})").format(
        url=answer.url, answer=_short(answer)
    )


def _not_pointed(answer: Answer) -> str:
    return _("the address is not changed while {url} does not answer as the handler does ({answer})").format(
        url=answer.url, answer=_short(answer)
    )


def _not_enabled(answer: Answer) -> str:
    return _("it is not enabled while {url} does not answer as the handler does ({answer})").format(
        url=answer.url, answer=_short(answer)
    )


def _short(answer: Answer) -> str:
    return str(answer.status) if answer.status is not None else answer.reason or _("no answer")


def _plain(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)
