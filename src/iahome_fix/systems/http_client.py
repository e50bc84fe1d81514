"""An HTTP client under the settings of this machine, which may be wrong themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.masks import scrub

if TYPE_CHECKING:
    import httpx


def open_client(**settings: Any) -> httpx.Client:
    """An `httpx.Client` with these settings and this tool's name.

    Raises CouldNotTell where a variable of the shell (a proxy, a file of certificates) makes none possible.
    """
    import httpx

    from iahome_fix import __version__

    try:
        # A name of our own: Supabase's gateway refuses secret keys from what looks like a browser.
        return httpx.Client(headers={"User-Agent": f"iahome-fix/{__version__}"}, **settings)
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CouldNotTell(
            "surroundings",
            _("the proxy or certificate settings of this machine cannot be used: {reason}").format(
                reason=scrub(reason or type(error).__name__)[:200]
            ),
            _("look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"),
        ) from None
