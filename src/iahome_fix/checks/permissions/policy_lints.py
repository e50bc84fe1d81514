"""What Supabase's linter says of the policies that others made on `module_access`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.registry import check
from iahome_fix.facts.tables import gaps, said
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Kind, ok, warn

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


@check(
    "permissions.policies",
    N_("the policies cost no more than they have to"),
    kind=Kind.HYGIENE,
    needs=("schema.module-access",),
    queries=("module_access/135_policies_of_others",),
)
def policies(ctx: Seen) -> Finding:
    """Slow, not wrong: a bare `auth.uid()` is worked out for each row, and each further policy for each
    query.

    Found by: the catalog, as Supabase's linter does (0003, 0006).
    Repair: by hand, after a look at what each policy is for; this tool changes no policy that it did not
    make.
    Never: join two policies because the linter counts two; who sees what may change.
    """
    found = gaps(ctx, "135_policies_of_others")
    if not found:
        return ok(_("no policy is worked out more often than it has to be"))
    return warn(
        said(found),
        hint=_("who sees what has to stay the same; in the SQL editor: {statements}").format(
            statements="; ".join(dict.fromkeys(str(gap.statement) for gap in found))
        ),
        policies=[gap.item for gap in found],
    )
