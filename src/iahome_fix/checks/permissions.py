"""Link permissions: may each role do what the app does as that role, and no more?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from iahome_fix import sql
from iahome_fix.checks import trials
from iahome_fix.checks.api_schema import unread
from iahome_fix.checks.context import Context
from iahome_fix.checks.exposure import anon, row_level_security
from iahome_fix.checks.registry import check
from iahome_fix.checks.tables import gaps, privileges, tables
from iahome_fix.checks.webhook_role import webhook_role
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Status, blocked, fail, ok, unknown
from iahome_fix.systems.database import Login, SqlError
from iahome_fix.systems.open import no_sql

# What the server does as service_role besides module_access (iahome-schema, section 3).
_SERVER_READS = ("modules", "profiles", "access_tokens")
_POLICIES = "select polname from pg_policy where polrelid = 'public.{table}'::regclass"
_GRANTS = N_(
    "permission denied (42501) is a missing grant, not a policy: new tables are granted to no role;"
    " migrate grants what the app needs, and no more"
)
_USAGE = N_("in the SQL editor: grant usage on schema public to anon, authenticated, service_role")


@check(
    "permissions.service-role",
    N_("the server may read and write"),
    needs=("schema.module-access",),
    queries=(
        *trials.FILES,
        "checks/privileges",
        "checks/tables",
        "module_access/140_service_role",
    ),
)
def service_role(ctx: Context) -> Finding:
    """The service role bypasses row level security, but not missing grants; new tables are granted to no
    role.

    Found by: each of the server's statements on `module_access`, handed to PostgreSQL as that role (planned,
    not run); the rights to its sequence, and to read `modules`, `profiles`, `access_tokens`.
    Repair: `migrate` grants exactly what is needed on `module_access`; the others by hand, as the hint says.
    Never: grant anything to anon because the server lacks a right.
    """
    if ctx.only_data_api:
        return _reading(ctx, unread(ctx))
    granted = privileges(ctx)
    if not _may_use_schema(ctx, "service_role"):
        return fail(
            _("service_role may not use the schema public: every request of the server is refused")
            + ("" if _may_use_schema(ctx, "authenticated") else _("; nor may signed-in customers")),
            hint=_(_USAGE),
        )
    missing = _missing(ctx)
    if missing:
        customer = not granted.get(("authenticated", "module_access", "select"), True)
        return fail(
            _("the server (service_role) has no right to module_access: {what}").format(
                what=", ".join(missing)
            )
            + (_("; nor have signed-in customers to select from it") if customer else ""),
            hint=_(_GRANTS),
            fix=ctx.fix("migrate", undoable=True),
            missing=missing,
        )
    closed = [
        name
        for name in _SERVER_READS
        if tables(ctx)[name].is_table and not granted.get(("service_role", name, "select"), True)
    ]
    if closed:
        return _closed(closed)
    return ok(_("service_role has every right that the app's server uses"))


def _missing(ctx: Context) -> list[str]:
    """What the server lacks on module_access: commands as tried, and the sequence that an insert asks."""
    wanted = [gap.detail for gap in gaps(ctx, "140_service_role")]
    sequence = [detail for detail in wanted if detail not in trials.COMMANDS]
    try:
        return [*trials.denied(ctx, "service_role"), *sequence]
    except (trials.MayNotAct, SqlError):
        # Another database user than postgres, or a column that is not there: the catalog's word stands.
        return wanted


def _closed(names: list[str]) -> Finding:
    return fail(
        _("service_role may not read {names}").format(names=", ".join(names)),
        hint=_("in the SQL editor: grant select on {names} to service_role").format(
            names=", ".join(f"public.{name}" for name in names)
        ),
        tables=names,
    )


def _reading(ctx: Context, closed: list[str]) -> Finding:
    """Without SQL: reading can be tried, writing cannot."""
    if "module_access" in closed:
        return fail(
            _("the server (service_role) has no right to module_access: {what}").format(what="select"),
            hint=_(_GRANTS),
            fix=ctx.fix("migrate", undoable=True),
            missing=["select"],
        )
    if closed:
        return _closed(closed)
    raise no_sql(_("service_role may read; whether it may write to module_access only SQL can tell"))


@check(
    "permissions.owner-reads",
    N_("a signed-in customer sees own accesses"),
    needs=("schema.columns", "schema.types", "schema.profiles"),
    queries=(
        *trials.FILES,
        "checks/privileges",
        "checks/recursive_policies",
        "checks/sample_login",
        "checks/sees_access",
        "checks/sees_modules",
        "checks/sees_profile",
        "checks/tables",
        "module_access/130_owner_policy",
        "module_access/140_service_role",
        "module_access/150_authenticated",
    ),
)
def owner_reads(ctx: Context) -> Finding:
    """The page reads with the customer's login: own profile, own rows, the modules.

    Found by: those reads, done as a real customer (role authenticated, that login's claims) in a transaction
    that is rolled back, and compared with what the owner of the tables sees.
    Repair: `migrate` adds the policy and the grant; a policy that reads its own table is dropped by hand.
    Never: switch row level security off, or a policy `using (true)`: each customer would read all.
    """
    if not _may_use_schema(ctx, "authenticated"):
        if not _may_use_schema(ctx, "service_role"):
            return blocked(_("no role may use the schema public"), "permissions.service-role")
        return fail(_("signed-in customers may not use the schema public"), hint=_(_USAGE))
    no_policy = gaps(ctx, "130_owner_policy")
    no_grant = _may_not_select(ctx)
    server = gaps(ctx, "140_service_role")
    if no_grant and server and ctx.awaited("permissions.service-role") is Status.FAIL:
        return blocked(_("the grants are missing for all roles"), "permissions.service-role")
    fix = ctx.fix("migrate", undoable=True)
    if no_grant:
        return fail(_("signed-in customers have no right to select from module_access"), fix=fix)
    secured = tables(ctx)["module_access"].row_level_security
    if secured and no_policy:
        return fail(
            _("row level security is on, and no policy lets a signed-in customer read: every list is empty"),
            hint=_("the rows are there; no data is lost"),
            fix=fix,
        )
    samples = ctx.database.read(sql.load("checks/sample_login"))
    if not samples:
        return ok(_("the grant and the policy are there; no customer to try it with"))
    return _seen_by(ctx, samples[0], fix_command=ctx.settings.command("migrate"))


def _may_not_select(ctx: Context) -> bool:
    """Whether a customer has no right to the columns that the page asks for, as tried."""
    if not any(gap.detail == "select" for gap in gaps(ctx, "150_authenticated")):
        return False
    try:
        return "select" in trials.denied(ctx, "authenticated")
    except (trials.MayNotAct, SqlError):
        return True


def _seen_by(ctx: Context, sample: Mapping[str, Any], fix_command: str) -> Finding:
    login = Login("authenticated", {"sub": sample["id"], "email": sample["email"]})
    reads = (
        ("profiles", "checks/sees_profile", {"email": sample["email"]}, 1),
        ("module_access", "checks/sees_access", {"user_id": sample["id"]}, int(sample["expected"] or 0)),
        ("modules", "checks/sees_modules", None, int(sample["modules"] or 0)),
    )
    for table, query, params, expected in reads:
        try:
            seen = int(ctx.database.read(sql.load(query), params, login=login)[0]["found"])
        except SqlError as error:
            return _refused_read(ctx, table, error)
        if seen < expected:
            return fail(
                _("a customer reads {seen} of {expected} own rows of {table}: a policy hides them").format(
                    seen=seen, expected=expected, table=table
                ),
                hint=_(
                    "compare the policies of {table} with the one that `{command} --dry-run` would make"
                ).format(table=table, command=fix_command),
                table=table,
            )
    return ok(_("tried as a customer: own profile and own accesses are visible"))


def _refused_read(ctx: Context, table: str, error: SqlError) -> Finding:
    if error.sqlstate == "42P17":
        return _recursion(ctx, table, error)
    if error.sqlstate == "42501" and "set role" in error.message:
        return unknown(
            _("this database user may not act as a customer: {reason}").format(reason=error.message),
            hint=_("use the connection string of the role postgres"),
        )
    return fail(
        _("a customer cannot read {table}: {reason} ({state})").format(
            table=table, reason=error.message, state=error.sqlstate
        ),
        hint=_right_to(table, error) if error.sqlstate == "42501" else None,
        table=table,
        sqlstate=error.sqlstate,
    )


def _right_to(table: str, error: SqlError) -> str:
    """The grant that is missing: PostgreSQL names the function where a policy may not call one."""
    found = re.search(r"permission denied for function (\S+)", error.message)
    if found:
        return _(
            "a policy of {table} calls it; in the SQL editor: grant execute on function {name} to"
            " authenticated"
        ).format(table=table, name=found[1])
    return _("in the SQL editor: grant select on public.{table} to authenticated").format(table=table)


def _recursion(ctx: Context, table: str, error: SqlError) -> Finding:
    """PostgreSQL names the table whose policy reads itself; it may be another one than was asked for."""
    found = re.search(r'relation "([^"]+)"', error.message)
    guilty = found[1] if found else table
    rows = ctx.database.read(sql.load("checks/recursive_policies"), {"relation": guilty})
    names = [str(row["policy"]) for row in rows]
    return fail(
        _("reading {table} as a customer ends in a policy that queries its own table (42P17)").format(
            table=table
        )
        + (_(": {names} on {guilty}").format(names=", ".join(names), guilty=guilty) if names else ""),
        hint=_("drop it and keep the policy for the own row; in the SQL editor: {statements}").format(
            statements="; ".join(f"drop policy {quoted(name)} on public.{guilty}" for name in names)
            or _POLICIES.format(table=guilty)
        ),
        table=guilty,
        policies=names,
        sqlstate=error.sqlstate,
    )


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _may_use_schema(ctx: Context, role: str) -> bool:
    return privileges(ctx).get((role, "schema public", "usage"), True)


CHECKS = (service_role, owner_reads, webhook_role, row_level_security, anon)
