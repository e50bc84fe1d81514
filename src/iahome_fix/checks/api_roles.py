"""The checks of what stands around the tables: `supabase.writable` and `permissions.api-roles`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.checks.registry import check
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Status, blocked, fail, ok

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.facts.context import Context


_SEEN_BEFORE = ("supabase.reachable", "supabase.key")
_WHOLE = ("no-login", "schemas")
"""What the first request of the server runs into, so that it is told there."""


@check(
    "supabase.writable",
    N_("the database takes writes"),
    needs=("supabase.database",),
    queries=("checks/read_only",),
)
def writable(ctx: Context) -> Finding:
    """A project that ran out of disk is put into read-only mode: pages go on, and no purchase is written.

    Found by: whether the server is a standby, and the default for transactions of everybody. A setting of one
    user says nothing about the app.
    Repair: free space or enlarge the disk in the Supabase dashboard; the mode ends by itself, or with
    `alter database … reset default_transaction_read_only`. Then `reconcile`.
    Never: look for the cause in the tables while nothing can be written.
    """
    row = ctx.database.read(sql.load("checks/read_only"))[0]
    if row["standby"]:
        return fail(
            _("this database is a read-only copy (standby): nothing can be written to it"),
            hint=_("is SUPABASE_DB_URL that of a read replica? the app has to use the primary database"),
        )
    if row["by_default"]:
        return fail(
            _(
                "the database is in read-only mode (default_transaction_read_only): purchases are refused"
                " (25006)"
            ),
            hint=_(
                "a full disk is the usual reason: look at Database, Disk in the Supabase dashboard; when"
                " there is space again: alter database postgres reset default_transaction_read_only;"
                " then reconcile"
            ),
        )
    return ok(_("it does"))


@check(
    "permissions.api-roles",
    N_("the Data API may act as the app's roles"),
    needs=("supabase.database",),
    queries=("checks/api_roles",),
)
def api_roles(ctx: Context) -> Finding:
    """Each request comes in as `authenticator`, which then becomes the role of the key or of the login.

    Found by: whether it may log in and become these roles, and settings of the roles that break the app: a
    time limit under 250 ms, fewer than 100 rows for an answer, the schema public not served.
    Repair: by hand, as the hint says. Never: give the roles more than they had.
    """
    rows = ctx.database.read(sql.load("checks/api_roles"))
    if rows and {ctx.awaited(other) for other in _SEEN_BEFORE} & {Status.FAIL}:
        seen = [row for row in rows if row["kind"] in _WHOLE or row["role"] == "service_role"]
        if len(seen) == len(rows):
            return blocked(_("the server's requests show it"), *ctx.failed(*_SEEN_BEFORE))
        rows = [row for row in rows if row not in seen]
    if not rows:
        return ok(_("it may, and no setting of theirs is in the way"))
    said = [_said(row) for row in rows]
    return fail(
        "; ".join(words for words, _statement in said),
        hint=_("in the SQL editor: {statements}").format(
            statements="; ".join(
                [*(statement for _words, statement in said), "notify pgrst, 'reload config'"]
            )
        ),
        kinds=sorted({str(row["kind"]) for row in rows}),
    )


def _said(row: Mapping[str, Any]) -> tuple[str, str]:
    role, value = str(row["role"]), row["value"]
    if row["kind"] == "no-login":
        return (
            _("the role authenticator may not log in: the Data API has no connection"),
            "alter role authenticator login",
        )
    if row["kind"] == "no-member":
        return (
            _("the Data API may not act as {role}: each of its requests is refused (42501)").format(
                role=role
            ),
            f"grant {role} to authenticator",
        )
    if row["kind"] == "timeout":
        return (
            _("requests of {role} are ended after {value}").format(role=role, value=value),
            f"alter role {role} set statement_timeout = '8s'",
        )
    if row["kind"] == "max-rows":
        return (
            _("the Data API answers with {value} rows at most: a customer's list is cut").format(value=value),
            "alter role authenticator reset pgrst.db_max_rows",
        )
    return (
        _("the Data API does not serve the schema public, only {value}").format(value=value),
        "alter role authenticator reset pgrst.db_schemas",
    )
