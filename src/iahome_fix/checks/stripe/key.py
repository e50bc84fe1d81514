"""The check `stripe.key`: does Stripe accept the secret key?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts.stripe import key_accepted
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, unknown
from iahome_fix.systems.stripe_errors import KeyRejected, PermissionMissing

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


@check("stripe.key", N_("Stripe accepts the secret key"), needs=("env.stripe-secret-key",))
def key(ctx: Seen) -> Finding:
    """Everything about payments is asked with this key; the app creates its checkouts with the same one.

    Found by: one small read of Checkout Sessions. A refused key fails; a key that lacks the right to read
    sessions, and a network without an answer, say nothing about the app.
    Repair: copy the key again from Stripe, Developers, API keys, and set it on the server, too.
    Never: print the key; read a missing permission as "there are no payments".
    """
    found = key_accepted.or_why(ctx)
    if isinstance(found, KeyRejected):
        return fail(found.message, hint=found.hint, reason=found.reason)
    if isinstance(found, PermissionMissing):
        return unknown(
            _("the key is accepted, but may not read Checkout Sessions: {reason}").format(
                reason=found.message
            ),
            hint=found.hint,
            permission=found.permission,
        )
    if isinstance(found, ToolError):
        raise found
    mode = ctx.settings.stripe_mode
    return ok(_("the key is accepted ({mode} mode)").format(mode=mode) if mode else _("the key is accepted"))
