"""Ids that look like Stripe's, and points in time as Stripe writes them."""

from __future__ import annotations

import secrets
import string
import time
from datetime import UTC, datetime

Moment = datetime | float
"""An aware datetime, a naive one (read as UTC), or seconds since the epoch."""

_ALPHABET = string.ascii_letters + string.digits


def random_text(length: int) -> str:
    """Random letters and digits."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(length))


def new_id(prefix: str, length: int = 24) -> str:
    """A fresh id such as `we_…`; the prefix comes without the underscore at its end."""
    return f"{prefix}_{random_text(length)}"


def epoch(moment: Moment | None = None) -> int:
    """Whole seconds since the epoch; None is now."""
    if moment is None:
        return int(time.time())
    if isinstance(moment, datetime):
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    return int(moment)


def iso(seconds: int) -> str:
    """The same second in the form of Stripe's v2 API (ISO 8601, milliseconds, Z)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
