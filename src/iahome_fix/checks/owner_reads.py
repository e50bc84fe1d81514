"""The check `permissions.owner-reads`: does a signed-in customer see own accesses? Tried, as customers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.checks import signed_in
from iahome_fix.checks.denied import denied, may_not_call
from iahome_fix.checks.read_policies import Policy, read_policies
from iahome_fix.checks.registry import check
from iahome_fix.checks.signed_in import Customer
from iahome_fix.checks.tables import gaps, may_use_schema, tables
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.model import Finding, Status, blocked, fail, ok, unknown, warn
from iahome_fix.systems.database import MayNotCall, SqlError

if TYPE_CHECKING:
    from iahome_fix.checks.context import Context

_POLICIES = "select polname from pg_policy where polrelid = 'public.{table}'::regclass"
_USAGE = N_("in the SQL editor: grant usage on schema public to anon, authenticated, service_role")
_TABLES = ("profiles", "module_access", "modules")
_MOST_IN_A_CIRCLE = 4
_OWN_ROW = "user_id = (select auth.uid())::text"


@dataclass(frozen=True)
class _Look:
    """What one customer was shown of one table, the first that is not as it should be."""

    customer: Customer
    table: str | None = None
    seen: int = 0
    expected: int = 0
    error: SqlError | None = None

    @property
    def hidden(self) -> bool:
        return self.table is not None and self.error is None


@check(
    "permissions.owner-reads",
    N_("a signed-in customer sees own accesses"),
    needs=("schema.columns", "schema.types", "schema.profiles"),
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
def owner_reads(ctx: Context) -> Finding:
    """The page reads with the customer's login: own profile, own rows, the modules.

    Found by: those reads, done as a few real customers (their role, every claim that their login has, the
    settings that the Data API applies) in a transaction that is rolled back, and compared with what the owner
    of the tables sees. Before that each function that policies reach is asked for: may the role execute it?
    Where the answer depends on what only the token of a login tells (its app_metadata, a second factor, a
    claim of a hook), or on the hour, it cannot be told. Rows that are hidden from some customers only are
    mentioned: a policy may do so on purpose.
    Repair: `migrate` adds grant and policy where no policy at all lets a customer read. A policy that
    somebody made is left as it is: the finding names it, its condition, and what a person may run.
    Never: switch row level security off, or a policy `using (true)`: each customer would read all. Add a
    second policy beside one that hides rows: it would show what the first one hides on purpose.
    """
    if not may_use_schema(ctx, "authenticated"):
        if not may_use_schema(ctx, "service_role"):
            return blocked(_("no role may use the schema public"), "permissions.service-role")
        return fail(_("signed-in customers may not use the schema public"), hint=_(_USAGE))
    customers = signed_in.samples(ctx)
    if not customers:
        return _unread(ctx, None) or ok(
            _("the grant and the policies are there; no customer to try them with")
        )
    looks = ctx.at_once([partial(_look, ctx, customer) for customer in customers])
    for look in looks:
        if look.error is not None:
            return _refused(ctx, look, look.error)
    hidden = [look for look in looks if look.hidden]
    if not hidden:
        return ok(
            ngettext(
                "tried as {count} customer: own profile and own accesses are visible",
                "tried as {count} customers: own profile and own accesses are visible",
                len(looks),
            ).format(count=len(looks)),
            tried=len(looks),
        )
    return _hidden(ctx, looks, hidden)


def _look(ctx: Context, customer: Customer) -> _Look:
    wanted = {"profiles": 1, "module_access": customer.expected, "modules": customer.modules}
    params = {"email": customer.email, "user_id": customer.id}
    try:
        row = ctx.database.read(sql.load("checks/sees_own"), params, login=customer.login)[0]
    except SqlError as error:
        return _Look(customer, _asked(error), error=error)
    for table in _TABLES:
        if int(row[table]) < wanted[table]:
            return _Look(customer, table, int(row[table]), wanted[table])
    return _Look(customer)


def _asked(error: SqlError) -> str:
    """Which of the tables of the page an error is about; the list itself where another one is named."""
    words = f"{error.message} {error.named.table or ''}"
    return next((name for name in _TABLES if re.search(rf"\b{name}\b", words)), "module_access")


def _refused(ctx: Context, look: _Look, error: SqlError) -> Finding:
    table = look.table or "module_access"
    if isinstance(error, MayNotCall):
        return may_not_call(_("no signed-in customer can read own accesses"), error)
    if error.sqlstate == "42P17":
        return _recursion(ctx, look.customer.login.role, table, error)
    if error.sqlstate == "42501" and "set role" in error.message:
        return unknown(
            _("this database user may not act as a customer: {reason}").format(reason=error.message),
            hint=_("use the connection string of the role postgres"),
        )
    if error.sqlstate == "42501":
        return _unread(ctx, error) or denied(
            ctx, look.customer.login.role, _("a customer cannot read {table}").format(table=table), error
        )
    return fail(
        _("a customer cannot read {table}: {reason} ({state})").format(
            table=table, reason=error.said, state=error.sqlstate
        ),
        hint=_by_whom(ctx, look),
        table=table,
        sqlstate=error.sqlstate,
    )


def _unread(ctx: Context, refusal: SqlError | None) -> Finding | None:
    """What keeps every customer from reading: no right to the table, or no policy at all."""
    fix = ctx.fix("migrate", undoable=True)
    about_it = refusal is None or refusal.message.endswith(" module_access")
    withheld = gaps(ctx, "147_select_where_others_decide") if about_it else ()
    if withheld:
        return fail(
            _("signed-in customers have {what}").format(what=withheld[0].detail),
            hint=_("if those policies show no more than is meant, in the SQL editor: {statement}").format(
                statement=withheld[0].statement
            ),
        )
    if about_it and gaps(ctx, "145_customers_select"):
        server = gaps(ctx, "140_service_role")
        if server and ctx.awaited("permissions.service-role") is Status.FAIL:
            return blocked(_("the grants are missing for all roles"), "permissions.service-role")
        return fail(_("signed-in customers have no right to select from module_access"), fix=fix)
    if refusal is None and tables(ctx)["module_access"].row_level_security:
        applying = read_policies(ctx, "authenticated", ["module_access"])
        if not any(policy.permissive for policy in applying):
            return _no_policy(ctx, "module_access")
    return None


def _no_policy(ctx: Context, table: str) -> Finding:
    if table == "module_access":
        return fail(
            _("row level security is on, and no policy lets a signed-in customer read: every list is empty"),
            hint=_("the rows are there; no data is lost"),
            fix=ctx.fix("migrate", undoable=True),
        )
    condition = "id::text = (select auth.uid())::text" if table == "profiles" else "true"
    return fail(
        _("row level security is on for {table}, and no policy lets a signed-in customer read it").format(
            table=table
        ),
        hint=_("in the SQL editor: {statements}").format(
            statements=f"create policy {table}_customer_reads on public.{table} for select to authenticated"
            f" using ({condition})"
        ),
        table=table,
        policies=[],
    )


def _hidden(ctx: Context, looks: Sequence[_Look], hidden: Sequence[_Look]) -> Finding:
    """Rows that a policy keeps from those whose they are: a fault, a decision, or not to be told."""
    first = hidden[0]
    table = str(first.table)
    policies = [p for p in read_policies(ctx, first.customer.login.role, [table]) if p.table == table]
    if not any(policy.permissive for policy in policies):
        return _no_policy(ctx, table)
    depends = list(dict.fromkeys(what for policy in policies for what in policy.depends_on))
    if depends:
        return _untold(ctx, looks, hidden, policies, depends)
    return _named(table, hidden, looks, policies)


def _named(
    table: str, hidden: Sequence[_Look], looks: Sequence[_Look], policies: Sequence[Policy]
) -> Finding:
    first, count = hidden[0], len(looks)
    facts: dict[str, Any] = {"table": table, "policies": [policy.name for policy in policies], "tried": count}
    said = _("a customer reads {seen} of {expected} own rows of {table}").format(
        seen=first.seen, expected=first.expected, table=table
    )
    which = ngettext(
        "a policy hides them: {names}", "a policy hides them, one of these: {names}", len(policies)
    ).format(names="; ".join(policy.said for policy in policies))
    if len(hidden) < count:
        return warn(
            _("{shown} of {count} customers read their own rows; {who} reads {seen} of {expected}").format(
                shown=count - len(hidden),
                count=count,
                who=mask_email(first.customer.email),
                seen=first.seen,
                expected=first.expected,
            )
            + f"; {which}",
            hint=_("if that customer is shut out on purpose, nothing is to be done; else look at the policy"),
            **facts,
        )
    shut = sorted({name for policy in policies for name in policy.closed})
    if shut:
        return fail(
            f"{said}; {which}; "
            + _(
                "{tables}, which it reads, shows customers nothing: row level security is on there, and no"
                " policy lets them read"
            ).format(tables=", ".join(shut)),
            hint=_(
                "whoever made it decides: let customers read their own rows of {tables} by a policy on it, or"
                " let the policy ask through a function that is security definer"
            ).format(tables=", ".join(shut)),
            **facts,
        )
    tables_read = sorted({name for policy in policies for name in policy.relations} - {table})
    if count == 1 and tables_read:
        return unknown(
            said
            + "; "
            + which
            + _("; it reads {tables}, and one customer does not tell whether that is on purpose").format(
                tables=", ".join(tables_read)
            ),
            hint=_("look whether {who} is shut out on purpose, in {tables}").format(
                who=mask_email(first.customer.email), tables=", ".join(tables_read)
            ),
            **facts,
        )
    return fail(
        f"{said}; {which}",
        hint=_(
            "whoever made it decides; nothing of it is changed by this tool. If customers are to read their"
            " own rows, in the SQL editor: {statements}"
        ).format(statements="; ".join(_statements(policies)) or _POLICIES.format(table=table)),
        **facts,
    )


def _statements(policies: Sequence[Policy]) -> Iterator[str]:
    """What a person may run: a restrictive policy goes, a permissive one of the list gets its condition."""
    closing = [policy for policy in policies if not policy.permissive]
    for policy in closing:
        yield f"drop policy {quoted(policy.name)} on public.{policy.table}"
    opening = [policy for policy in policies if policy.permissive]
    if not closing and opening and opening[0].table == "module_access":
        yield f"alter policy {quoted(opening[0].name)} on public.module_access using ({_OWN_ROW})"


def _untold(
    ctx: Context,
    looks: Sequence[_Look],
    hidden: Sequence[_Look],
    policies: Sequence[Policy],
    depends: Sequence[str],
) -> Finding:
    first = hidden[0]
    named = [policy for policy in policies if policy.depends_on]
    said = _(
        "whether customers read their own rows of {table} cannot be told: it depends on {what}; tried as"
        " {count} customers, {shown} of them read theirs"
    ).format(table=first.table, what=", ".join(depends), count=len(looks), shown=len(looks) - len(hidden))
    differs = _differs([look for look in looks if not look.hidden], hidden)
    if differs:
        said += _("; their logins differ in {names}").format(names=", ".join(differs))
    elif any("aal" in what or "amr" in what for what in depends) and _with_factor(ctx, first):
        said += _("; with a second factor (aal2) this customer reads them")
    return unknown(
        said + "; " + "; ".join(policy.said for policy in named),
        hint=_(
            "sign in as a customer and open /encours, or read the token of such a login (jwt.io shows its"
            " claims): if it is what the policy {names} asks for, nothing is wrong"
        ).format(names=", ".join(policy.name for policy in named)),
        table=first.table,
        policies=[policy.name for policy in policies],
        depends_on=list(depends),
        tried=len(looks),
        read=len(looks) - len(hidden),
    )


def _differs(shown: Sequence[_Look], hidden: Sequence[_Look]) -> list[str]:
    """Claims by which those who read differ from all who do not; names only."""
    if not shown:
        return []
    with_, without = shown[0].customer.login.claims, [look.customer.login.claims for look in hidden]
    found = [f"aal ({with_['aal']})"] if all(c["aal"] != with_["aal"] for c in without) else []
    for group in ("app_metadata", "user_metadata"):
        found += [
            f"{group}.{key}"
            for key, value in with_[group].items()
            if all(claims[group].get(key) != value for claims in without)
        ]
    return found


def _with_factor(ctx: Context, look: _Look) -> bool:
    claims = look.customer.login.claims
    if claims["aal"] == "aal2":
        return False
    login = signed_in.with_second_factor(look.customer.login)
    customer = look.customer
    again = _look(ctx, Customer(customer.id, customer.email, customer.expected, customer.modules, login))
    return again.table is None


def _by_whom(ctx: Context, look: _Look) -> str | None:
    """Which policies may have raised an error, and that whoever made them has to act."""
    found = read_policies(ctx, look.customer.login.role, _TABLES)
    asked = [policy for policy in found if policy.table == look.table] or list(found)
    if not asked:
        return None
    return _("a policy ends in this error; whoever made it has to correct it: {names}").format(
        names="; ".join(f"{policy.table}, {policy.said}" for policy in asked)
    )


def _recursion(ctx: Context, role: str, table: str, error: SqlError) -> Finding:
    """PostgreSQL names the table whose policy reads itself; it may be another one than was asked for."""
    found = re.search(r'relation "([^"]+)"', error.message)
    guilty = found[1] if found else table
    rows = ctx.database.read(sql.load("checks/recursive_policies"), {"relation": guilty})
    names = [str(row["policy"]) for row in rows]
    circle = [] if names else _circle(ctx, role, guilty)
    if circle:
        return fail(
            _(
                "reading {table} as a customer ends in policies that query each other's tables (42P17):"
                " {names}"
            ).format(table=table, names=", ".join(f"{p.name} on {p.table}" for p in circle)),
            hint=_(
                "whoever made them breaks the circle: one of them asks through a function that is security"
                " definer (set search_path = ''), which no policy holds up"
            ),
            table=guilty,
            policies=[p.name for p in circle],
            sqlstate=error.sqlstate,
        )
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


def _circle(ctx: Context, role: str, table: str) -> list[Policy]:
    """Policies of several tables, each of which reads the next one's, back to `table`; empty where none is
    seen."""
    ways: list[list[Policy]] = [[]]
    for _step in range(_MOST_IN_A_CIRCLE):
        longer: list[list[Policy]] = []
        for way in ways:
            reached = [name for name in way[-1].relations if name != way[-1].table] if way else [table]
            for policy in read_policies(ctx, role, reached):
                if table in policy.relations and way:
                    return [*way, policy]
                if policy.relations and policy not in way:
                    longer.append([*way, policy])
        ways = longer
    return []


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
