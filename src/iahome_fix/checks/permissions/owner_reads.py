"""The check `permissions.owner-reads`: does a signed-in customer see own accesses? Tried, as customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.permissions.denied import USAGE, denied, may_not_call
from iahome_fix.checks.permissions.hidden_rows import hidden_rows, no_policy
from iahome_fix.checks.permissions.read_policies import read_policies
from iahome_fix.checks.permissions.recursion import recursion
from iahome_fix.checks.registry import check
from iahome_fix.checks.schema.values import kinds_of_values
from iahome_fix.errors import ToolError
from iahome_fix.facts import signed_in
from iahome_fix.facts.own_rows import TABLES, Look
from iahome_fix.facts.own_rows import looks as tried
from iahome_fix.facts.tables import accesses, gaps, may_use_schema
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, Status, blocked, fail, ok, unknown
from iahome_fix.systems.database_errors import MayNotCall, SqlError
from iahome_fix.systems.management_errors import ManagementError

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_NOT_COMPARED = ("42883", "42804")
"""What PostgreSQL says where this tool compares a text as a moment, or as yes or no."""


@check(
    "permissions.owner-reads",
    N_("a signed-in customer sees own accesses"),
    needs=("schema.columns", "schema.types", "schema.profiles"),
    beside=("permissions.service-role",),
    queries=(
        *signed_in.FILES,
        "checks/denied_objects",
        "checks/privileges",
        "checks/read_policies",
        "checks/recursive_policies",
        "checks/sample_login",
        "checks/sees_own",
        "checks/tables",
        "module_access/140_service_role",
        "module_access/145_customers_select",
        "module_access/147_select_where_others_decide",
    ),
)
def owner_reads(ctx: Seen) -> Finding:
    """The page reads with the customer's login: own profile, own rows, the modules.

    Found by: those reads, done as a few real customers (their role, every claim that their login has, the
    settings that the Data API applies) in a transaction that is rolled back, and compared with what the owner
    of the tables sees. Before that each function that policies reach is asked for: may the role execute it?
    Where the answer depends on what only the token of a login shows (its app_metadata, a second factor, a
    claim of a hook), or on the hour, it is not known; to find that out, everything is read that a policy
    reaches: functions that functions call, views, and the policies of the tables behind them. Rows that are
    hidden from some customers only are mentioned: a policy may do so on purpose.
    Repair: `migrate` adds the right and the policy where no policy at all lets a customer read. A policy that
    somebody made is left as it is: the finding names it, its condition, and what a person may run.
    Never: switch row level security off, or a policy `using (true)`: each customer would read all. Add a
    second policy beside one that hides rows: it would show what the first one hides on purpose.
    """
    if not may_use_schema(ctx, "authenticated"):
        if not may_use_schema(ctx, "service_role"):
            return blocked(_("no role may use the schema public"), "permissions.service-role")
        return fail(_("signed-in customers may not use the schema public"), hint=_(USAGE))
    looks = tried.or_why(ctx)
    if isinstance(looks, ToolError):
        # A token that may only read tries nothing; what no right and no policy lets through needs no trial.
        may_only_read = isinstance(looks, ManagementError) and looks.reason == "permission"
        if may_only_read and (told := _unread(ctx, None)):
            return told
        raise looks
    if not looks:
        return _unread(ctx, None) or ok(
            _("the right and the policies are there; there is no customer to try them with")
        )
    for one in looks:
        if one.error is not None:
            return _refused(ctx, one, one.error)
    hidden = [one for one in looks if one.hidden]
    if not hidden:
        return ok(
            ngettext(
                "tried as {count} customer: own profile and own accesses are visible",
                "tried as {count} customers: own profile and own accesses are visible",
                len(looks),
            ).format(count=len(looks)),
            tried=len(looks),
        )
    return hidden_rows(ctx, looks, hidden)


def _refused(ctx: Seen, seen: Look, error: SqlError) -> Finding:
    table = seen.table or "module_access"
    if isinstance(error, MayNotCall):
        return may_not_call(_("no signed-in customer can read own accesses"), error)
    if error.sqlstate == "42P17":
        return recursion(ctx, seen.customer.login.role, table, error)
    if error.sqlstate == "42501" and "set role" in error.message:
        return _unread(ctx, None) or unknown(
            _("this database user may not act as a customer: {reason}").format(reason=error.message),
            hint=_("use the connection string of the role postgres"),
        )
    if error.sqlstate == "42501":
        return _unread(ctx, error) or denied(
            ctx, seen.customer.login.role, _("a customer cannot read {table}").format(table=table), error
        )
    mistaken = None if ctx.profile.is_guides else kinds_of_values(ctx)
    if mistaken is not None and error.sqlstate in _NOT_COMPARED:
        return unknown(mistaken.detail, hint=mistaken.hint)
    return fail(
        _("a customer cannot read {table}: {reason} ({state})").format(
            table=table, reason=error.said, state=error.sqlstate
        ),
        hint=_by_whom(ctx, seen),
        table=table,
        sqlstate=error.sqlstate,
    )


def _unread(ctx: Seen, refusal: SqlError | None) -> Finding | None:
    """What keeps every customer from reading: no right to the table, or no policy at all."""
    fix = ctx.fix("migrate", undoable=True)
    about_it = refusal is None or refusal.message.endswith(f" {ctx.profile.table.name}")
    withheld = gaps(ctx, "147_select_where_others_decide") if about_it else ()
    if withheld:
        return fail(
            _("signed-in customers have {what}").format(what=withheld[0].what),
            hint=_("if those policies show no more than is meant, in the SQL editor: {statement}").format(
                statement=withheld[0].statement
            ),
        )
    if about_it and gaps(ctx, "145_customers_select"):
        server = gaps(ctx, "140_service_role")
        if server and ctx.status("permissions.service-role") is Status.FAIL:
            return blocked(_("the rights are missing for all roles"), "permissions.service-role")
        return fail(_("signed-in customers have no right to select from module_access"), fix=fix)
    if refusal is None and accesses(ctx).row_level_security:
        applying = read_policies(ctx, "authenticated", ["module_access"])
        if not any(policy.permissive for policy in applying):
            return no_policy(ctx, "module_access")
    return None


def _by_whom(ctx: Seen, seen: Look) -> str | None:
    """Which policies may have raised an error, and that whoever made them has to act."""
    found = [p for p in read_policies(ctx, seen.customer.login.role, TABLES) if not p.is_view]
    asked = [policy for policy in found if policy.asked == seen.table] or list(found)
    if not asked:
        return None
    return _("a policy ends in this error; whoever made it has to correct it: {names}").format(
        names=_("; ").join(f"{policy.table}, {policy.said}" for policy in asked)
    )
