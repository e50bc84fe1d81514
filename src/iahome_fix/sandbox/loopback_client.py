"""HTTP to the parts of a sandbox: this machine's own ports, no proxy, and no certificate of anybody."""

from __future__ import annotations

import ssl
from typing import Any

import httpx


def loopback_client(**settings: Any) -> httpx.Client:
    """An `httpx.Client` for `http://127.0.0.1`, in a fiftieth of the usual time.

    What takes the time is reading the certificates of the world, of which this client trusts none.
    """
    return httpx.Client(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **settings)
