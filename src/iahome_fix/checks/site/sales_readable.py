"""May the checks of link site that look into the database do so? They run in `check-stripe`, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.errors import MissingCredential, ToolError
from iahome_fix.facts import sales
from iahome_fix.facts.tables import tables
from iahome_fix.i18n import _
from iahome_fix.model import Finding, skipped

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_READ = {
    "profiles": {"id", "email"},
    "modules": {"id"},
}


def unreadable(ctx: Seen) -> Finding | None:
    """Why the sales are not looked at; None where they can be. Raises StripeFailure, SqlError, CouldNotTell.

    Among the checks of `check-stripe` none looks at the tables, as those of `doctor` do before. Of its links
    only a few look into the database; unasked they leave nothing unsaid.
    """
    due = sales.due.or_why(ctx)
    if not isinstance(due, ToolError) and due:
        known = tables.or_why(ctx)
        if isinstance(known, ToolError):
            return _unasked(known)
        if not _readable(ctx):
            return skipped(_("the tables are not as the app needs them: `doctor` says how"), not_asked=True)
    found = sales.sales.or_why(ctx)
    return _unasked(found) if isinstance(found, ToolError) else None


def _unasked(error: ToolError) -> Finding:
    if not isinstance(error, MissingCredential):
        raise error
    return skipped(error.message, hint=error.hint, not_asked=True, variables=list(error.variables))


def _readable(ctx: Seen) -> bool:
    accesses = ctx.profile.table
    wanted = (accesses.owner, accesses.module, accesses.active, accesses.ends, accesses.metadata)
    needed = {**_READ, accesses.name: {column.name for column in wanted if column is not None}}
    return all(set(tables(ctx)[name].columns) >= columns for name, columns in needed.items())
