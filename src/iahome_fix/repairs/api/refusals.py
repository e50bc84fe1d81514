"""What a refusal of the Data API means to a repair, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.domain.refusals import next_step_at_least
from iahome_fix.errors import CouldNotTell, PartlyApplied, Refused
from iahome_fix.i18n import _, ngettext
from iahome_fix.systems.api_rows import ABSENT, NO_COLUMN
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.errors import ToolError
    from iahome_fix.systems.api_rows import ApiRefusal

_ACCESSES = "module_access"


def unreadable(refusal: ApiRefusal) -> ToolError:
    """Why the tables cannot be read as they have to be; nothing was written."""
    table, reply = refusal.table, refusal.reply
    ours = table == _ACCESSES
    if reply.code in ABSENT:
        said = _("the Data API does not serve {table} (absent, or not reloaded)").format(table=table)
        if ours:
            return Refused("not-migrated", said)
        return Refused(
            f"no-{table.replace('_', '-')}", said, _("is this the project of the app? look at the target")
        )
    if reply.code in NO_COLUMN:
        said = _("{table} lacks a column: {reason}").format(table=table, reason=reply.message)
        return Refused("not-migrated", said) if ours or table == "access_tokens" else Refused("columns", said)
    if reply.code == "42501":
        said = _("service_role may not read {table}").format(table=table)
        if ours:
            return Refused("not-migrated", said)
        return Refused(
            "rights",
            said,
            _("in the SQL editor: grant select on public.{table} to service_role").format(table=table),
        )
    if reply.code == "42883":
        said = _("a column of {table} has another type than the app needs").format(table=table)
        return Refused("not-migrated" if ours else "columns", said)
    return refusal


def unwritten(refusal: ApiRefusal) -> ToolError:
    """Why a batch was not written."""
    reply = refusal.reply
    if reply.code == "42501":
        return Refused("not-migrated", _("service_role may not write: {reason}").format(reason=reply.message))
    if reply.code == "23505" and reply.key == "id":
        return Refused("not-migrated", _("the sequence of module_access is behind its ids"))
    if reply.code in ABSENT or reply.code in NO_COLUMN:
        return unreadable(refusal)
    if reply.code == "network":
        return CouldNotTell(
            "outcome-unknown",
            _("the answer of the Data API got lost ({reason}): the last batch may be there or not").format(
                reason=reply.message
            ),
            _("run the same command again: what was applied is not applied twice"),
        )
    if reply.code is not None and len(reply.code) == 5 and not reply.code.startswith("PGRST"):
        return Refused(
            "sql-refused",
            _("the database refused a batch ({state}): {reason}").format(
                state=reply.code, reason=reply.message
            ),
            next_step_at_least(SqlError(reply.code, reply.message)),
        )
    return refusal


def not_kept(missing: int) -> Refused:
    """The database took rows that are not there."""
    return Refused(
        "not-kept",
        _("the database did not keep {count} rows that it took").format(count=missing),
        _("look for a trigger or a rule on module_access that drops rows"),
    )


def changing(customers: int) -> Refused:
    """Accesses that somebody changed each time between the look at them and the change."""
    return Refused(
        "changed-meanwhile",
        ngettext(
            "{count} access was changed by somebody while it was extended, and left as it is",
            "{count} accesses were changed by somebody while they were extended, and left as they are",
            customers,
        ).format(count=customers),
        _("run the same command again: it does the rest"),
    )


def doubled(customers: int) -> Refused:
    """Customers with several active accesses to a module, which the unique index would not have let in."""
    return Refused(
        "not-migrated",
        ngettext(
            "{count} customer has several active accesses to one module: module_access has no unique index",
            "{count} customers have several active accesses to one module: module_access has no unique index",
            customers,
        ).format(count=customers),
    )


def untold(reason: ToolError, run_id: str, *, begun: bool) -> ToolError:
    """What a run wrote cannot be read back. `begun`: that it wrote something is sure."""
    again = _("run the same command again: what was applied is not applied twice")
    if begun:
        return PartlyApplied(
            "partly-applied",
            _("accesses were written, how many is not known (run {run}): {reason}").format(
                run=run_id, reason=reason.message
            ),
            again,
        )
    return CouldNotTell(
        "outcome-unknown",
        _("it is not known whether accesses were written (run {run}): {reason}").format(
            run=run_id, reason=reason.message
        ),
        again,
    )


def partly(reason: ToolError, run_id: str, created: int, due: int) -> PartlyApplied:
    """A part is written, the rest is not."""
    return PartlyApplied(
        "partly-applied",
        _("{created} of {due} accesses were created (run {run}), then: {reason}").format(
            created=created, due=due, run=run_id, reason=reason.because
        ),
        _("run the same command again: it does the rest"),
    )
