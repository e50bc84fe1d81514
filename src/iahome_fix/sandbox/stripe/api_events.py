"""Events: list, retrieve, and the undocumented retry that the Stripe CLI uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.sandbox.stripe import errors, listing, params
from iahome_fix.sandbox.stripe.call import retained

if TYPE_CHECKING:
    from iahome_fix.sandbox.stripe.call import Call, Object

EVENT_FILTERS = ("created", "delivery_success", "type", "types")
_MOST_TYPES = 20


def list_events(call: Call) -> Object:
    """The events of the last 30 days, newest first.

    `delivery_success=false` gives those that some endpoint has yet to receive; an event for which nobody was
    subscribed is not among them.
    """
    of_type = _type_filter(call)
    created = listing.created_filter(call.params)
    delivered = call.params.get("delivery_success")
    success = None if delivered is None else params.boolean(delivered, "delivery_success")

    def wanted(event: Object) -> bool:
        fate = call.state.fates[event["id"]]
        result = event["pending_webhooks"] == 0 if fate.delivery_success is None else fate.delivery_success
        return created(event) and of_type.matches(event["type"]) and success in (None, result)

    known = [event for event in call.visible(call.state.events) if retained(event)]
    return call.listed(known, "event", "event", wanted)


class _TypeFilter:
    """Exact names, or prefixes for names that end in `.*`; nothing at all lets everything through."""

    def __init__(self, names: list[str]) -> None:
        self.exact = {name for name in names if not name.endswith(".*")}
        self.prefixes = tuple(name[:-1] for name in names if name.endswith(".*"))
        self.everything = not names or "*" in names

    def matches(self, event_type: str) -> bool:
        return self.everything or event_type in self.exact or event_type.startswith(self.prefixes)


def _type_filter(call: Call) -> _TypeFilter:
    single, several = params.text(call.params, "type"), params.texts(call.params, "types")
    if single is not None and several is not None:
        raise errors.bad_param("You may only specify one of these parameters: type, types.", "type")
    if several is not None and len(several) > _MOST_TYPES:
        raise errors.bad_param(f"You may specify at most {_MOST_TYPES} types.", "types")
    return _TypeFilter(several or ([single] if single is not None else []))


def retrieve_event(call: Call) -> Object:
    return call.retrieved(_known(call, "event"))


def retry_event(call: Call) -> Object:
    """Sends an event to one endpoint again and returns the event as it is afterwards.

    Nothing is sent without `webhook_endpoint` (that means a listening CLI), to a disabled endpoint, or to one
    that was not subscribed when the event was made (stripe/stripe-cli#675).
    """
    state = call.state
    with state.lock:
        event = _known(call, "notification")
        wanted = params.text(call.params, "webhook_endpoint")
        endpoint = None if wanted is None else state.endpoints.get(wanted)
        if wanted is not None and (endpoint is None or endpoint.livemode != call.key.livemode):
            raise errors.missing_resource("webhook endpoint", wanted, "webhook_endpoint", status=400)
        reachable = (
            endpoint is not None
            and endpoint.status == "enabled"
            and endpoint.id in state.fates[event["id"]].subscribed
        )
    if endpoint is not None and reachable:
        state.deliver(event["id"], endpoint.id)
    return event


def _known(call: Call, noun: str) -> Object:
    event = call.own(call.state.events, noun, "id")
    if not retained(event):
        raise errors.missing_resource(noun, call.ident, "id")
    return event
