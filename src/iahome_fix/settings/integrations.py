"""Variables as integrations write them, and whether they mean what the tool looks for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iahome_fix.settings import database_address, names
from iahome_fix.settings.model import clean

if TYPE_CHECKING:
    from iahome_fix.settings.model import Value

_DEFAULT = "default"


def plain(value: Value) -> Value | None:
    """The value as the canonical name would have it; None where it is not certain to be meant by it."""
    if value.source.name in names.AS_JSON and not value.is_blank:
        key = _key(clean(value.text))
        return replace(value, text=key) if key else None
    if value.source.name in names.SUPABASE_ONLY and not value.is_blank:
        return value if database_address.is_supabase(clean(value.text)) else None
    return value


def _key(text: str) -> str | None:
    """The one key that is meant, of an object of keys by name; a bare key is that key."""
    if not text.startswith("{"):
        return text
    try:
        found: Any = json.loads(text)
    except ValueError:
        return None
    keys = {name: key for name, key in found.items() if isinstance(key, str) and key}
    if _DEFAULT in keys:
        return keys[_DEFAULT]
    return next(iter(keys.values())) if len(keys) == 1 else None
