"""Fields of Stripe's JSON as plain types: what is absent, null or of another type is None or empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from iahome_fix.i18n import _
from iahome_fix.systems.stripe_errors import unexpected


def id_of(data: Mapping[str, Any]) -> str:
    """The object's id. Raises StripeFailure (unexpected-response) without one."""
    value = data.get("id")
    if not isinstance(value, str) or not value:
        raise unexpected(_("an object without {field}").format(field="id"))
    return value


def time_of(data: Mapping[str, Any]) -> datetime:
    """When the object was made (UTC). Raises StripeFailure (unexpected-response) where it does not say."""
    value = integer(data.get("created"))
    if value is None:
        raise unexpected(_("an object without {field}").format(field="created"))
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        raise unexpected(_("an object without {field}").format(field="created")) from None


def moment(value: object) -> datetime | None:
    """A text in ISO 8601 with its zone as UTC, else None: anybody may write into metadata."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def texts(value: object) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
