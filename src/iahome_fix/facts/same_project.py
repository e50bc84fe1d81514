"""Whether the database that SQL reads is the one that the Data API serves, where no address says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.errors import ToolError
from iahome_fix.facts.connection import data_api_serves
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import derived, fact
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.expected import UNEXPECTED

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.data_api import Reply

QUERY = "checks/known_profiles"
_NO_TABLE = ("42P01", "3F000")
_SEVERAL = 5
"""One may have been deleted in between."""


@fact
def served_profiles(ctx: Context) -> Reply:
    """The ids of a few customers, as the Data API has them."""
    return ctx.data_api.select("profiles", "id", limit=_SEVERAL)


@derived
def strangers(ctx: Seen) -> int:
    """How many of them are asked of SQL, where it knows none of them; 0 where it does, or cannot tell."""
    if ctx.settings.database_ref is not None or not ctx.settings.database_url or not data_api_serves(ctx):
        return 0
    reply = served_profiles.or_why(ctx)
    if isinstance(reply, ToolError) or reply.code is not None or not reply.rows:
        return 0
    ids = sorted(str(row["id"]) for row in reply.rows)
    known = of_database.or_why(ctx, QUERY, {"ids": ids})
    if isinstance(known, SqlError) and known.sqlstate in _NO_TABLE:
        return len(ids)
    if isinstance(known, ToolError) and known.code == UNEXPECTED:
        raise known
    if isinstance(known, ToolError):
        return 0
    row = known.only(QUERY)
    return 0 if int(row["found"]) or row["hidden"] else len(ids)
