"""The check `permissions.service-role`: may the server read and write the tables of the app?"""

from __future__ import annotations

from collections.abc import Mapping

from iahome_fix.checks.permissions.denied import USAGE, denied, may_not_call
from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts import trials
from iahome_fix.facts.api_schema import unread
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.tables import gaps, may_use_schema, privileges, tables
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, warn
from iahome_fix.systems.database_errors import MayNotCall, SqlError
from iahome_fix.systems.open import no_sql

_DONE_WITHOUT = frozenset({"delete"})
"""The rights to module_access that no statement of the app's handler or pages needs."""
# What the server does as service_role besides module_access.
_SERVER_READS = ("modules", "profiles", "access_tokens")
_GRANTS = N_(
    "permission denied (42501) is a missing right, not a policy: a new table gives no role a right;"
    " migrate gives the rights that the app needs, and no more"
)


@check(
    "permissions.service-role",
    N_("the server may read and write the tables of the app"),
    needs=("schema.module-access",),
    queries=(
        *trials.FILES,
        "checks/denied_objects",
        "checks/privileges",
        "checks/tables",
        "module_access/140_service_role",
    ),
)
def service_role(ctx: Seen) -> Finding:
    """The service role bypasses row level security, but not missing rights; a new table gives no role a
    right.

    Found by: each of the server's statements on `module_access`, handed to PostgreSQL as that role (planned,
    not run); the rights to its sequence, and to read `modules`, `profiles`, `access_tokens`, which is tried
    where one of them is a view. The app deletes nothing: that right alone is only mentioned.
    Repair: `migrate` gives exactly the rights that are needed on `module_access`; the others by hand, as the
    hint says.
    Never: give anon any right because the server lacks one.
    """
    if ctx.only_data_api:
        return _reading(ctx, unread(ctx))
    granted = privileges(ctx)
    if not may_use_schema(ctx, "service_role"):
        return fail(
            _("service_role may not use the schema public: every request of the server is refused")
            + ("" if may_use_schema(ctx, "authenticated") else _("; nor may signed-in customers")),
            hint=_(USAGE),
        )
    missing = _missing(ctx)
    if isinstance(missing, MayNotCall):
        return may_not_call(_("the server (service_role) cannot write module_access"), missing)
    behind = _behind_a_view(ctx)
    if isinstance(behind, MayNotCall):
        return may_not_call(_("the server (service_role) cannot write module_access"), behind)
    if not _DONE_WITHOUT.issuperset(missing):
        customer = not granted.get(("authenticated", ctx.profile.table.name, "select"), True)
        return fail(
            _("the server (service_role) has no right to module_access: {what}").format(
                what=", ".join(missing)
            )
            + _unread(ctx, granted)
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
    if behind:
        name, refusal = behind
        said = _("the server (service_role) cannot read {table}").format(table=name)
        return denied(ctx, "service_role", said, refusal)
    if missing:
        return warn(
            _(
                "service_role has every right that the app's server uses; one that migrate gives as well is"
                " not there: {what}"
            ).format(what=", ".join(missing)),
            hint=_("nothing to do, unless the site deletes accesses itself"),
            missing=missing,
        )
    return ok(_("service_role has every right that the app's server uses"))


def _unread(ctx: Seen, granted: Mapping[tuple[str, str, str], bool]) -> str:
    """That a grant is refused though it may be inserted: the handler reads back what it writes."""
    may = {one: granted.get(("service_role", ctx.profile.table.name, one)) for one in ("insert", "select")}
    if may["select"] is not False or not may["insert"]:
        return ""
    return _("; it may insert, and not read back what it inserts, as the handler does: each grant is refused")


def _missing(ctx: Seen) -> list[str] | MayNotCall:
    """What the server lacks on module_access: commands as tried, and the sequence that an insert asks; or the
    function that it may not execute, for which nothing could be tried."""
    wanted = [gap.item for gap in gaps(ctx, "140_service_role")]
    sequence = [right for right in wanted if right not in trials.COMMANDS]
    denied_ones = trials.denied.or_why(ctx, "service_role")
    if isinstance(denied_ones, MayNotCall):
        return denied_ones
    if isinstance(denied_ones, (trials.MayNotAct, SqlError)):
        # Another database user than postgres, or a column that is not there: the catalog's word stands.
        return wanted
    if isinstance(denied_ones, ToolError):
        raise denied_ones
    return [*denied_ones, *sequence]


def _behind_a_view(ctx: Seen) -> tuple[str, SqlError] | MayNotCall | None:
    """The first table of the app that is a view, and refuses the server for what is behind it."""
    for name in _SERVER_READS:
        if tables(ctx)[name].kind is not None and not tables(ctx)[name].is_table:
            refusal = trials.not_read.or_why(ctx, "service_role", name)
            if isinstance(refusal, MayNotCall):
                return refusal
            if isinstance(refusal, SqlError):
                return name, refusal
            if isinstance(refusal, ToolError):
                raise refusal
    return None


def _closed(names: list[str]) -> Finding:
    return fail(
        _("service_role may not read {names}").format(names=", ".join(names)),
        hint=_("in the SQL editor: grant select on {names} to service_role").format(
            names=", ".join(f"public.{name}" for name in names)
        ),
        tables=names,
    )


def _reading(ctx: Seen, closed: list[str]) -> Finding:
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
    raise no_sql(_("service_role may read; whether it may write to module_access, only SQL can show"))
