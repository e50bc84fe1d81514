"""The environment of a command that is to see a sandbox and nothing of the operator's."""

from __future__ import annotations

import os

from iahome_fix.settings.names import KNOWN

_PREFIXES = ("NEXT_PUBLIC_", "SUPABASE_", "STRIPE_", "POSTGRES_", "IAHOME_FIX_", "PG")
_PROXIES = ("NO_PROXY", "no_proxy")
_LOOPBACK = "127.0.0.1,localhost"


def clean_environment() -> dict[str, str]:
    """This process's environment without what would win over an env file or lead off this machine."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in KNOWN and not name.upper().startswith(_PREFIXES)
    }
    for name in _PROXIES:
        kept[name] = ",".join(filter(None, (kept.get(name), _LOOPBACK)))
    return kept
