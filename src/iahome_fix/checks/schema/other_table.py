"""The table of accesses of another version of the app, which stays as that app made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.facts.tables import accesses
from iahome_fix.i18n import _
from iahome_fix.model import Finding, fail, ok

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


def of_its_app(ctx: Seen) -> Finding:
    """What the guide asks of its own table, and no other version of the app of its."""
    return ok(_("not asked of {table}: its app made it otherwise").format(table=ctx.profile.table.name))


def columns(ctx: Seen) -> Finding | None:
    """The columns that the handler fills, or the page reads, and that are not there; None for none."""
    table = ctx.profile.table
    needed = dict.fromkeys((*table.required, *ctx.profile.handler.fills, *ctx.profile.page.reads))
    missing = [name for name in needed if name not in accesses(ctx).columns]
    if not missing:
        return None
    return fail(
        _("missing: {columns}; a read or a write that names one of them fails as a whole").format(
            columns=", ".join(f"{table.name}.{name}" for name in missing)
        ),
        hint=_(
            "the app that is deployed and its table are of different versions: deploy the version of"
            " the table, or add the columns by hand; iahome-fix.toml says where this shop's table"
            " differs"
        ),
        missing=[f"{table.name}.{name}" for name in missing],
    )
