"""May the checks of link site that look into the database do so? They run in `check-stripe`, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import sales
from iahome_fix.errors import MissingCredential
from iahome_fix.facts.tables import tables
from iahome_fix.i18n import _
from iahome_fix.model import Finding, skipped

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context

_READ = {
    "profiles": {"id", "email"},
    "modules": {"id"},
}


def unreadable(ctx: Context) -> Finding | None:
    """Why the sales are not looked at; None where they can be. Raises StripeFailure, SqlError, CouldNotTell.

    Among the checks of `check-stripe` none looks at the tables, as those of `doctor` do before. Of its links
    only a few look into the database; unasked they leave nothing unsaid.
    """
    try:
        if sales.due(ctx) and not _readable(ctx):
            return skipped(_("the tables are not as the app needs them: `doctor` says how"), not_asked=True)
        sales.sales(ctx)
    except MissingCredential as error:
        return skipped(error.message, hint=error.hint, not_asked=True, variables=list(error.variables))
    return None


def _readable(ctx: Context) -> bool:
    accesses = ctx.profile.table
    wanted = (accesses.owner, accesses.module, accesses.active, accesses.ends, accesses.metadata)
    needed = {**_READ, accesses.name: {column.name for column in wanted if column is not None}}
    return all(set(tables(ctx)[name].columns) >= columns for name, columns in needed.items())
