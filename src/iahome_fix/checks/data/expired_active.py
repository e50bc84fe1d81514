"""The check `data.expired-active`: rows that are active although they are over."""

from __future__ import annotations

from iahome_fix.checks.registry import check
from iahome_fix.facts.queries import of_rows
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, ok, warn

_TABLES = (
    "schema.module-access",
    "schema.access-tokens",
    "schema.modules",
    "schema.profiles",
    "schema.columns",
)


@check(
    "data.expired-active",
    N_("no access is active after its end"),
    needs=_TABLES,
    queries=("checks/expired",),
)
def expired_active(ctx: Seen) -> Finding:
    """An access that reached its end is no defect; the page hides it. But while its row is marked active, the
    handler takes it for an access in force and refuses the renewal.

    Found by: active rows whose end lies in the past (UTC). Repair: `backfill` and `reconcile` deactivate them
    where a new access is due. Never: extend everything "to be safe".
    """
    row = of_rows(ctx, "checks/expired", patient=True).only("checks/expired")
    count = int(row["found"])
    if not count:
        return ok(_("no active access is past its end"))
    return warn(
        ngettext(
            "{count} access has reached its end and is still marked active",
            "{count} accesses have reached their end and are still marked active",
            count,
        ).format(count=count),
        hint=_("its customer sees nothing any more, as sold; a renewal would be refused while it is so"),
        count=count,
        oldest=str(row["oldest"]),
    )
