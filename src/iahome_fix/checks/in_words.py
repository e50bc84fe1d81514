"""A finding in the words of the shop's profile.

The sentences of the checks name the table of accesses as the guide does. In a shop of another version they
are about its own table, which `migrate` does not change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.model import Finding

_GUIDES = MODULE_ACCESS.table.name
_ONLY_GUIDES = ("migrate", "backfill")
"""Commands that are about the guide's table alone."""


def of_profile(ctx: Seen, finding: Finding) -> Finding:
    """The finding as it is to be said in this shop."""
    if ctx.profile.is_guides or finding.evidence.get("both_named"):
        return finding
    table = ctx.profile.table.name
    fix, hint = finding.fix, finding.hint
    if fix is not None and fix.command.split()[1:2][0] in _ONLY_GUIDES:
        fix = None
        hint = _(
            "{command} is for the guide's {guides}: change {table} by hand, as the version of the app that is"
            " deployed needs it"
        ).format(command=str(finding.fix and finding.fix.command.split()[1]), guides="\0", table=table)
    return replace(
        finding,
        detail=finding.detail.replace(_GUIDES, table),
        hint=hint.replace(_GUIDES, table).replace("\0", _GUIDES) if hint else hint,
        fix=fix,
        evidence={key: _said(value, table) for key, value in finding.evidence.items()},
    )


def _said(value: Any, table: str) -> Any:
    if isinstance(value, str):
        return value.replace(_GUIDES, table)
    return [_said(one, table) for one in value] if isinstance(value, list) else value
