"""The check `data.account-remade`: do accesses belong to an id that their customer had before?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands, needed, remarks
from iahome_fix.checks.registry import check
from iahome_fix.facts import sales
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, fail, ok

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
ID = "data.account-remade"


@check(
    ID,
    N_("accesses belong to the ids that their customers have now"),
    needs=needed.READING,
    after=needed.WRITING,
    queries=sales.QUERIES,
)
def account_remade(ctx: Seen) -> Finding:
    """A login that was deleted and made again, or signed in with another provider, has another id. The
    accesses of the former one stay where they were, and the page does not find them.

    Found by: accesses in force whose owner is no profile, and that cite a payment which leads to exactly one
    profile that is there.
    Repair: `repair` (or `reconcile`) gives each of them to the id of today with the end that it has, and
    deactivates the row of the former id; `undo` reverses that.
    Never: grant anew with a fresh term; delete the rows of the former id.
    """
    found = sales.stopped(ctx, ID)
    if not found:
        return ok(_("no access belongs to an id that is gone"))
    owners = {sale.owner for sale in found}
    rows = sorted({str(sale.former_row) for sale in found})
    return fail(
        ngettext(
            "{count} access stayed with a former id of {customers}: the login was made again",
            "{count} accesses stayed with former ids of {customers}: the login was made again",
            len(rows),
        ).format(
            count=len(rows),
            customers=ngettext("{count} customer", "{count} customers", len(owners)).format(
                count=len(owners)
            ),
        ),
        hint=commands.by_sql(
            ctx,
            remarks.triggers_first(
                ctx,
                _(
                    "repair gives these accesses to the ids of today and keeps their ends; what makes logins"
                    " anew has to move module_access with them (rows {rows})"
                ).format(rows=", ".join(rows[:_MOST_SHOWN])),
            ),
        ),
        fix=commands.repair(ctx, undoable=True),
        rows=rows[:_MOST_SHOWN],
        sessions=sorted({sale.session.id for sale in found})[:_MOST_SHOWN],
        customers=len(owners),
    )
