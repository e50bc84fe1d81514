"""How SQL is run on the project: over the database URL, the next way, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.errors import UsageError
from iahome_fix.facts.data_api import first_reply
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import fact
from iahome_fix.systems.api_rows import ABSENT, NO_COLUMN, is_of_postgres
from iahome_fix.systems.database_errors import DatabaseUnreachable
from iahome_fix.systems.fallback import as_closed
from iahome_fix.systems.open import has_sql

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen

QUERY = "checks/who_am_i"


@dataclass(frozen=True)
class Connection:
    """A way to the project.

    Attributes:
        way: the database as it may be named; None where no SQL can be run, and the Data API has to do.
        user, version: who runs SQL there, and on which PostgreSQL.
        refused: what the database URL said, where it is not the way.
    """

    way: str | None
    user: str = ""
    version: str = ""
    refused: DatabaseUnreachable | None = None


@fact
def connection(ctx: Context) -> Connection:
    """The way that this run takes: from here on it is the way of all its questions.

    Raises MissingCredential without any way to SQL, DatabaseUnreachable where none answers.
    """
    refused = ctx.sql_refused
    if refused is not None and ctx.only_data_api:
        return Connection(None, refused=refused)
    try:
        row = of_database(ctx, QUERY).only(QUERY)
    except (DatabaseUnreachable, UsageError) as error:
        closed = as_closed(error)
        if closed is None or not data_api_serves(ctx):
            raise
        ctx.without_sql(closed)
        return Connection(None, refused=closed)
    return Connection(ctx.database.label, str(row["who"]), str(row["version"]), ctx.sql_refused)


def data_api_serves(ctx: Seen) -> bool:
    """Whether the Data API is configured beside SQL and lets requests through to the tables."""
    settings = ctx.settings
    keys = settings.supabase_api_url and settings.service_role_key
    if not has_sql(settings) or not keys or settings.data_api_declared_absent:
        return False
    code = first_reply(ctx).code
    return code is None or is_of_postgres(code) or code in (*ABSENT, *NO_COLUMN)
