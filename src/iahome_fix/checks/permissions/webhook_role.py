"""The check `permissions.webhook-role`: may the role that the webhook writes as do what the handler does?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.checks.registry import check
from iahome_fix.checks.rehearsed import words as rehearsal_words
from iahome_fix.checks.schema import row_triggers
from iahome_fix.facts import rehearsals, webhook_writer
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.rehearsals import Obstacle
from iahome_fix.facts.webhook_writer import ANON, SERVICE_ROLE, Evidence
from iahome_fix.i18n import N_, _, joined
from iahome_fix.model import Finding, Status, blocked, fail, ok, warn
from iahome_fix.schema import gap_words

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_LOOK_BACK_DAYS = 1
_BYPASS = N_("row level security must not bind the service role: alter role service_role bypassrls")


@check(
    "permissions.webhook-role",
    N_("the webhook's role may grant an access"),
    needs=("schema.module-access", "schema.profiles", "schema.modules"),
    beside=("permissions.service-role", "supabase.writable"),
    queries=(
        "checks/writers",
        "checks/tables",
        *rehearsals.QUERIES,
        "domain/terms",
        *rehearsal_words.QUERIES,
        *row_triggers.QUERIES,
    ),
)
def webhook_role(ctx: Seen) -> Finding:
    """The handler finds the customer and the module, looks for an access, and inserts one that it reads back.

    Found by: the rights, the policies and the sequence that each of these steps needs, for the service role,
    as which the handler should write, and for anon, as which the app's public versions do. Which of the two
    keys the deployed server uses, its traces show: the project's API logs of the last day (with a Management
    API token), the handler's newest row, pg_stat_statements. This fails if neither role would do, or if the
    handler was last seen to write with the public key and to be refused. With `--rehearse` the steps are made
    as the service role, and rolled back.
    Repair: the service role key on the server; a service role that row level security does not bind.
    Never: let anon write, or see the profiles, for the webhook's sake; everybody has that key.
    """
    obstacles: dict[str, list[str]] = {SERVICE_ROLE: [], ANON: []}
    ways: list[str] = []
    for row in of_database(ctx, "checks/writers"):
        obstacles[row["role"]].append(gap_words.obstacle(row["obstacle"]))
        ways += [row["statement"]] if row["role"] == SERVICE_ROLE and row["statement"] else []
    server, public = ", ".join(obstacles[SERVICE_ROLE]), ", ".join(obstacles[ANON])
    if server and public:
        return _neither(ctx, obstacles, ways)
    if server:
        return ok(
            _("only with the public (anon) key the webhook can grant; the service role has {what}").format(
                what=server
            ),
            service_role=obstacles[SERVICE_ROLE],
        )
    seen = webhook_writer.found(ctx, _LOOK_BACK_DAYS)
    facts = {"webhook_role": seen.as_json() if seen else None}
    by_public_key = seen if seen and seen.role == ANON and not seen.mixed else None
    if by_public_key is not None:
        return _public_key(ctx, by_public_key, public, obstacles[ANON])
    refused = _tried(ctx)
    if refused is not None:
        return refused
    if not public:
        said = _("the webhook can grant with the service role key, and with the public (anon) key, too")
        return ok(said + _last(seen), **facts)
    said = _(
        "with the service role key the webhook can grant; with the public (anon) key it could not: {what}"
    ).format(what=public)
    return ok(said + _last(seen), anon=obstacles[ANON], **facts)


def _neither(ctx: Seen, obstacles: dict[str, list[str]], ways: list[str]) -> Finding:
    server = ", ".join(obstacles[SERVICE_ROLE])
    if ctx.status("permissions.service-role") is Status.FAIL:
        return blocked(_("the service role has {what}").format(what=server), "permissions.service-role")
    return fail(
        _("whichever key the webhook has, its grant is refused: the service role has {what}").format(
            what=server
        ),
        hint=_("in the SQL editor: {statements}").format(statements="; ".join(ways)) if ways else _(_BYPASS),
        service_role=obstacles[SERVICE_ROLE],
        anon=obstacles[ANON],
    )


def _tried(ctx: Seen) -> Finding | None:
    """The step that a sale, tried as the service role, may not take; None where it may take each."""
    tried = rehearsals.of_new_sales(ctx)
    if tried is None or tried.role != SERVICE_ROLE:
        return None
    for one in tried.ones:
        error = one.own_right
        if error is not None and ctx.status("permissions.service-role") is Status.FAIL:
            return blocked(
                _("the service role is refused: {reason}").format(reason=error.said),
                "permissions.service-role",
            )
        if error is not None:
            return fail(
                _(
                    "the service role is refused its grant ({state}): {reason} (tried, and rolled back)"
                ).format(state=error.sqlstate, reason=error.said),
                hint=_(_BYPASS)
                if "row-level security" in error.message
                else rehearsal_words.hint(ctx, Obstacle("refused", error), SERVICE_ROLE),
                named=rehearsal_words.named(Obstacle("refused", error)),
            )
        if one.unseen is not None:
            return fail(
                _(
                    "the service role does not see the row of {table} that is there, so the handler"
                    " finds nobody to grant to (tried, and rolled back)"
                ).format(table=one.unseen),
                hint=_(_BYPASS),
            )
    return None


def _to_the_servers_key(ctx: Seen) -> str:
    done = _("if that was done since, this command shows it: {command}").format(
        command=ctx.settings.command("verify")
    )
    way = _("set SUPABASE_SERVICE_ROLE_KEY on the server and have the webhook use it")
    if not ctx.profile.is_guides:
        return joined(way, done)
    bridge = _("until then this command makes a bridge: {command}").format(
        command=ctx.settings.command("migrate", "--allow-anon-writes")
    )
    return joined(way, bridge, done)


def _public_key(ctx: Seen, seen: Evidence, refused: str, obstacles: list[str]) -> Finding:
    """The webhook has the public key, by its traces: the cause, if the handler itself was seen to be refused.

    A write from before the table was closed says nothing about today: the server may have its key since.
    """
    way = _to_the_servers_key(ctx)
    facts: dict[str, Any] = {"anon": obstacles, "webhook_role": seen.as_json()}
    if not refused:
        return warn(
            _(
                "the webhook writes with the public key, so everybody may give themselves modules: {said}"
            ).format(said=seen.said),
            hint=way,
            **facts,
        )
    if seen.certain and seen.refused:
        return fail(
            _("the webhook writes with the public key, and is refused: {what}; {said}").format(
                what=refused, said=seen.said
            ),
            hint=way,
            **facts,
        )
    return warn(
        _("if the webhook still writes with the public key, it is refused now: {what}; {said}").format(
            what=refused, said=seen.said
        ),
        hint=way,
        **facts,
    )


def _last(seen: Evidence | None) -> str:
    if seen is None or seen.role != SERVICE_ROLE:
        return ""
    return _("; by its last trace it writes as service_role: {said}").format(said=seen.said)
