"""Tells by its shape what kind of key a text is. Nothing is verified and nobody is asked.

Prefixes: Stripe's and Supabase's documentation of their API keys. A legacy Supabase key is a JWT whose
payload says the role and the project.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from enum import StrEnum
from typing import Any

from iahome_fix.i18n import N_, _


class Kind(StrEnum):
    """What a value is by its look."""

    STRIPE_PRIVATE = "stripe-private"
    STRIPE_PUBLISHABLE = "stripe-publishable"
    STRIPE_SIGNING = "stripe-signing"
    SUPABASE_PRIVATE = "supabase-private"
    SUPABASE_PUBLISHABLE = "supabase-publishable"
    MANAGEMENT = "management"
    JWT = "jwt"
    DATABASE = "database"
    WEB = "web"


_PREFIXES = (
    ("sk_", Kind.STRIPE_PRIVATE),
    ("rk_", Kind.STRIPE_PRIVATE),
    ("rkcs_", Kind.STRIPE_PRIVATE),
    ("pk_", Kind.STRIPE_PUBLISHABLE),
    ("whsec_", Kind.STRIPE_SIGNING),
    ("sb_secret_", Kind.SUPABASE_PRIVATE),
    ("sb_publishable_", Kind.SUPABASE_PUBLISHABLE),
    ("sbp_", Kind.MANAGEMENT),
    ("postgres://", Kind.DATABASE),
    ("postgresql://", Kind.DATABASE),
    ("https://", Kind.WEB),
    ("http://", Kind.WEB),
)

_WORDS = {
    Kind.STRIPE_PRIVATE: N_("a Stripe secret key"),
    Kind.STRIPE_PUBLISHABLE: N_("a Stripe publishable key"),
    Kind.STRIPE_SIGNING: N_("a Stripe webhook signing secret"),
    Kind.SUPABASE_PRIVATE: N_("a Supabase secret key"),
    Kind.SUPABASE_PUBLISHABLE: N_("a Supabase publishable key"),
    Kind.MANAGEMENT: N_("a Supabase access token"),
    Kind.JWT: N_("a JWT"),
    Kind.DATABASE: N_("a database address"),
    Kind.WEB: N_("a web address"),
}

_STRIPE_MODE = re.compile(r"(?:sk|rk|rkcs|pk)_(live|test)_")


def kind_of(text: str) -> Kind | None:
    """The kind of a value, or None when its look says nothing."""
    for prefix, kind in _PREFIXES:
        if text.startswith(prefix):
            return kind
    return Kind.JWT if jwt_payload(text) is not None else None


def in_words(kind: Kind) -> str:
    """The kind for a person: "a Stripe secret key"."""
    return _(_WORDS[kind])


def is_secret(text: str) -> bool:
    """Whether the value gives rights that no visitor may have."""
    kind = kind_of(text)
    if kind is Kind.JWT:
        return (jwt_payload(text) or {}).get("role") == "service_role"
    if kind is Kind.DATABASE:
        return re.match(r"\w+://[^/@]*:.+@", text) is not None
    return kind in (Kind.STRIPE_PRIVATE, Kind.STRIPE_SIGNING, Kind.SUPABASE_PRIVATE, Kind.MANAGEMENT)


def stripe_mode(text: str) -> str | None:
    """ "live" or "test" by the prefix of a Stripe key; None for others and for organisation keys."""
    match = _STRIPE_MODE.match(text)
    return match[1] if match else None


def jwt_payload(text: str) -> dict[str, Any] | None:
    """The claims of a JWT, not verified; None when the text is none. Base64 padding may be there or not."""
    pieces = text.split(".")
    if len(pieces) != 3 or not all(isinstance(_json(piece), dict) for piece in pieces[:2]):
        return None
    payload = _json(pieces[1])
    return payload if isinstance(payload, dict) else None


def _json(piece: str) -> object:
    bare = piece.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return json.loads(base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
