"""The Data API as the only way: is the key the server's own, and what is written to called?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iahome_fix.errors import UsageError
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.settings import Settings


def api_label(settings: Settings) -> str:
    """What is written to, for a person."""
    return _("{host}, over its Data API").format(host=settings.supabase_host)


def require_servers_key(ctx: Context) -> None:
    """Raise UsageError for a visitor's key: row level security hides rows from it without a word, and a plan
    would be wrong."""
    from iahome_fix.settings import names
    from iahome_fix.settings.supabase_shapes import service_role_key

    settings = ctx.settings
    stains = service_role_key(settings.get(names.SERVICE_KEY), settings.supabase_ref, datetime.now(UTC))
    serious = [stain for stain in stains if stain.severity == "fail"]
    if serious:
        raise UsageError(
            "service-role-key",
            serious[0].sentence,
            _("copy the service role key from Supabase, Settings, API keys; nothing was looked at"),
        )
