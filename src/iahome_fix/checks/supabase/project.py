"""The checks `supabase.reachable` and `supabase.key`: does the project answer, and does it take the key?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.registry import check
from iahome_fix.checks.supabase import api_refusals, legacy_keys, pre_request
from iahome_fix.checks.supabase.api_refusals import (
    hint_of,
    not_served,
    refuses_every_request,
    refuses_key,
    turned_away,
)
from iahome_fix.facts.data_api import first_reply, health
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, skipped, unknown

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


_PAUSED = ("540",)


def declared_absent(ctx: Seen) -> Finding | None:
    """The skip for a project that states that it has no Data API (IAHOME_FIX_NO_DATA_API), else None."""
    reason = ctx.settings.data_api_declared_absent
    if not reason:
        return None
    return skipped(_("no Data API here: {reason}").format(reason=reason), not_asked=True)


@check(
    "supabase.reachable",
    N_("the Supabase project answers"),
    needs=("env.supabase-url",),
    queries=api_refusals.QUERIES,
)
def reachable(ctx: Seen) -> Finding:
    """Something must answer at the project's address.

    Found by: one small read over the Data API, asked again for some seconds where the answer may pass; any
    answer counts but those that everybody gets: paused (540), restricted by quota or bill (402), a gateway
    without a Data API (5xx), a Data API without database, schema or connections (PGRST000 to 003) or without
    its JWT secret (PGRST300); with SQL, whether the database itself answers.
    Repair: by the answer: restore a paused project, pay or raise the quota, restart the project where the
    database answers SQL and the Data API does not.
    Never: change the URL or the keys because a paused project does not answer; report tables as missing.
    """
    absent = declared_absent(ctx)
    if absent:
        return absent
    if not ctx.settings.service_role_key:
        return _reachable_without_key(ctx)
    reply = first_reply(ctx)
    host = ctx.settings.supabase_host
    if reply.reason == "timeout":
        return unknown(
            _("{host} did not answer: {reason}").format(host=host, reason=reply.message),
            hint=_("a slow network, or an overloaded project: look at it in the Supabase dashboard"),
            host=host,
        )
    if reply.code == "network":
        if ctx.settings.supabase_ref:
            return fail(
                _("{host} does not answer: {reason}").format(host=host, reason=reply.message),
                hint=_(
                    "a paused or deleted project has no address: open it in the Supabase dashboard and"
                    " restore it;"
                    " no table can be judged before it answers"
                ),
                host=host,
            )
        return fail(_("{host} does not answer: {reason}").format(host=host, reason=reply.message), host=host)
    if reply.code in _PAUSED:
        return fail(
            _("the Supabase project is paused"),
            hint=_("restore it in the Supabase dashboard, wait some minutes, then run this command again"),
            host=host,
        )
    closed = not_served(ctx, reply)
    if closed:
        return fail(closed[0], hint=closed[1], host=host, code=reply.code)
    return ok(_("{host} answers").format(host=host), host=host)


@check(
    "supabase.key",
    N_("the project accepts the service role key"),
    needs=("supabase.reachable", "env.service-role-key"),
    queries=(pre_request.QUERY,),
)
def key(ctx: Seen) -> Finding:
    """The app's server must be let in with the key that it has, and be answered.

    Found by: one read over the Data API with the key. Only an answer that speaks of a key or token refuses
    it: wrong project, disabled or deleted key. Where a legacy key (a JWT) is refused, the Management API is
    asked, with a token, whether the project still takes these. An error that comes before any table (the
    function of pgrst.db_pre_request, the role, the exposed schemas, a time limit) is named as such.
    Repair: copy URL and keys from the same project (Settings, API keys), set them on the server, restart; for
    what comes before every request, the statement of the hint. In place of the legacy keys, before they end
    (late in 2026, no day was named): make a secret and a publishable key, set both, build and deploy, and
    only then disable the legacy ones; both end together.
    Never: conclude anything about tables from a refused key.
    """
    absent = declared_absent(ctx)
    if absent:
        return absent
    if not ctx.settings.service_role_key:
        return skipped(_("SUPABASE_SERVICE_ROLE_KEY is not set"), variables=["SUPABASE_SERVICE_ROLE_KEY"])
    reply = first_reply(ctx)
    if reply.code is None:
        return legacy_keys.accepted(ctx, ctx.settings.service_role_key)
    refused = refuses_every_request(ctx, reply)
    if refused:
        return fail(refused[0], hint=refused[1], code=reply.code)
    if refuses_key(reply):
        return legacy_keys.disabled(ctx, ctx.settings.service_role_key, reply) or fail(
            _("the project refuses the service role key: {reason}").format(
                reason=reply.message or reply.code
            ),
            hint=_(
                "copy the key again from the project's settings, API keys; the URL must be of the same"
                " project"
            ),
            code=reply.code,
        )
    if reply.code in ("42501", "42P01", "PGRST205", "PGRST204", "42703", "42P17"):
        return ok(_("the key is accepted (the read itself was refused: {code})").format(code=reply.code))
    return unknown(turned_away(reply), hint=hint_of(reply))


def _reachable_without_key(ctx: Seen) -> Finding:
    host = ctx.settings.supabase_host
    status = health(ctx)
    if status is None:
        return fail(_("{host} does not answer").format(host=host), host=host)
    if str(status) in _PAUSED:
        return fail(_("the Supabase project is paused"), host=host)
    return ok(_("{host} answers").format(host=host), host=host)
