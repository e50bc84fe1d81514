"""A finding in the words of the shop's profile.

The sentences of the checks name the table of accesses as the guide does. In a shop of another version they
are about its own table, which `migrate` does not change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iahome_fix.checks import statements
from iahome_fix.i18n import _
from iahome_fix.profile.seen import GUIDE

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.model import Finding, Fix

_ONLY_GUIDES = ("migrate", "backfill")
"""Commands that are about the guide's table alone."""
_OF_BOTH = ("schema.profile", "site.webhook-handler")
"""Checks that set the table of one version against that of another, and name both."""
_BY_HAND = {
    "schema.sequence": "bare_sequence",
    "permissions.service-role": "bare_server",
    "permissions.owner-reads": "bare_policy",
}
"""What a person may run instead, where the finding is what `migrate` repairs in the guide's table."""


def of_profile(ctx: Seen, check_id: str, finding: Finding) -> Finding:
    """The finding of a check as it is to be said in this shop."""
    # Which version it is may take its time to be found: what does not speak of it does not wait for that.
    if check_id in _OF_BOTH or not _speaks_of_it(finding) or ctx.profile.is_guides:
        return finding
    table = ctx.profile.table.name
    fix, hint = finding.fix, finding.hint
    if _is_of_guides(fix):
        fix = None
        by_hand = _BY_HAND.get(check_id)
        hint = (
            _("in the SQL editor: {statements}; then {command}").format(
                statements=statements.of_table(by_hand, ctx.profile), command=ctx.settings.command("doctor")
            )
            if by_hand
            else _(
                "migrate is for the guide's {guides}: change {table} by hand, as the version of the app that"
                " is deployed needs it"
            ).format(guides="\0", table=table)
        )
    return replace(
        finding,
        detail=finding.detail.replace(GUIDE, table),
        hint=hint.replace(GUIDE, table).replace("\0", GUIDE) if hint else hint,
        fix=fix,
        evidence={key: _said(value, table) for key, value in finding.evidence.items()},
    )


def _speaks_of_it(finding: Finding) -> bool:
    said = (finding.detail, finding.hint or "", str(finding.evidence))
    return any(GUIDE in text for text in said) or _is_of_guides(finding.fix)


def _is_of_guides(fix: Fix | None) -> bool:
    return fix is not None and fix.command.split()[1:2][0] in _ONLY_GUIDES


def _said(value: Any, table: str) -> Any:
    if isinstance(value, str):
        return value.replace(GUIDE, table)
    return [_said(one, table) for one in value] if isinstance(value, list) else value
