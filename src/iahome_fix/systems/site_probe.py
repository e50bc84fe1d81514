"""A harmless event: rightly formed, of a type that no handler knows, about an object that does not exist."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

PROBE_TYPE = "iahome_fix.probe"

# Bytes that a proxy or a parser likes to rewrite: accents, signs beyond the basic plane, escapes for what
# needs none, uneven blanks. Equal as JSON after a rewrite, but no longer what was signed.
_AWKWARD = '"caf\\u00e9 \\/ \\t" ,  "text" :"Clé à 9,90 € — 漢字 🔑"'


def ascii_event() -> str:
    """A body in plain ASCII: only the secret decides whether it is accepted."""
    return json.dumps(_event({"note": "harmless probe"}))


def awkward_event() -> str:
    """A body that stays what was signed only if nothing in between touches it."""
    return json.dumps(_event({"note": "@"}), indent=2).replace('"@"', _AWKWARD)


def _event(content: dict[str, Any]) -> dict[str, Any]:
    number = secrets.token_hex(12)
    return {
        "id": f"evt_iahomefix{number}",
        "object": "event",
        "api_version": None,
        "created": int(time.time()),
        "data": {"object": {"id": f"probe_{number}", "object": "iahome_fix.probe", **content}},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": PROBE_TYPE,
    }
