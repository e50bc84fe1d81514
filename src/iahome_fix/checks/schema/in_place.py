"""What stands in the place of the table `module_access`: is it one that takes the handler's row?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands
from iahome_fix.errors import ToolError
from iahome_fix.facts import grants as grant_facts
from iahome_fix.facts import trials
from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.model import Finding, fail, unknown, warn
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

QUERIES = (
    "checks/grant_calls",
    "checks/grant_rows",
    "checks/partitions",
    "checks/partitions_lacking",
    "trials/insert",
    "trials/select",
)
"""What these read."""
_SERVER = "service_role"
_MOST_SHOWN = 10


def partitioned(ctx: Seen) -> Finding:
    """A partitioned table: the row of a grant needs a partition that takes it (23514).

    Raises SqlError, MissingCredential.
    """
    told = of_database(ctx, "checks/partitions").only("checks/partitions")
    marks = {"columns": grant_facts.rows(ctx)["sale"], "condition": told["condition"]}
    found = grant_facts.all_of(ctx, "checks/partitions_lacking", marks)
    key, modules = str(told["key"]), ", ".join(str(row["module"]) for row in found[:_MOST_SHOWN])
    if found:
        return fail(
            _(
                "module_access is partitioned by {key}, and none of its partitions takes the row of a grant"
                " of today for the modules {modules} (23514)"
            ).format(key=key, modules=modules),
            hint=_(
                "make the partition that is missing; in the SQL editor: create table"
                " public.module_access_rest partition of public.module_access default; then {command}"
            ).format(command=commands.again(ctx)),
            partitions=int(told["partitions"]),
            modules=len(found),
        )
    return warn(
        _("module_access is a table with partitions (by {key}): one of them takes the row of today").format(
            key=key
        ),
        hint=_("migrate and reconcile refuse such a table: what they would do is for a person"),
        partitions=int(told["partitions"]),
    )


def view(ctx: Seen) -> Finding:
    """A view: whether the server reads and writes through it is tried (planned, not run).

    Raises MissingCredential.
    """
    for statement in ("trials/select", "trials/insert"):
        error = trials.planned.or_why(ctx, _SERVER, statement)
        if isinstance(error, SqlError):
            return fail(
                _(
                    "module_access is a view, not a table, and refuses the server {what}: {reason} ({state})"
                ).format(
                    what=statement.partition("/")[2].upper(),
                    reason=scrub(error.message),
                    state=error.sqlstate,
                ),
                hint=_("find out what made it, rename it by hand, then run migrate; migrate itself refuses"),
                sqlstate=error.sqlstate,
            )
        if isinstance(error, ToolError):
            raise error
    return unknown(
        _(
            "module_access is a view, not a table: the server may read and write through it, and"
            " looking at the view does not show what becomes of a row"
        ),
        hint=_(
            "verify shows whether a payment is granted; to have it judged and repaired, find out what made"
            " the view, rename it by hand, then run migrate; migrate itself refuses"
        ),
    )
