"""What a refusal of the Data API means to a run that writes a later version's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.i18n import _
from iahome_fix.systems.api_rows import ABSENT, NO_COLUMN, is_of_postgres

if TYPE_CHECKING:
    from iahome_fix.errors import ToolError
    from iahome_fix.systems.api_rows import ApiRefusal


def refused(refusal: ApiRefusal) -> ToolError:
    """Why a request was refused, of which nothing was kept."""
    table, reply = refusal.table, refusal.reply
    if reply.code in ABSENT:
        return Refused(
            "not-a-table",
            _("the Data API does not serve {table} (absent, or not reloaded)").format(table=table),
            _("say in iahome-fix.toml which table the app has, or by --profile which version it is"),
        )
    if reply.code in NO_COLUMN:
        return Refused(
            "columns-missing", _("{table} lacks a column: {reason}").format(table=table, reason=reply.message)
        )
    if reply.code == "42501":
        return Refused(
            "rights",
            _("service_role may not write {table}: {reason}").format(table=table, reason=reply.message),
            _(
                "in the SQL editor: grant select, insert, update, delete on public.{table} to service_role"
            ).format(table=table),
        )
    if reply.code == "23505" and reply.key == "id":
        return Refused("sequence-behind", _("the sequence of {table} is behind its ids").format(table=table))
    if reply.code == "network":
        return CouldNotTell(
            "outcome-unknown",
            _("the answer of the Data API got lost ({reason}): the last batch may be there or not").format(
                reason=reply.message
            ),
            _("run the same command again: what was applied is not applied twice"),
        )
    if reply.code is not None and is_of_postgres(reply.code):
        return Refused(
            "sql-refused",
            _("the database refused a batch ({state}): {reason}").format(
                state=reply.code, reason=reply.message
            ),
        )
    return refusal


def not_kept(table: str, missing: int) -> Refused:
    """The database took rows that are not there."""
    return Refused(
        "not-kept",
        _("the database did not keep {count} rows that it took").format(count=missing),
        _("look for a trigger or a rule on {table} that drops rows").format(table=table),
    )
