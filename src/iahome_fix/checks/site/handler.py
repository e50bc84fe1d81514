"""The check `site.webhook-handler`: the last resort, when all else is right and still nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands, needed
from iahome_fix.checks.registry import check
from iahome_fix.checks.rehearsed import grants as rehearsed_grants
from iahome_fix.checks.remarks import keys_differ
from iahome_fix.checks.schema import row_triggers
from iahome_fix.checks.schema.customers_refused import ID as REFUSED
from iahome_fix.checks.site.free_orders import refused
from iahome_fix.checks.site.sales_readable import unreadable
from iahome_fix.checks.stripe.undelivered import not_delivered
from iahome_fix.facts import left_behind, rehearsals, removals, sales
from iahome_fix.facts.webhook import registered
from iahome_fix.facts.webhook_writer import public_key
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.model import Finding, Status, blocked, fail, ok, unknown

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
ID = "site.webhook-handler"


@check(
    ID,
    N_("the handler writes what it acknowledges"),
    needs=(*needed.READING, *needed.WRITING, *needed.ARRIVING),
    beside=(REFUSED,),
    queries=(
        *sales.OWED,
        "checks/payments_noted",
        "checks/payments_elsewhere",
        *rehearsals.QUERIES,
        *removals.QUERIES,
        *row_triggers.QUERIES,
        "checks/grant_tried",
    ),
)
def webhook_handler(ctx: Seen) -> Finding:
    """The app's handlers answer 200 whatever the database said, so Stripe is content and tries no more.

    Found by: it used to write (rows with a session's id that no repair made; where rows name no payment,
    those that were made when one was paid), and every payment after the last of those was delivered, by all
    that is known, but left no row, neither an access nor a note in `payments`. Where rows name no payment and
    some were deleted, it cannot be told. Or the grants lie in `user_applications`, the table of later
    versions, and not where the page reads. Payments that another finding explains do not count, nor those
    from before the endpoint was made, or corrected by `check-stripe --fix`, which notes when. Where it has
    never written a row, this check says nothing.
    Repair: in the code (the service role key; 5xx when a write fails; the metadata keys that the checkout
    sets), seen in the server's log at the time of the event; `reconcile` for the customers.
    Never: take Stripe's green marks for proof; stop here when something structural is wrong.
    """
    if not_asked := unreadable(ctx):
        return not_asked
    if ctx.status(REFUSED) is Status.UNKNOWN:
        return unknown(_("depends on {check}, of which nothing is known").format(check=REFUSED))
    if ctx.status(REFUSED) is Status.FAIL and not sales.refused(ctx):
        # Some of each kind were tried, so the others may be refused as well.
        return blocked(_("cannot be judged before {checks}").format(checks=REFUSED), REFUSED)
    if found := moved(ctx):
        return _other_table(ctx, found)
    last = sales.written(ctx).last
    if last is None:
        return ok(_("no row of the handler is there yet, so there is nothing to judge it by"))
    lost = _delivered(ctx, [s for s in _newest(ctx) if s.as_written])
    if not lost:
        return ok(_("the handler wrote the newest payments that it was given"), last=last.isoformat())
    if not silent(ctx):
        return ok(
            _(
                "the handler noted the newest payments, so it works; their grants were refused at that"
                " time, or their rows deleted since"
            ),
            last=last.isoformat(),
        )
    if (untold := _deleted_since(ctx)) is not None:
        return untold
    suspects = rehearsed_grants.undecided(ctx)
    if suspects:
        return unknown(
            _(
                "the newest payments have no row: by the handler, or by what {names} does with it,"
                " which reading does not show"
            ).format(names=", ".join(suspects)),
            hint=_("this command rehearses sales, rolls them back, and so shows it: {command}").format(
                command=commands.rehearse(ctx)
            ),
        )
    return _silent(ctx, silent(ctx))


def _deleted_since(ctx: Seen) -> Finding | None:
    """Where rows name no payment: whether those of the newest were deleted, as it is then not told who did
    what; None where nobody deleted a row, or rows tell."""
    if ctx.profile.table.metadata is not None:
        return None
    deleted = removals.deleted.or_why(ctx) if not ctx.only_data_api else None
    if deleted == 0:
        return None
    lost = len({sale.session.id for sale in silent(ctx)})
    counted = (
        ngettext(
            "its statistics count {count} deleted row", "its statistics count {count} deleted rows", deleted
        ).format(count=deleted)
        if isinstance(deleted, int)
        else _("whether rows of it were deleted is not known")
    )
    return unknown(
        ngettext(
            "{count} payment after the last that the handler wrote has no access: it wrote none, or that was"
            " deleted since; {table} does not say for which payment a row is, and {counted}",
            "{count} payments after the last that the handler wrote have no access: it wrote none, or they"
            " were deleted since; {table} does not say for which payment a row is, and {counted}",
            lost,
        ).format(count=lost, table=ctx.profile.table.name, counted=counted),
        hint=_("the server's log at the time of these payments says whether the handler wrote"),
    )


def moved(ctx: Seen) -> list[Sale]:
    """The newest sales whose grant lies in `user_applications`. Raises as `sales.sales` does."""
    lost = _newest(ctx)
    return [s for s in lost if s.key in left_behind.elsewhere(ctx)] if lost else []


def silent(ctx: Seen) -> list[Sale]:
    """The sales that the handler was given after the last that it wrote, and of which it left nothing.

    Raises as `sales.sales` does.
    """
    if sales.written(ctx).last is None:
        return []
    lost = _delivered(ctx, [s for s in _newest(ctx) if s.as_written])
    return [s for s in lost if s.session.id not in left_behind.noted(ctx)]


def _newest(ctx: Seen) -> list[Sale]:
    """The sales owed today that came after the last that the handler wrote."""
    last = sales.written(ctx).last
    left_out = {sale.key for sale in refused(ctx)}
    return [
        s for s in sales.owed(ctx) if (last is None or s.session.created > last) and s.key not in left_out
    ]


def _delivered(ctx: Seen, lost: list[Sale]) -> list[Sale]:
    """Those of the sales that the handler was given, by all that is known, with the money there."""
    if not lost:
        return []
    excused = not_delivered(ctx) | left_behind.delayed(ctx)
    endpoint = registered(ctx)
    since = endpoint.as_it_is_since if endpoint else None
    return [s for s in lost if s.session.id not in excused and (since is None or s.session.moment >= since)]


def _silent(ctx: Seen, lost: list[Sale]) -> Finding:
    ids = {s.session.id for s in lost}
    detail = ngettext(
        "the handler answers 200 without writing: {count} payment after the last that it wrote has no row",
        "the handler answers 200 without writing: {count} payments after the last that it wrote have no row",
        len(ids),
    ).format(count=len(ids))
    keys = keys_differ(ctx, lost, (s for s in sales.sales(ctx) if s.by_handler))
    key_known = ctx.status("site.source-key") is Status.OK
    blind = None if keys or key_known else public_key(ctx)
    more = keys or _which(blind=blind is not None, key_known=key_known)
    hint = [
        _("the server's log at the time of these payments says why"),
        blind,
        _("site.source-webhook names the line") if ctx.status("site.source-webhook") is Status.WARN else None,
        _("if something was repaired since, they are from before it, and only reconcile is left to do"),
    ]
    return fail(
        joined(detail, more) if more else detail,
        hint=_("; ").join(part for part in hint if part),
        fix=commands.reconcile(ctx, lost),
        sessions=sorted(ids)[:_MOST_SHOWN],
        since=min(s.session.created for s in lost).isoformat(),
    )


def _which(*, blind: bool, key_known: bool) -> str | None:
    """From outside, a handler that sees no customer and one whose write fails look the same (F24, F51)."""
    if key_known:
        return _(
            "its code has the server's key, so the error of a write is swallowed: the server's log says which"
        )
    if not blind:
        return None
    return _(
        "either its code has the public (anon) key, to which profiles is empty, or the error of a"
        " write is swallowed: the app's source (doctor --app FOLDER) or the server's log says which"
    )


def _other_table(ctx: Seen, moved: list[Sale]) -> Finding:
    ids = {s.session.id for s in moved}
    return fail(
        ngettext(
            "the handler writes to {theirs}, not to {table}: {count} payment has its grant only there",
            "the handler writes to {theirs}, not to {table}: {count} payments have their grants only there",
            len(ids),
        ).format(count=len(ids), theirs=ctx.profile.elsewhere, table=ctx.profile.table.name),
        hint=_(
            "handler and page have to use the same table; where the deployed page reads {theirs}, too, these"
            " customers have what they paid for, and this tool looks at the wrong table (--profile)"
        ).format(theirs=ctx.profile.elsewhere),
        fix=commands.reconcile(ctx, moved),
        sessions=sorted(ids)[:_MOST_SHOWN],
    )
