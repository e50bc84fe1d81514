"""Takes web addresses apart, for the judges of the Supabase URL and of the site."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit


def split(text: str) -> SplitResult | None:
    """The parts of an http or https address; None when it is none, or carries credentials."""
    try:
        url = urlsplit(text)
        usable = url.scheme in ("http", "https") and url.hostname and url.port != 0 and "@" not in url.netloc
    except ValueError:
        return None
    return url if usable and not re.search(r"\s", text) else None


def has_more_than_a_host(url: SplitResult) -> bool:
    """Whether a path, query or fragment follows the host."""
    return url.path not in ("", "/") or bool(url.query or url.fragment)


def is_local_name(host: str) -> bool:
    """Whether a host is this machine by name, or the address that means every interface."""
    literal = _literal(host)
    return (
        host == "localhost" or host.endswith(".localhost") or (literal is not None and literal.is_unspecified)
    )


def is_loopback_literal(host: str) -> bool:
    """Whether a host is a literal loopback address (127.0.0.1, ::1), as stand-ins use."""
    literal = _literal(host)
    return literal is not None and literal.is_loopback


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
