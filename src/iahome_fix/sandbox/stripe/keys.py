"""API keys: what they look like, what they may do, how Stripe quotes them in a message."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iahome_fix.systems.stripe_ids import random_text

if TYPE_CHECKING:
    from collections.abc import Iterable

MODES = ("live", "test")
_PREFIXES = {"secret": "sk", "restricted": "rk", "publishable": "pk"}

# Slug of a permission -> its name in the sentence of a 403 (only the first is attested; the rest follow it).
PERMISSIONS = {
    "webhook_read": "Webhook Endpoints, Event Destinations Read",
    "webhook_write": "Webhook Endpoints, Event Destinations Write",
    "event_read": "Events Read",
    "checkout_session_read": "Checkout Sessions Read",
    "payment_intent_read": "PaymentIntents Read",
    "charge_read": "Charges Read",
    "dispute_read": "Disputes Read",
    "invoice_read": "Invoices Read",
    "balance_read": "Balance Read",
    "connected_account_read": "Accounts Read",
}


@dataclass(frozen=True)
class ApiKey:
    """One key of the account. `permissions` None means everything; only restricted keys are limited by it."""

    value: str = field(repr=False)
    mode: str
    kind: str
    permissions: frozenset[str] | None = None
    expired: bool = False

    @property
    def livemode(self) -> bool:
        return self.mode == "live"

    def may(self, permission: str) -> bool:
        """Whether the key has this permission; write includes read."""
        if self.kind != "restricted" or self.permissions is None:
            return True
        return bool({permission, permission.replace("_read", "_write")} & self.permissions)


def make_key(mode: str, kind: str, permissions: Iterable[str] | None, *, expired: bool) -> ApiKey:
    """A new random key. Permissions may carry the `rak_` of the dashboard's links.

    Raises ValueError for a mode, kind or permission that does not exist.
    """
    if mode not in MODES:
        raise ValueError(f"no such mode: {mode}")
    if kind not in _PREFIXES:
        raise ValueError(f"no such kind of key: {kind}")
    slugs = None if permissions is None else frozenset(p.removeprefix("rak_") for p in permissions)
    if slugs is not None and (unknown := slugs - PERMISSIONS.keys()):
        raise ValueError(f"no such permission: {sorted(unknown)}")
    return ApiKey(f"{_PREFIXES[kind]}_{mode}_{random_text(32)}", mode, kind, slugs, expired)


def _parts(value: str) -> tuple[str, int, str]:
    match = re.fullmatch(r"([a-z]+_(?:live|test)_)?(.*)", value, re.DOTALL)
    prefix, rest = (match[1] or "", match[2]) if match else ("", value)
    shown = rest[-4:] if len(rest) > 8 else ""
    return prefix, len(rest) - len(shown), shown


def starred(value: str) -> str:
    """The key as the 401 messages quote it: prefix, stars, last four characters."""
    prefix, hidden, shown = _parts(value)
    return f"{prefix}{'*' * hidden}{shown}"


def shortened(value: str) -> str:
    """The key as the 403 message quotes it: prefix, three dots, last four characters."""
    prefix, _, shown = _parts(value)
    return f"{prefix}...{shown}"
