"""The JWT keys that Supabase takes out of service: which of them is in use, and what comes in their place.

Sources: Supabase, "Migrating to publishable and secret API keys" (their end: late in 2026, no day was
named), and the Management API's `GET /v1/projects/{ref}/api-keys/legacy`, which says whether a project still
takes them. Both keys go off together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands
from iahome_fix.facts.data_api import legacy_keys_enabled
from iahome_fix.i18n import _, labelled
from iahome_fix.model import Finding, fail, ok
from iahome_fix.settings.kinds import Kind, kind_of
from iahome_fix.settings.replacing import Leaked, Secret, replacements

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.data_api import Reply

_SAID = "legacy api keys are disabled"
"""The gateway's own words (HTTP 401, without a code)."""


def accepted(ctx: Seen, key: str) -> Finding:
    """The finding for a key that works; of a legacy one with what comes in its place, before it ends."""
    if kind_of(key) is not Kind.JWT:
        return ok(_("the key is accepted"))
    return ok(
        _(
            "the key is accepted; it is a legacy key (a JWT), which Supabase takes out of service (late in"
            " 2026, by its announcement): {steps}"
        ).format(steps="; ".join(_steps(ctx))),
        legacy=True,
    )


def disabled(ctx: Seen, key: str, reply: Reply) -> Finding | None:
    """The finding for a refused key where the refusal is that of all legacy keys; None for another reason."""
    if kind_of(key) is not Kind.JWT:
        return None
    if _SAID not in reply.message.lower() and legacy_keys_enabled(ctx) is not False:
        return None
    make, put, _disable = _steps(ctx)
    return fail(
        _(
            "the legacy API keys of the project are disabled, and this is one (a JWT): the anon and the"
            " service_role key are both refused"
        ),
        hint="; ".join(
            [
                _("{make}; {put}; then: {command}").format(make=make, put=put, command=commands.again(ctx)),
                _("until that is done they can be enabled again there, while the project still has them"),
            ]
        ),
        code=reply.code,
        legacy=True,
        enabled=False,
    )


def _steps(ctx: Seen) -> tuple[str, ...]:
    found = replacements([Leaked(Secret.SERVICE_ROLE)], ctx.settings.project_ref)[0]
    first, *others = found.steps
    return (labelled(found.place, first), *others)
