"""The checks of what stands around the tables: `supabase.writable` and `permissions.api-roles`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.checks.supabase import api_settings, pre_request
from iahome_fix.checks.supabase.api_settings import OF_EVERY_REQUEST
from iahome_fix.checks.supabase.pre_request import RELOAD
from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Status, blocked, fail, ok

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


_SEEN_BEFORE = ("supabase.reachable", "supabase.key")


@check(
    "supabase.writable",
    N_("the database takes writes"),
    needs=("supabase.database",),
    queries=("checks/read_only",),
)
def writable(ctx: Seen) -> Finding:
    """A project that ran out of disk is put into read-only mode: pages go on, and no purchase is written.

    Found by: whether the server is a standby, and the default for transactions of everybody. A setting of one
    user says nothing about the app.
    Repair: free space or enlarge the disk in the Supabase dashboard; the mode ends by itself, or with
    `alter database … reset default_transaction_read_only`. Then `reconcile`.
    Never: look for the cause in the tables while nothing can be written.
    """
    row = of_database(ctx, "checks/read_only").only("checks/read_only")
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
                " there is space again: set transaction read write; alter database {name} reset"
                " default_transaction_read_only; then {command}"
            ).format(name=row["name"], command=commands.then_reconcile(ctx)),
        )
    return ok(_("the database takes writes: it is neither a copy nor in read-only mode"))


@check(
    "permissions.api-roles",
    N_("the Data API may act as the app's roles"),
    needs=("supabase.database",),
    beside=_SEEN_BEFORE,
    queries=("checks/api_roles", pre_request.QUERY),
)
def api_roles(ctx: Seen) -> Finding:
    """Each request comes in as `authenticator`, which then becomes the role of the key or of the login.

    Found by: whether it may log in and become these roles, whether those of customers may execute the
    function that runs before every request, and settings of the roles that break the app: a time limit under
    250 ms, fewer than 100 rows for an answer, the schema public not served.
    Repair: by hand, as the hint says. Never: give the roles more than they had.
    """
    # A schema that is not there matters to who reads all of them, and then nothing is answered at all.
    rows = [row for row in api_settings.rows(ctx) if row["kind"] != api_settings.LOST]
    shut = _shut(ctx)
    if rows and {ctx.status(other) for other in _SEEN_BEFORE} & {Status.FAIL}:
        seen = [row for row in rows if row["kind"] in OF_EVERY_REQUEST or row["role"] == "service_role"]
        if len(seen) == len(rows) and not shut:
            return blocked(_("the server's requests show that it may"), *ctx.failed(*_SEEN_BEFORE))
        rows = [row for row in rows if row not in seen]
    if not rows and not shut:
        return ok(_("the Data API may act as them, and no setting of these roles is in the way"))
    said = [*(api_settings.said(row) for row in rows), *shut]
    return fail(
        _("; ").join(words for words, _statement in said),
        hint=_("in the SQL editor: {statements}").format(
            statements="; ".join([*(statement for _words, statement in said), RELOAD])
        ),
        kinds=sorted({str(row["kind"]) for row in rows}),
    )


def _shut(ctx: Seen) -> list[tuple[str, str]]:
    """That customers and visitors may not execute the pre-request function; the server shows that itself."""
    found = pre_request.pre_request(ctx)
    shut = pre_request.closed_to(found, ("authenticated", "anon")) if found else None
    return [shut] if shut else []
