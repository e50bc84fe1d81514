"""The only way in which this tool changes anything at Stripe: making or correcting one webhook endpoint."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import Refused
from iahome_fix.i18n import _
from iahome_fix.systems import written
from iahome_fix.systems.expected import UNEXPECTED
from iahome_fix.systems.stripe_account import StripeAccount
from iahome_fix.systems.stripe_client import StripeConnection
from iahome_fix.systems.stripe_errors import StripeFailure, unexpected
from iahome_fix.systems.stripe_objects import CHANGED_AT, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import stripe

    from iahome_fix.profile import CheckoutKeys

_PAUSES = (0.3, 1.0, 0.0)  # seconds before a call is repeated whose answer was none
_LIMIT = re.compile(r"maximum of (\d+)")


@dataclass(frozen=True)
class CreatedEndpoint:
    """A new endpoint with its signing secret, which Stripe tells this one time only."""

    endpoint: Endpoint
    secret: str = field(repr=False)


class StripeWriter:
    """Writes with one key, for one run. A call that is repeated within a run takes effect once.

    All methods raise StripeFailure when Stripe did not tell, and Refused when it said no.
    """

    def __init__(
        self, key: str, *, keys: CheckoutKeys, base_url: str | None, timeout: float, run_id: str
    ) -> None:
        """`keys`: what the app means by the keys of metadata; `base_url`: another address of the API;
        `timeout`: seconds per try. Raises KeyRejected."""
        self.account = StripeAccount(key, keys=keys, base_url=base_url, timeout=timeout)
        self._connection = StripeConnection(key, base_url=base_url, timeout=timeout, writes=True)
        self._run_id = run_id

    def create_endpoint(self, url: str, events: Sequence[str]) -> CreatedEndpoint:
        """Register an endpoint at `url` for these types of events, in the mode of the key."""
        query: Any = {
            "url": url,
            "enabled_events": list(events),
            "description": "IAHome: gives customers the modules that they paid for",
            "metadata": {"created_by": "iahome-fix", "run_id": self._run_id, **self._stamp},
        }
        options: Any = {"idempotency_key": self._once("create")}
        answer = self._write(lambda client: client.v1.webhook_endpoints.create(query, options))
        secret = answer.get("secret")
        if not isinstance(secret, str):
            raise unexpected(_("an object without {field}").format(field="secret"))
        return CreatedEndpoint(Endpoint.of(answer), secret)

    def update_endpoint(
        self,
        endpoint_id: str,
        *,
        url: str | None = None,
        enabled_events: Sequence[str] | None = None,
        enable: bool = False,
        disable: bool = False,
    ) -> Endpoint:
        """Change what is given in one call, and note when. `enabled_events` replaces the whole list."""
        query: dict[str, Any] = {"metadata": self._stamp}
        if url is not None:
            query["url"] = url
        if enabled_events is not None:
            query["enabled_events"] = list(enabled_events)
        if enable:
            query["disabled"] = False
        if disable:
            query["disabled"] = True
        sent: Any = query
        options: Any = {"idempotency_key": self._once(f"update-{endpoint_id}")}
        return Endpoint.of(
            self._write(lambda client: client.v1.webhook_endpoints.update(endpoint_id, sent, options))
        )

    def close(self) -> None:
        """End all connections."""
        self.account.close()
        self._connection.close()

    @cached_property
    def _stamp(self) -> dict[str, str]:
        """When this run wrote, the second rounded up: what was paid before went to the endpoint as it was.

        One for the run, since a call that is repeated under its idempotency key must be the same.
        """
        moment = (datetime.now(UTC) + timedelta(seconds=1)).replace(microsecond=0)
        return {CHANGED_AT: moment.isoformat()}

    def _once(self, what: str) -> str:
        return f"iahome-fix-{self._run_id}-{what}"

    def _told(self, ask: Callable[[stripe.StripeClient], Any]) -> dict[str, Any]:
        """The answer to a write. One that is none is asked for again.

        Under its idempotency key the call takes effect once, and Stripe answers what it answered first, a
        secret included.
        """
        for pause in _PAUSES:
            try:
                with written.writing("Stripe"):
                    return self._connection.call(ask)
            except StripeFailure as failure:
                if failure.reason != UNEXPECTED:
                    raise
                odd = failure
            time.sleep(pause)
        raise StripeFailure(
            UNEXPECTED,
            _("it is not known whether Stripe made the change (run {run}): {reason}").format(
                run=self._run_id, reason=odd.message
            ),
            _("run the same command again: it finds out whether the change is there"),
        )

    def _write(self, ask: Callable[[stripe.StripeClient], Any]) -> dict[str, Any]:
        try:
            return self._told(ask)
        except StripeFailure as failure:
            if failure.reason not in ("bad-request", "not-found"):
                raise
            limit = _LIMIT.search(failure.message)
            if limit:
                raise Refused(
                    "endpoint-limit",
                    _("Stripe allows no more than {count} endpoints, and there are as many").format(
                        count=limit[1]
                    ),
                    _("delete those that are not needed in Stripe, Developers, Webhooks"),
                ) from None
            raise Refused("stripe-refused", failure.message, _("nothing was changed")) from None
