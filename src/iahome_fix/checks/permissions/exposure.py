"""The security checks of link permissions: does anyone see, or write, what is not theirs?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from iahome_fix.checks.permissions.denied import may_not_call
from iahome_fix.checks.permissions.read_policies import read_policies
from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts.exposure import hidden_from_visitors, served_to_visitors, strangers_see, visitors_see
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.tables import accesses, privileges, tables
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Kind, Status, blocked, fail, ok, unknown, warn
from iahome_fix.systems.database_errors import MayNotCall, SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_CUSTOMER = "authenticated"
_STOPPED = ("08", "40", "53", "55", "57", "58", "XX")
"""Classes of errors that say nothing of a right: the query was stopped, or the server is in trouble."""
_COMMANDS = ("select", "insert", "update", "delete")


@check(
    "permissions.row-level-security",
    N_("row level security keeps customers apart"),
    kind=Kind.SECURITY,
    needs=("schema.module-access",),
    queries=(
        "checks/own_updates",
        "checks/privileges",
        "checks/read_policies",
        "checks/sees_others",
        "checks/tables",
        "checks/write_policies",
    ),
)
def row_level_security(ctx: Seen) -> Finding:
    """Without it, or with a policy that is too wide, one customer reads or writes the accesses of others.

    Found by: the catalog, and by counting the rows that a login without any rows can read.
    Repair: `migrate` switches it on; a policy that is too wide is dropped by hand.
    Never: switch it on while the app's webhook writes with the public key: payments would stop being granted.
    """
    table = accesses(ctx)
    if not table.row_level_security:
        return _exposed(ctx)
    others = strangers_see.or_why(ctx)
    if isinstance(others, SqlError):
        if isinstance(others, MayNotCall) and not others.certain:
            return may_not_call("", others)
        if others.sqlstate not in ("42501", "42P17", "42703", "42883"):
            return unknown(_("could not be tried: {reason}").format(reason=others.message))
    elif isinstance(others, ToolError):
        raise others
    elif others:
        return fail(
            _("a signed-in customer can read the accesses of others: a policy is too wide"),
            hint=_(
                "one of these lets in more than the own rows; whoever made it has to narrow it: {names}"
            ).format(
                names=_("; ").join(
                    policy.said
                    for policy in read_policies(ctx, _CUSTOMER, ["module_access"])
                    if policy.permissive
                )
            ),
        )
    policies = of_database(ctx, "checks/write_policies")
    granted = privileges(ctx)
    open_ones = [
        row["policy"]
        for row in policies
        if any(
            granted.get((role, ctx.profile.table.name, command), False)
            for role in ("anon", "authenticated")
            if role in row["roles"] or "public" in row["roles"]
            for command in (("insert", "update", "delete") if row["command"] == "all" else (row["command"],))
        )
    ]
    if open_ones:
        return fail(
            _("policies let customers write their own accesses: {names}").format(names=", ".join(open_ones)),
            hint=_("the server needs no policy; drop them once the webhook writes with the service role key"),
            fix=ctx.fix("migrate", undoable=True),
            policies=open_ones,
        )
    own = str(of_database(ctx, "checks/own_updates").only("checks/own_updates")["columns"])
    if own:
        return warn(
            _("a buyer can change these columns of own rows: {columns}").format(columns=own),
            hint=_(
                "with is_active an access that was withdrawn is switched on again, with expires_at it"
                " lasts for ever; let the server make that change, then {command} revokes the right"
            ).format(command=ctx.settings.command("migrate")),
            columns=own.split(", "),
        )
    naked = [
        name
        for name in ("access_tokens", "profiles")
        if tables(ctx)[name].is_table and not tables(ctx)[name].row_level_security
    ]
    if naked:
        return warn(_("row level security is off on {names}").format(names=", ".join(naked)), tables=naked)
    return ok(_("row level security is on, and no policy is too wide"))


@check(
    "permissions.anon",
    N_("the public reaches nothing"),
    kind=Kind.SECURITY,
    needs=("schema.module-access",),
    beside=("supabase.reachable",),
    queries=(
        "checks/any_row",
        "checks/any_token",
        "checks/privileges",
        "checks/tables",
    ),
)
def anon(ctx: Seen) -> Finding:
    """The anon key is in every visitor's browser: what it can read or write, everybody can.

    Found by: reading `module_access` and `access_tokens` as anon, in the database and over the Data API with
    the public key where it is configured; and by the rights and policies to write. A right that no policy
    lets through exposes nothing. Repair: `migrate` revokes these rights.
    Never: leave a right to anon because the webhook writes with it; give the server the service role key.
    """
    if not accesses(ctx).row_level_security and any(
        privileges(ctx).get(("anon", ctx.profile.table.name, command), False) for command in _COMMANDS
    ):
        return blocked(_("row level security is off"), "permissions.row-level-security")
    names = [name for name in hidden_from_visitors(ctx) if tables(ctx)[name].is_table]
    looks = ctx.at_once([partial(visitors_see.or_why, ctx, name) for name in names])
    for name, seen in zip(names, looks, strict=True):
        if isinstance(seen, SqlError):
            if seen.sqlstate == "42501" and "set role" in seen.message:
                return unknown(
                    _("this database user may not act as the public: {reason}").format(reason=seen.message)
                )
            if isinstance(seen, MayNotCall) and not seen.certain:
                return may_not_call("", seen)
            if seen.sqlstate[:2] in _STOPPED:
                return unknown(_("could not be tried: {reason}").format(reason=seen.message))
            continue
        if isinstance(seen, ToolError):
            raise seen
        if seen or _served_to_visitors(ctx, name):
            return fail(
                _("the public can read rows of {table}").format(table=name),
                fix=ctx.fix("migrate", undoable=True) if name != "access_tokens" else None,
                hint=None
                if name != "access_tokens"
                else _("in the SQL editor: alter table public.access_tokens enable row level security"),
                table=name,
            )
    leftover = [
        command
        for command in _COMMANDS
        if privileges(ctx).get(("anon", ctx.profile.table.name, command), False)
    ]
    if leftover:
        return ok(
            _("anon still has rights ({what}), but no policy lets it through").format(
                what=", ".join(leftover)
            ),
            grants=leftover,
        )
    return ok(_("anon has no right to module_access"))


def _served_to_visitors(ctx: Seen, table: str) -> bool:
    """Does the Data API give rows to the public key itself, whatever the database says of anon?"""
    if ctx.only_data_api or not ctx.settings.anon_key or ctx.settings.data_api_declared_absent:
        return False
    if ctx.status("supabase.reachable") is not Status.OK:
        return False
    return served_to_visitors(ctx, table)


def _exposed(ctx: Seen) -> Finding:
    """Row level security is off: who can reach the rows is a matter of grants alone."""
    granted = privileges(ctx)

    def has(role: str, *commands: str) -> bool:
        return any(granted.get((role, ctx.profile.table.name, command), False) for command in commands)

    who = next((role for role in ("anon", "authenticated") if has(role, *_COMMANDS)), None)
    if who is None:
        return warn(
            _(
                "row level security is off on module_access; no customer has a right to it, so nothing is"
                " exposed"
            ),
            fix=ctx.fix("migrate", undoable=True),
        )
    whom = _("anyone with the public key") if who == "anon" else _("any signed-in customer")
    changes = has(who, "insert", "update", "delete")
    what = _("read and change every row") if changes and has(who, "select") else _("read every row")
    if changes and not has(who, "select"):
        what = _("change rows")
    return fail(
        _("row level security is off on module_access: {who} can {what}").format(who=whom, what=what),
        hint=_("make sure that the app's webhook uses the service role key, then migrate"),
        fix=ctx.fix("migrate", undoable=True),
        role=who,
    )
