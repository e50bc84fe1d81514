"""The check `payments.unfulfilled`: every payment has the access that was bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.checks import commands, needed, remarks, stops
from iahome_fix.checks.money import amounts
from iahome_fix.checks.payments.taken_away import taken_away
from iahome_fix.checks.registry import check
from iahome_fix.checks.schema import row_triggers
from iahome_fix.domain.sale import Verdict
from iahome_fix.domain.sums import amounts_of
from iahome_fix.facts import removals, sales
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.model import Finding, blocked, fail, ok, unknown, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen


_MOST_SHOWN = 10


@check(
    "payments.unfulfilled",
    N_("everyone who paid has what was bought"),
    needs=needed.READING,
    after=(*needed.WRITING, *needed.ARRIVING),
    beside=stops.BESIDE,
    queries=(*stops.QUERIES, "checks/refusals", *row_triggers.QUERIES, "checks/grant_tried"),
)
def unfulfilled(ctx: Seen) -> Finding:
    """The one question that matters: paid, not refunded, and still nothing to see.

    Found by: every paid Checkout Session of the last 90 days (or --since) and each module that it names, held
    against the accesses in one query. It counts as served if a row of the customer cites it, or if an access
    of theirs covers the term that was bought: --access-duration, else as long as the rows of the webhook say
    for the module at that time, else as the version of the app sells (72 hours in the guide's). What a
    person withdrew is owed to nobody: it is counted, and `reconcile` lists it. Sessions younger than 5
    minutes are left out, and so are those that another finding explains, which is named instead; mostly it
    explains all of them.
    Repair: `reconcile`. Never: grant by hand what may be under way; grant what was refunded or disputed;
    create profiles for payers.
    """
    lost = stops.left(ctx)
    if not lost:
        return _served(ctx, sales.unserved(ctx))
    ids = {s.session.id for s in lost}
    total = amounts_of(s.session for s in lost)
    oldest = min(s.session.created for s in lost)
    detail = ngettext(
        "{count} payment ({amount}) without the access that it bought, made {age} ago",
        "{count} payments ({amount}) without the access that they bought, the oldest made {age} ago",
        len(ids),
    ).format(
        count=len(ids),
        amount=amounts(total) or _("free of charge"),
        age=figures.span(sales.now(ctx) - oldest),
    )
    more = (
        remarks.over(lost),
        remarks.of_unknown_term(lost),
        remarks.keys_differ(ctx, lost),
        remarks.typed_differently(lost),
        remarks.by_id(lost),
        remarks.without_address(lost),
        remarks.delayed(ctx, lost),
        remarks.newer_endpoint(ctx, lost),
        remarks.refused_then(ctx, lost),
    )
    said = [remark for remark in more if remark]
    if not said and (unsent := remarks.without_event(ctx, lost)):
        said = [unsent]  # where nothing else explains a payment
    return fail(
        joined(detail, *said),
        hint=remarks.what_first(ctx, lost),
        fix=commands.reconcile(ctx, lost),
        sessions=sorted(ids)[:_MOST_SHOWN],
        payments=len(ids),
        modules=len(lost),
        amount=dict(total),
        oldest=oldest.isoformat(),
        over=sum(s.over for s in lost),
    )


def _served(ctx: Seen, found: Sequence[Sale]) -> Finding:
    reasons = stops.reasons(ctx, found)
    speaks_for = stops.speakers(ctx)
    count = len({s.session.id for s in found if speaks_for(s)})
    if reasons:
        return blocked(
            ngettext(
                "{count} payment without an access, explained by {checks}",
                "{count} payments without an access, explained by {checks}",
                count,
            ).format(count=count, checks=", ".join(reasons)),
            *reasons,
            payments=count,
        )
    unclear = [s for s in found if s.verdict is Verdict.UNCLEAR]
    if unclear:
        return _unclear(ctx, unclear)
    ended = removals.after_their_end(ctx)
    if ended:
        return _ended(ctx, [s for s in found if s.key in ended])
    paid = len({hash(s.session.id) for s in sales.sales(ctx) if s.served})
    taken = len({s.taken_row for s in found if s.verdict is Verdict.WITHDRAWN})
    day = figures.day(sales.terms(ctx).since)
    said = (
        ngettext(
            "{count} payment since {day}, and it was served",
            "{count} payments since {day}, and all were served",
            paid,
        ).format(count=paid, day=day)
        if paid
        else _("no payment since {day} waits for an access").format(day=day)
    )
    if taken:
        listing = ctx.settings.command("reconcile", *commands.words(ctx), "--dry-run")
        said = joined(said, taken_away(taken, listing))
    return ok(said, payments=paid, withdrawn=taken)


def _ended(ctx: Seen, found: Sequence[Sale]) -> Finding:
    """What is over, was noted by the handler, and has no row in a table from which rows are deleted."""
    ids = {s.session.id for s in found}
    names = ", ".join(job.name for job in removals.jobs.or_none(ctx) or ())
    return warn(
        joined(
            ngettext(
                "{count} payment ({amount}) whose term is over has no access any more, though the handler"
                " noted it",
                "{count} payments ({amount}) whose terms are over have no access any more, though the handler"
                " noted them",
                len(ids),
            ).format(count=len(ids), amount=amounts(amounts_of(s.session for s in found))),
            _("a job of pg_cron deletes accesses: {names}").format(names=names)
            if names
            else _(
                "accesses are deleted from the table (its statistics count them), and no access that is over"
                " is kept"
            ),
        ),
        hint=_(
            "if accesses are deleted only after their end, nobody is owed anything; otherwise this command"
            " gives customers what they paid for: {command}"
        ).format(command=commands.reconcile(ctx, found).command),
        sessions=sorted(ids)[:_MOST_SHOWN],
        payments=len(ids),
    )


def _unclear(ctx: Seen, found: Sequence[Sale]) -> Finding:
    ids = {s.session.id for s in found}
    return unknown(
        ngettext(
            "{count} payment ({amount}) has no access; whether it was refunded is not known, and so"
            " neither is whether an access is owed",
            "{count} payments ({amount}) have no access; whether they were refunded is not known, and"
            " so neither is whether accesses are owed",
            len(ids),
        ).format(count=len(ids), amount=amounts(amounts_of(s.session for s in found))),
        hint=_("look at these payments in Stripe; if they stand: {command}").format(
            command=ctx.fix("reconcile", "--include-unclear", *commands.words(ctx)).command
        ),
        sessions=sorted(ids)[:_MOST_SHOWN],
        payments=len(ids),
    )
