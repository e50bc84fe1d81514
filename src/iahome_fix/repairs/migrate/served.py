"""Does the Data API serve the tables as they are? After a migration it takes a moment, or for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell
from iahome_fix.facts.tables import unknown_columns
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context

_PATIENCE = 3  # times what one answer may take
_PAUSE = 0.3
_NOT_YET = ("PGRST205", "42P01", "PGRST002")


def wait_until_served(ctx: Context, say: Callable[[str], None]) -> bool | None:
    """Wait, three time limits at most; None when there is no Data API to ask, or it does not answer."""
    settings = ctx.settings
    if settings.data_api_declared_absent or not (settings.supabase_api_url and settings.service_role_key):
        return None
    catalog = {
        row["name"]: row["columns"] for row in ctx.database.read(sql.load("checks/tables", ctx.profile))
    }
    deadline = time.monotonic() + _PATIENCE * ctx.timeout
    said = False
    while time.monotonic() < deadline:
        try:
            reply = ctx.data_api.serves("module_access")
        except CouldNotTell as error:
            say(error.message)
            return None
        if reply.code in ("network", "gateway", "402", "404", "429"):
            return None
        if reply.code not in _NOT_YET and not unknown_columns(catalog, ctx.data_api.served_columns() or {}):
            return True
        if not said:
            say(_("waiting for the Data API to serve module_access …"))
        said = True
        time.sleep(_PAUSE)
    return False


def not_served(ctx: Context) -> CouldNotTell:
    """The schema is right, the Data API does not see it."""
    return CouldNotTell(
        "not-served",
        _("the schema is as planned, but the Data API still does not serve it after {seconds} s").format(
            seconds=round(_PATIENCE * ctx.timeout)
        ),
        _("restart the project in the Supabase dashboard (Settings, General), then run doctor"),
    )
