"""Link permissions: may each role do what the app does as that role, and no more?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iahome_fix import sql
from iahome_fix.checks.context import Context
from iahome_fix.checks.registry import check
from iahome_fix.checks.tables import gaps, tables
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Kind, blocked, fail, ok, unknown, warn
from iahome_fix.systems.database import Login, SqlError

_NOBODY = "00000000-0000-4000-8000-000000000000"
# What the server does as service_role besides module_access (iahome-schema, section 3).
_SERVER_READS = ("modules", "profiles", "access_tokens")


@check("permissions.service-role", N_("the server may read and write"), needs=("schema.module-access",))
def service_role(ctx: Context) -> Finding:
    """The service role bypasses row level security, but not missing grants; new tables are granted to no
    role.

    Found by: each privilege on `module_access`, its sequence, and reading `modules`, `profiles`,
    `access_tokens`.
    Repair: `migrate` grants exactly what is needed on `module_access`; the others by hand, as the hint says.
    Never: grant anything to anon because the server lacks a right.
    """
    granted = _privileges(ctx)
    missing = [gap.detail for gap in gaps(ctx, "140_service_role")]
    unread = [
        name
        for name in _SERVER_READS
        if tables(ctx)[name].is_table and not granted.get(("service_role", name, "select"), True)
    ]
    if missing:
        customer = not granted.get(("authenticated", "module_access", "select"), True)
        return fail(
            _("service_role has no right to: {what} on module_access").format(what=", ".join(missing))
            + (_("; nor have signed-in customers to select") if customer else ""),
            hint=_("permission denied (42501) is a missing grant, not a policy"),
            fix=ctx.fix("migrate", undoable=True),
            missing=missing,
        )
    if unread:
        return fail(
            _("service_role may not read {names}").format(names=", ".join(unread)),
            hint=_("in the SQL editor: grant select on {names} to service_role").format(
                names=", ".join(f"public.{name}" for name in unread)
            ),
            tables=unread,
        )
    return ok(_("service_role has every right that the app's server uses"))


@check(
    "permissions.owner-reads",
    N_("a signed-in customer sees own accesses"),
    needs=("schema.columns", "schema.types", "schema.profiles"),
)
def owner_reads(ctx: Context) -> Finding:
    """The page reads with the customer's login: own profile, own rows, the modules.

    Found by: those reads, done as a real customer (role authenticated, that login's claims) in a transaction
    that is rolled back, and compared with what the owner of the tables sees.
    Repair: `migrate` adds the policy and the grant; a policy that reads its own table is dropped by hand.
    Never: switch row level security off, or a policy `using (true)`: each customer would read all.
    """
    no_policy = gaps(ctx, "130_owner_policy")
    no_grant = [gap for gap in gaps(ctx, "150_authenticated") if gap.detail == "select"]
    if no_grant and ctx.status("permissions.service-role") is not None and gaps(ctx, "140_service_role"):
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


def _seen_by(ctx: Context, sample: Mapping[str, Any], fix_command: str) -> Finding:
    login = Login("authenticated", {"sub": sample["id"], "email": sample["email"]})
    reads = (
        ("profiles", "checks/sees_profile", {"email": sample["email"]}, 1),
        ("module_access", "checks/sees_access", {"user_id": sample["id"]}, int(sample["expected"] or 0)),
        ("modules", "checks/sees_modules", None, 0),
    )
    for table, query, params, expected in reads:
        try:
            seen = int(ctx.database.read(sql.load(query), params, login=login)[0]["found"])
        except SqlError as error:
            return _refused_read(table, error)
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


def _refused_read(table: str, error: SqlError) -> Finding:
    if error.sqlstate == "42P17":
        return fail(
            _("reading {table} as a customer ends in a policy that queries its own table (42P17)").format(
                table=table
            ),
            hint=_(
                "drop that policy and keep the one for the own row; find it with: select polname from"
                " pg_policy"
                " where polrelid = 'public.{table}'::regclass"
            ).format(table=table),
            table=table,
            sqlstate=error.sqlstate,
        )
    if error.sqlstate == "42501" and "set role" in error.message:
        return unknown(
            _("this database user may not act as a customer: {reason}").format(reason=error.message),
            hint=_("use the connection string of the role postgres"),
        )
    return fail(
        _("a customer cannot read {table}: {reason} ({state})").format(
            table=table, reason=error.message, state=error.sqlstate
        ),
        hint=_("in the SQL editor: grant select on public.{table} to authenticated").format(table=table)
        if error.sqlstate == "42501"
        else None,
        table=table,
        sqlstate=error.sqlstate,
    )


@check(
    "permissions.row-level-security",
    N_("row level security keeps customers apart"),
    kind=Kind.SECURITY,
    needs=("schema.module-access",),
)
def row_level_security(ctx: Context) -> Finding:
    """Without it, or with a policy that is too wide, one customer reads or writes the accesses of others.

    Found by: the catalog, and by counting the rows that a login without any rows can read.
    Repair: `migrate` switches it on; a policy that is too wide is dropped by hand.
    Never: switch it on while the app's webhook writes with the public key: payments would stop being granted.
    """
    table = tables(ctx)["module_access"]
    if not table.row_level_security:
        return fail(
            _("row level security is off on module_access: anyone with the public key can reach every row"),
            hint=_("make sure that the app's webhook uses the service role key, then migrate"),
            fix=ctx.fix("migrate", undoable=True),
        )
    try:
        stranger = Login("authenticated", {"sub": _NOBODY})
        others = ctx.database.read(sql.load("checks/sees_others"), {"user_id": _NOBODY}, login=stranger)
        if int(others[0]["found"]):
            return fail(
                _("a signed-in customer can read the accesses of others: a policy is too wide"),
                hint=_("drop the policy whose condition does not name auth.uid()"),
            )
    except SqlError as error:
        if error.sqlstate not in ("42501", "42P17", "42703", "42883"):
            return unknown(_("could not be tried: {reason}").format(reason=error.message))
    policies = ctx.database.read(sql.load("checks/write_policies"))
    granted = _privileges(ctx)
    open_ones = [
        row["policy"]
        for row in policies
        if any(
            granted.get((role, "module_access", command), False)
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
    naked = [
        name
        for name in ("access_tokens", "profiles")
        if tables(ctx)[name].is_table and not tables(ctx)[name].row_level_security
    ]
    if naked:
        return warn(_("row level security is off on {names}").format(names=", ".join(naked)), tables=naked)
    return ok(_("it is on, and no policy is too wide"))


@check(
    "permissions.anon",
    N_("the public reaches nothing"),
    kind=Kind.SECURITY,
    needs=("schema.module-access",),
)
def anon(ctx: Context) -> Finding:
    """The anon key is in every visitor's browser: what it can read or write, everybody can.

    Found by: reading `module_access` and `access_tokens` as anon, and by the rights and policies to write.
    A grant that no policy lets through exposes nothing. Repair: `migrate` takes the grants away.
    """
    if not tables(ctx)["module_access"].row_level_security and _privileges(ctx).get(
        ("anon", "module_access", "select"), False
    ):
        return blocked(_("row level security is off"), "permissions.row-level-security")
    for name, query in (("module_access", "checks/any_row"), ("access_tokens", "checks/any_token")):
        if not tables(ctx)[name].is_table:
            continue
        try:
            seen = int(ctx.database.read(sql.load(query), login=Login("anon"))[0]["found"])
        except SqlError as error:
            if error.sqlstate == "42501" and "set role" in error.message:
                return unknown(
                    _("this database user may not act as the public: {reason}").format(reason=error.message)
                )
            continue
        if seen:
            return fail(
                _("the public can read rows of {table}").format(table=name),
                fix=ctx.fix("migrate", undoable=True) if name == "module_access" else None,
                hint=None
                if name == "module_access"
                else _("in the SQL editor: alter table public.access_tokens enable row level security"),
                table=name,
            )
    leftover = [
        command
        for command in ("select", "insert", "update", "delete")
        if _privileges(ctx).get(("anon", "module_access", command), False)
    ]
    if leftover:
        return ok(
            _("grants to anon are left ({what}), but no policy lets it through").format(
                what=", ".join(leftover)
            ),
            grants=leftover,
        )
    return ok(_("anon has no right to module_access"))


def _privileges(ctx: Context) -> Mapping[tuple[str, str, str], bool]:
    def read() -> Mapping[tuple[str, str, str], bool]:
        return {
            (row["role"], row["table"], row["privilege"]): bool(row["granted"])
            for row in ctx.database.read(sql.load("checks/privileges"))
            if row["granted"] is not None
        }

    return ctx.fact("privileges", read)


CHECKS = (service_role, owner_reads, row_level_security, anon)
