"""The check `data.row-in-the-way`: does a row of the customer's keep the handler from the next one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands, needed
from iahome_fix.checks.money import amounts
from iahome_fix.checks.registry import check
from iahome_fix.domain.sums import amounts_of
from iahome_fix.facts import sales
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, fail, ok

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
ID = "data.row-in-the-way"


@check(
    ID,
    N_("no row of a customer keeps out the next one"),
    needs=needed.READING,
    after=("schema.updates-accepted",),
    queries=sales.QUERIES,
)
def row_in_way(ctx: Seen) -> Finding:
    """The handler looks for an active row of the customer and the module, and takes any for an access: one
    that reached its end long ago, or one that ends before the term that was bought now. It answers 200 and
    writes nothing, so a customer who paid again sees nothing.

    Found by: payments that are owed, and an active row of the same customer and module from before them,
    whatever payment it cites.
    Repair: `reconcile` deactivates the old row and inserts the new one, in one transaction; over the Data API
    alone it extends the access that still runs, in its own row. In the code: the handler has to look at
    `expires_at`, too, and to extend what is still running.
    Never: delete the old row, it proves a purchase; extend it from its old end.
    """
    found = sales.stopped(ctx, ID)
    if not found:
        return ok(_("no row stands in the way of a payment"))
    ids = sorted({sale.session.id for sale in found})
    rows = sorted({str(sale.row_in_way) for sale in found})
    over = sum(sale.row_over for sale in found)
    parts = [
        ngettext(
            "{count} payment ({amount}) was refused for a row that its customer has already: the handler"
            " takes every active row for an access",
            "{count} payments ({amount}) were refused for rows that their customers have already: the handler"
            " takes every active row for an access",
            len(ids),
        ).format(count=len(ids), amount=amounts(amounts_of(s.session for s in found)) or _("free of charge")),
        *(
            [_("rows whose end has come, but which are still marked active: {count}").format(count=over)]
            if over
            else []
        ),
        *(
            [_("rows in force that end before the new term: {count}").format(count=len(found) - over)]
            if over < len(found)
            else []
        ),
    ]
    return fail(
        _("; ").join(parts),
        hint=_(
            "reconcile deactivates the old row and inserts the new one; the handler has to look at"
            " expires_at, or every renewal is refused (rows {rows})"
        ).format(rows=", ".join(rows[:_MOST_SHOWN])),
        fix=commands.reconcile(ctx, found),
        sessions=ids[:_MOST_SHOWN],
        rows=rows[:_MOST_SHOWN],
        payments=len(ids),
        expired=over,
    )
