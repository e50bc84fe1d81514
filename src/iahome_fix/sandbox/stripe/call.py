"""One call of the API as the handlers see it, and what they have in common."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.stripe import errors, expand, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iahome_fix.sandbox.stripe.keys import ApiKey
    from iahome_fix.sandbox.stripe.params import Params
    from iahome_fix.sandbox.stripe.state import StripeState

Object = dict[str, Any]

RETENTION = 30 * 86_400
"""Seconds for which events can be read and sent again (Stripe's pages on events and the CLI: 30 days)."""


@dataclass(frozen=True)
class Call:
    """A call that is authenticated and allowed. `ident` is the id in the path, if there is one."""

    state: StripeState
    key: ApiKey
    path: str
    params: Params
    ident: str

    def permit(self, permission: str) -> None:
        """Refuses the call (403) when the key lacks the permission."""
        if not self.key.may(permission):
            raise errors.missing_permission(self.key.value, permission, self.state.account)

    def own(self, store: Mapping[str, Object], noun: str, param: str) -> Object:
        """The object that the path names, if it exists in the key's mode; otherwise a 404."""
        found = store.get(self.ident)
        if found is None:
            raise errors.missing_resource(noun, self.ident, param)
        if found["livemode"] != self.key.livemode:
            raise errors.missing_resource(noun, self.ident, param, other_mode=_mode(found["livemode"]))
        return found

    def visible(self, store: Mapping[str, Object]) -> list[Object]:
        """The objects of the key's mode."""
        return [item for item in store.values() if item["livemode"] == self.key.livemode]

    def retrieved(self, item: Object) -> Object:
        """One object, expanded as asked for."""
        wanted, permissions = expand.paths(self.params, item["object"], in_list=False)
        for permission in permissions:
            self.permit(permission)
        return expand.apply(item, wanted, self.state.find)

    def listed(
        self, items: list[Object], kind: str, noun: str, wanted: Callable[[Object], bool] = lambda _: True
    ) -> Object:
        """One page of objects of one kind, expanded as asked for."""
        paths, permissions = expand.paths(self.params, kind, in_list=True)
        for permission in permissions:
            self.permit(permission)
        page = listing.page(items, self.params, path=self.path, noun=noun, wanted=wanted)
        page["data"] = [expand.apply(item, paths, self.state.find) for item in page["data"]]
        return page


def _mode(livemode: bool) -> str:
    return "live" if livemode else "test"


def retained(event: Object) -> bool:
    """Whether the event is young enough for the API to know it."""
    return bool(event["created"] >= time.time() - RETENTION)
