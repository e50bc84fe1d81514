"""Signed deliveries: the POST that Stripe makes to a webhook endpoint."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from iahome_fix.sandbox.loopback_client import loopback_client
from iahome_fix.sandbox.stripe.endpoints import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True)
class Delivery:
    """One attempt. `status_code` is None when no answer came; `at` is UTC."""

    event_id: str
    endpoint_id: str
    url: str
    status_code: int | None
    at: datetime

    @property
    def delivered(self) -> bool:
        """Only 2xx counts; a redirect is a failure."""
        return self.status_code is not None and 200 <= self.status_code < 300


def signature(
    payload: bytes, secrets: Iterable[str], *, timestamp: int | None = None, decoy: bool = False
) -> str:
    """The `Stripe-Signature` header: one v1 per active secret, and the v0 that test events also carry.

    The timestamp is in seconds since the epoch, now by default.
    """
    moment = int(time.time()) if timestamp is None else timestamp
    signed = str(moment).encode() + b"." + payload
    parts = [f"t={moment}"]
    parts += [f"v1={hmac.new(s.encode(), signed, hashlib.sha256).hexdigest()}" for s in secrets]
    if decoy:
        parts.append(f"v0={hashlib.sha256(signed).hexdigest()}")
    return ",".join(parts)


def post(url: str, event: dict[str, Any], secrets: Iterable[str], timeout: float) -> int | None:
    """Sends the event once and returns the status of the answer, or None when there was none.

    Redirects are not followed. Nothing leaves this machine: for any other host there is no answer.
    """
    if not is_loopback(url):
        return None
    payload = json.dumps(event, indent=2, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(payload, secrets, decoy=not event["livemode"]),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        with loopback_client(timeout=timeout, follow_redirects=False) as client:
            return client.post(url, content=payload, headers=headers).status_code
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
