"""Fault injection: what can go wrong between a program and Stripe, switched on by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iahome_fix.systems.stripe_nullable import NULLABLE


@dataclass
class Trouble:
    """What the stand-in does wrong; change it at any time, every field works on its own.

    Attributes:
        rate_limit_next: so many calls with a valid key are answered 429.
        should_retry_header: sends `Stripe-Should-Retry: true|false` with injected 429 and error answers.
        fail_next_with: status of the injected error, for the next `fail_next_times` calls; 0 is off.
        fail_after_pages: lists answer so many pages, then 500 for every later page; a list read from its
            start begins to count again.
        hang_seconds: no answer for so long, then the connection is closed without one.
        latency: seconds before each answer.
        html_body: the body is a web page (status unchanged), as from a proxy.
        revoke: every key is answered 401.
        null_fields: every field that may be null is null.
        unknown_fields: fields and enum values that do not exist yet.
    """

    rate_limit_next: int = 0
    should_retry_header: bool | None = None
    fail_next_with: int = 0
    fail_next_times: int = 1
    fail_after_pages: int | None = None
    hang_seconds: float = 0.0
    latency: float = 0.0
    html_body: bool = False
    revoke: bool = False
    null_fields: bool = False
    unknown_fields: bool = False

    @property
    def retry_header(self) -> dict[str, str]:
        if self.should_retry_header is None:
            return {}
        return {"Stripe-Should-Retry": "true" if self.should_retry_header else "false"}

    def take_failure(self) -> int:
        """The status to fail this call with, or 0; counts down. Call it under the state's lock."""
        status = self.fail_next_with
        if status:
            self.fail_next_times -= 1
            if self.fail_next_times <= 0:
                self.fail_next_with, self.fail_next_times = 0, 1
        return status

    def take_rate_limit(self) -> bool:
        """Whether this call is refused with 429; counts down. Call it under the state's lock."""
        if self.rate_limit_next <= 0:
            return False
        self.rate_limit_next -= 1
        return True

    def distort(self, value: Any) -> Any:
        """A successful answer as `null_fields` and `unknown_fields` want it; what is stored stays whole."""
        if not (self.null_fields or self.unknown_fields):
            return value
        if isinstance(value, list):
            return [self.distort(item) for item in value]
        if not isinstance(value, dict):
            return value
        distorted = {name: self.distort(inner) for name, inner in value.items()}
        kind = value.get("object")
        if isinstance(kind, str) and kind != "list":
            if self.unknown_fields:
                _add_future(kind, distorted)
            if self.null_fields:
                distorted |= {name: None for name in NULLABLE.get(kind, ()) if name in distorted}
        return distorted


# Values that no version knows yet, in fields that do not decide what was paid and what was not.
_FUTURE_VALUES = {
    "checkout.session": {"ui_mode": "hologram", "submit_type": "teleport"},
    "payment_intent": {"capture_method": "automatic_next_week"},
    "v2.core.event_destination": {"type": "carrier_pigeon"},
}
_FUTURE_ITEMS = {"enabled_events": "checkout.session.teleported", "payment_method_types": "moonbeam"}


def _add_future(kind: str, fields: dict[str, Any]) -> None:
    fields["future_setting"] = {"enabled": True, "since": "2031-01-31.zenith"}
    fields["future_flag"] = True
    fields.update(_FUTURE_VALUES.get(kind, {}))
    for name, item in _FUTURE_ITEMS.items():
        if isinstance(fields.get(name), list):
            fields[name] = [*fields[name], item]
