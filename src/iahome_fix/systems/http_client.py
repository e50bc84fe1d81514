"""An HTTP client under the settings of this machine, which may be wrong themselves."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.masks import scrub

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    import httpx


def open_client(
    system: str, *, held_against: Callable[[httpx.Response], None] | None = None, **settings: Any
) -> httpx.Client:
    """An `httpx.Client` with these settings and this tool's name.

    `system`: who is asked by it, as a person is told. An answer that it reads whole is bounded in size, and
    is given to `held_against` before anybody else sees it: what that raises, the call raises.

    Raises CouldNotTell where a variable of the shell (a proxy, a file of certificates) makes none possible.
    """
    import httpx

    from iahome_fix import __version__
    from iahome_fix.systems.bounded_client import BoundedClient

    try:
        settings.setdefault("verify", _trusted(*_named_certificates(settings.get("trust_env", True))))
        # A name of our own: Supabase's gateway refuses secret keys from what looks like a browser.
        return BoundedClient(
            held_against, system, headers={"User-Agent": f"iahome-fix/{__version__}"}, **settings
        )
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CouldNotTell(
            "surroundings",
            _("the proxy or certificate settings of this machine cannot be used: {reason}").format(
                reason=scrub(reason or type(error).__name__)[:200]
            ),
            _("look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"),
        ) from None


def _named_certificates(trust_env: bool) -> tuple[bool, str, str]:
    return trust_env, os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")


@cache
def _trusted(trust_env: bool, _file: str, _folder: str) -> ssl.SSLContext:
    """Whom httpx trusts under these variables; read once, since all clients of a run trust the same."""
    import httpx

    return httpx.create_ssl_context(trust_env=trust_env)
