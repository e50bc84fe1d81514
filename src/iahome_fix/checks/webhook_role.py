"""The check `permissions.webhook-role`: may the role that the webhook writes as do what the handler does?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.checks.registry import check
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Status, blocked, fail, ok

if TYPE_CHECKING:
    from iahome_fix.checks.context import Context


@check(
    "permissions.webhook-role",
    N_("the webhook's role may grant an access"),
    needs=("schema.module-access", "schema.profiles", "schema.modules"),
    queries=("checks/writers",),
)
def webhook_role(ctx: Context) -> Finding:
    """The handler finds the customer and the module, looks for an access, and inserts one that it reads back.

    Found by: the rights, the policies and the sequence that each of these steps needs, for the service role,
    as which the handler should write, and for anon, as which the app's public versions do. Which of the two
    keys the deployed server uses cannot be seen from here; this fails only if neither would do.
    Repair: the service role key on the server; a service role that row level security does not bind.
    Never: let anon write, or see the profiles, for the webhook's sake; everybody has that key.
    """
    found: dict[str, list[str]] = {"service_role": [], "anon": []}
    for row in ctx.database.read(sql.load("checks/writers")):
        found[row["role"]].append(row["obstacle"])
    server, public = ", ".join(found["service_role"]), ", ".join(found["anon"])
    if not server and public:
        return ok(
            _(
                "with the service role key the webhook can grant; with the public (anon) key it could not:"
                " {what}"
            ).format(what=public),
            anon=found["anon"],
        )
    if not server:
        return ok(_("the webhook can grant with the service role key, and with the public (anon) key, too"))
    if not public:
        return ok(
            _("only with the public (anon) key the webhook can grant; the service role has {what}").format(
                what=server
            ),
            service_role=found["service_role"],
        )
    if ctx.awaited("permissions.service-role") is Status.FAIL:
        return blocked(_("the service role has {what}").format(what=server), "permissions.service-role")
    return fail(
        _("whichever key the webhook has, its grant is refused: the service role has {what}").format(
            what=server
        ),
        hint=_("row level security must not bind the service role: alter role service_role bypassrls"),
        service_role=found["service_role"],
        anon=found["anon"],
    )
