"""The check `supabase.database`: can SQL be run?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.env.variables import OTHER_PROJECT, stains
from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts import same_project
from iahome_fix.facts.connection import connection
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, ok, unknown, warn
from iahome_fix.settings.names import DATABASE_URL
from iahome_fix.systems.database_errors import DatabaseUnreachable

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.settings import Settings


_DATA_API = N_("the Data API, which shows less")
_OF_ANOTHER = N_("the tables of another project say nothing: copy the connection string of this one")
_DOLLAR = N_(
    "{place}: a $ in it was read as a variable that is set nowhere, and became nothing, in the app as well as"
    " here: write \\$ for a plain $, or %24 in the address"
)


@check(
    "supabase.database",
    N_("SQL can be run on the project"),
    queries=("checks/who_am_i", same_project.QUERY),
)
def database(ctx: Seen) -> Finding:
    """The tables are judged from the catalogs, so a way to run SQL is needed.

    Found by: one query over SUPABASE_DB_URL; and, where the address names no project, whether it knows
    customers whom the Data API has. The app itself does not use it: a wrong password here leaves
    the customers' modules where they are, it only keeps this tool from looking. A database that is not on
    this machine is reached over TLS; an sslmode that may do without it is a warning.
    Where it cannot be read or gives no session, the next way that is configured is taken (SQL over the
    Management API with a token, else the Data API), and this stays a warning.
    Repair: copy the connection string again (Supabase, Connect); the session pooler where IPv6 is missing.
    Never: judge the tables of another project by this one's address.
    """
    foreign = [s for s in stains(ctx).get(DATABASE_URL, ()) if s.code == OTHER_PROJECT]
    if foreign:
        return unknown(
            foreign[0].sentence,
            hint=_(_OF_ANOTHER),
        )
    found = connection.or_why(ctx)
    if isinstance(found, DatabaseUnreachable):
        return unknown(found.message, hint=mended(ctx.settings, found), reason=found.reason)
    if isinstance(found, ToolError):
        raise found
    if found.refused is not None:
        return _went_over(ctx, found.refused, found.way or _(_DATA_API))
    strangers = same_project.strangers(ctx)
    if strangers:
        return unknown(
            ngettext(
                "SQL reads another database than the Data API serves: {count} customer of the Data API is not"
                " in it",
                "SQL reads another database than the Data API serves: {count} customers of the Data API are"
                " not in it",
                strangers,
            ).format(count=strangers),
            hint=_(_OF_ANOTHER),
            user=found.user,
        )
    connected = _("connected to {label} as {user}, PostgreSQL {version}").format(
        label=found.way, user=found.user, version=found.version.partition(" ")[0]
    )
    weak = ctx.settings.database_transport.warning
    if weak:
        return warn(
            _("{connected}; {weakness}").format(connected=connected, weakness=weak),
            hint=_("write sslmode=require, or verify-full with sslrootcert, into the database URL"),
            user=found.user,
            version=found.version,
        )
    return ok(connected, user=found.user, version=found.version)


def _went_over(ctx: Seen, refused: DatabaseUnreachable, way: str) -> Finding:
    """The broken way is a finding of its own, and what follows was looked at over the next one."""
    return warn(
        _("{reason}; what follows was looked at over {way}").format(reason=refused.message, way=way),
        hint=mended(ctx.settings, refused),
        reason=refused.reason,
    )


def mended(settings: Settings, error: DatabaseUnreachable) -> str | None:
    """How a database URL that gives no session is mended, by what the env file did to it."""
    value = settings.get(DATABASE_URL)
    if error.reason == "password" and value is not None and value.lost:
        return _(_DOLLAR).format(place=value.source.place)
    return error.hint
