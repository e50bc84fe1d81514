"""The check `supabase.anon-key`: does the project accept the public key?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.registry import check
from iahome_fix.checks.supabase import legacy_keys
from iahome_fix.checks.supabase.api_refusals import hint_of, refuses_key, turned_away
from iahome_fix.checks.supabase.project import declared_absent
from iahome_fix.facts.data_api import visitors_reply
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Status, blocked, fail, skipped, unknown

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


@check(
    "supabase.anon-key",
    N_("the project accepts the public key"),
    needs=("supabase.reachable", "env.anon-key"),
    beside=("supabase.key",),
)
def anon_key(ctx: Seen) -> Finding:
    """The pages use it for the login and for every read.

    Found by: one read over the Data API with the key. What it may read is another matter; only a refusal of
    the key itself counts.
    Repair: copy the key again from the project's settings, API keys, and build the app anew; a publishable
    key in place of the legacy one (see supabase.key).
    Never: the service role key in its place.
    """
    absent = declared_absent(ctx)
    if absent:
        return absent
    if not ctx.settings.anon_key:
        return skipped(
            _("{name} is not set").format(name="NEXT_PUBLIC_SUPABASE_ANON_KEY"),
            not_asked=True,
            variables=["NEXT_PUBLIC_SUPABASE_ANON_KEY"],
        )
    reply = visitors_reply(ctx)
    if not refuses_key(reply):
        if reply.code == "network":
            return unknown(_("the project did not answer: {reason}").format(reason=reply.message))
        if reply.in_front:
            return unknown(turned_away(reply), hint=hint_of(reply))
        return legacy_keys.accepted(ctx, ctx.settings.anon_key)
    if ctx.status("supabase.key") is Status.FAIL:
        return blocked(_("neither key is accepted"), "supabase.key")
    return legacy_keys.disabled(ctx, ctx.settings.anon_key, reply) or fail(
        _("the project refuses the public key, so no page can log in or read: {reason}").format(
            reason=reply.message or reply.code
        ),
        hint=_(
            "copy the key again from the project's settings, API keys, and build the app anew: a restart"
            " alone changes nothing"
        ),
        code=reply.code,
    )
