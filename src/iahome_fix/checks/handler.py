"""The check `site.webhook-handler`: the last resort, when all else is right and still nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import sales
from iahome_fix.checks.registry import check
from iahome_fix.checks.remarks import keys_differ, newer_endpoint, not_yet
from iahome_fix.errors import MissingCredential
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, fail, ok, skipped

if TYPE_CHECKING:
    from iahome_fix.checks.context import Context
    from iahome_fix.checks.sales import Sale

_MOST_SHOWN = 10


@check(
    "site.webhook-handler",
    N_("the handler writes what it acknowledges"),
    needs=(*sales.READING, *sales.WRITING, *sales.ARRIVING, "stripe.undelivered"),
)
def webhook_handler(ctx: Context) -> Finding:
    """The app's handlers answer 200 whatever the database said, so Stripe is content and tries no more.

    Found by: it used to write (rows with a session's id that no repair made), and every payment after the
    last of those was delivered, by all that is known, but left no row. Payments that another finding
    explains do not count. Where it has never written a row, this check cannot tell.
    Repair: in the code (5xx when a write fails; the metadata keys that the checkout sets), seen in the
    server's log at the time of the event; `reconcile` for the customers.
    Never: take Stripe's green marks for proof; stop here when something structural is wrong.
    """
    try:
        found = sales.sales(ctx)
    except MissingCredential as error:
        # Of the links stripe and site only this one looks into the database; alone it leaves nothing unsaid.
        return skipped(error.message, hint=error.hint, not_asked=True, variables=list(error.variables))
    written = [s.session.created for s in found if s.by_handler]
    if not written:
        return ok(_("no row of the handler is there yet, so there is nothing to judge it by"))
    last = max(written)
    lost = [s for s in sales.owed(ctx) if s.session.created > last and s.found_as_written]
    if lost:
        waiting = {event.object_id for event in sales.undelivered(ctx)}
        excused = waiting | sales.delayed(ctx)
        lost = [s for s in lost if s.session.id not in excused]
    if not lost:
        return ok(_("the handler wrote the newest payments that it was given"), last=last.isoformat())
    return _silent(ctx, lost, [s for s in found if s.by_handler])


def _silent(ctx: Context, lost: list[Sale], written: list[Sale]) -> Finding:
    ids = {s.session.id for s in lost}
    detail = ngettext(
        "the handler answers 200 without writing: {count} payment after the last that it wrote has no row",
        "the handler answers 200 without writing: {count} payments after the last that it wrote have no row",
        len(ids),
    ).format(count=len(ids))
    remarks = [keys_differ(lost, written), newer_endpoint(ctx, lost)]
    return fail(
        "; ".join([detail, *(remark for remark in remarks if remark)]),
        hint=_("the server's log at the time of these payments says why; {not_yet}").format(
            not_yet=not_yet()
        ),
        fix=ctx.fix("reconcile", undoable=True),
        sessions=sorted(ids)[:_MOST_SHOWN],
        since=min(s.session.created for s in lost).isoformat(),
    )
