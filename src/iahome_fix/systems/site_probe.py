"""A harmless event: rightly formed, of a type that no handler knows, about an object that does not exist.

And what a route has to make of it to be a webhook.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iahome_fix.systems.site import Answer, Site

PROBE_TYPE = "iahome_fix.probe"

# Bytes that a proxy or a parser likes to rewrite: accents, signs beyond the basic plane, escapes for what
# needs none, uneven blanks. Equal as JSON after a rewrite, but no longer what was signed.
_AWKWARD = '"caf\\u00e9 \\/ \\t" ,  "text" :"Clé à 9,90 € — 漢字 🔑"'


def takes_events(
    unsigned: Answer, signed: Callable[[], Answer | None], wrongly_signed: Callable[[], Answer]
) -> bool:
    """Whether a route takes Stripe's events: what is rightly signed decides, then how it refuses the rest.

    Each may be asked for, or not: `unsigned` is the answer to a request without a signature, `signed` to an
    event with the right one (None without a secret), `wrongly_signed` to one with another. Apps refuse with
    400, 401, 403 or 500; who takes all three checks nothing, and may be any page.
    """
    if unsigned.refuses_unsigned:
        return True
    if unsigned.status is None:
        return False
    good = signed()
    return good is not None and good.accepted and not wrongly_signed().accepted


def asks(site: Site, url: str, secret: str | None) -> bool:
    """`takes_events` of an address, asked now."""
    return takes_events(
        site.post_unsigned(url),
        lambda: site.post_signed(url, ascii_event(), secret) if secret else None,
        lambda: site.post_signed(url, ascii_event(), another_secret()),
    )


def another_secret() -> str:
    """A signing secret that nobody has."""
    return f"whsec_{secrets.token_hex(16)}"


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
