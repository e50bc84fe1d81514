"""The shortest safe sequence for what is broken: all plans first, then applied in an order that is safe while
the shop sells.

The schema comes first, since everything is written into it; then the profiles, by which payments are matched;
then the endpoint, so that no payment is lost while old ones are made good; then the accesses. Each step is
planned again when its turn comes, and stops the sequence when it would do more than was shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import MissingCredential, Refused, ToolError
from iahome_fix.i18n import _
from iahome_fix.repairs import bare, emails, endpoint
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.migrate import migrate, served
from iahome_fix.repairs.migrate.taken import Taken
from iahome_fix.repairs.reconcile import reconcile
from iahome_fix.repairs.repair import over_api as sequence_api
from iahome_fix.repairs.repair.by_hand import is_known, left_by_hand, needs_a_person, refused_url
from iahome_fix.repairs.repair.done import Done
from iahome_fix.repairs.repair.plan import (
    BACKFILL,
    EMAILS,
    ENDPOINT,
    MIGRATE,
    RECONCILE,
    ByHand,
    Sequence,
    Step,
)
from iahome_fix.repairs.repair.steps import (
    addresses,
    due_payments,
    endpoint_step,
    migration,
    payments,
    tokens,
)
from iahome_fix.schema.requirements import PLAIN, Shape

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Report
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.reconcile.plan import ReconcilePlan
    from iahome_fix.repairs.repair.done import Given
    from iahome_fix.repairs.withdrawn import Withdrawn
    from iahome_fix.systems.stripe_writer import StripeWriter


# While one of these fails and only a person can mend it, a step would be refused, or do harm: a second table
# beside the one that was renamed, rows that a trigger hides.
_BEFORE_ANY_WRITE = frozenset({"supabase.writable"})
_BEFORE_THE_SCHEMA = frozenset({"schema.module-access"})
_BEFORE_ROWS = frozenset({"schema.grant-accepted", "schema.sequence"})


def plan(
    ctx: Context, report: Report, terms: Terms, shape: Shape = PLAIN, *, longest: float | None = None
) -> Sequence:
    """What would repair what the report found; `shape`: of the table; `longest`: of `Sequence`. Reads only.

    A repair that cannot be planned for want of a credential is left out: the report says what is missing.
    """
    steps: list[Step] = []
    refused: list[ByHand] = []
    taken: dict[str, tuple[Withdrawn, ...]] = {}

    def attempt(check: str, make: Callable[[], Step | None]) -> None:
        try:
            step = make()
        except MissingCredential:
            return
        except Refused as error:
            refused.append(ByHand(check, error.message, error.hint))
            return
        except ToolError as error:
            if not is_known(report, check):
                refused.append(ByHand(check, error.message, error.hint))
            return
        if step is not None:
            steps.append(step)

    # What closed only while doctor looked: a change is made over the way that the run was begun with.
    refused += [] if ctx.settings.passed_over else refused_url(report)
    closed = bool(refused) or needs_a_person(report, _BEFORE_ANY_WRITE)
    guides = ctx.profile.is_guides
    if guides and not closed and not needs_a_person(report, _BEFORE_THE_SCHEMA):
        attempt("schema.module-access", lambda: migration(ctx, shape))
    unmet: frozenset[str] | None = next((step.plan.unmet for step in steps if step.id == MIGRATE), None)
    if not closed:
        attempt("data.email-case", lambda: None if ctx.only_data_api else addresses(report))
    attempt("stripe.endpoint", lambda: endpoint_step(ctx))
    in_the_way = closed or needs_a_person(report, _BEFORE_THE_SCHEMA | _BEFORE_ROWS)
    in_the_way = in_the_way or (ctx.only_data_api and sequence_api.hides_rows(report))
    if not in_the_way and not any(b.check == "schema.module-access" for b in refused):
        if guides:
            attempt("data.tokens-without-access", lambda: tokens(ctx, taken, unmet=unmet))
        attempt("payments.unfulfilled", lambda: payments(ctx, terms, taken, refused, unmet=unmet))
    by_hand = left_by_hand(report, steps, refused, over_api=ctx.only_data_api)
    left_out = None if guides else _left_out(ctx.profile)
    return Sequence(tuple(steps), (*refused, *by_hand), terms, taken, longest, left_out)


def _left_out(profile: AppProfile) -> str:
    return _(
        "no step changes {table}, which the app's own scripts make, and none gives accesses for tokens, which"
        " this version does not turn into any ({name})"
    ).format(table=profile.table.name, name=profile.name)


def apply(
    ctx: Context,
    agreed: Sequence,
    run_id: str,
    writer: StripeWriter | None,
    done: Done,
    tell: Callable[[str], None],
) -> None:
    """Apply the steps one after the other; `done` tells how far it came, whatever happens.

    Raises what the step raises that did not do what was shown; the steps before it are applied.
    """
    for step in agreed.steps:
        tell(_("{title} …").format(title=step.title))
        _apply_step(ctx, step, agreed, run_id, writer, done, tell)
        done.steps.append(step.id)
        done.note()
        # Not before the step is noted: the schema is changed, whatever the Data API makes of it.
        if step.id == MIGRATE and served.wait_until_served(ctx, tell) is False:
            raise served.not_served(ctx)


def _apply_step(
    ctx: Context,
    step: Step,
    agreed: Sequence,
    run_id: str,
    writer: StripeWriter | None,
    done: Done,
    tell: Callable[[str], None],
) -> None:
    if step.id == MIGRATE:
        taken = Taken()

        def note() -> None:
            done.changes |= taken.on_record()
            done.note()

        def deciding(will_be: Taken) -> None:
            done.changes |= will_be.on_record()
            done.deciding()
            done.changes |= taken.on_record()

        taken.note, taken.deciding = note, deciding
        done.changes |= taken.on_record()
        migrate.apply(ctx.database, step.plan, tell, run_id=run_id, taken=taken, longest=agreed.longest)
        done.counts[MIGRATE] = len(taken.steps)
    elif step.id == EMAILS:
        done.changes["emails"] = emails.apply(ctx.database, step.at_most or 0, ctx.profile)
        done.counts[EMAILS] = done.changes["emails"]["changed"]
    elif step.id == ENDPOINT and writer is not None:
        result = endpoint.apply(writer, step.plan)
        done.changes["stripe"] = [result.on_record(step.plan)]
        done.secret = result.secret
        done.counts[ENDPOINT] = 1
    elif step.id == BACKFILL and ctx.only_data_api:
        written = sequence_api.give_tokens(ctx, run_id, lambda plan: _within(step, plan), tell)
        done.wrote(BACKFILL, written)
    elif step.id == BACKFILL:
        tokens = step.plan or _within(step, backfill.plan(ctx.database, ctx.profile))
        with done.counting(BACKFILL):
            done.counts[BACKFILL] = (
                backfill.apply(ctx.database, tokens, run_id, wrote=done.rows, note=done.noting)
                if tokens.to_create
                else 0
            )
        done.holders = tokens.customers if done.counts[BACKFILL] == tokens.to_create else 0
    elif step.id == RECONCILE and agreed.terms is not None:
        # Always anew: what the backfill gave is not due a second time.
        paid = _within(step, due_payments(ctx, agreed.terms))
        if ctx.only_data_api:
            _give_over_api(ctx, paid, run_id, done, tell)
            return

        def noting(deciding: bool) -> None:
            # Where the answer is lost, all that the plan has may have been made.
            _on_record(paid, paid.to_create, done)
            done.noting(deciding)

        try:
            with done.counting(RECONCILE):
                done.counts[RECONCILE] = (
                    reconcile.apply(ctx.database, paid, run_id, wrote=done.rows, note=noting)
                    if paid.to_create
                    else 0
                )
        finally:
            _on_record(paid, done.counts.get(RECONCILE, paid.to_create), done)
        done.gained = paid.gained(done.counts[RECONCILE]) if paid.to_create else None


def _on_record(paid: ReconcilePlan, created: int, done: Done) -> None:
    """Of rows in a table that says nothing of runs the journal alone knows; before a commit, too."""
    if paid.to_create and not paid.profile.is_guides:
        done.changes["rows"] = bare.on_record(paid.profile, created, done.rows)


def _give_over_api(
    ctx: Context, paid: ReconcilePlan, run_id: str, done: Done, tell: Callable[[str], None]
) -> None:
    written: Given | None = None
    if paid.to_create and paid.profile.is_guides:
        written = sequence_api.give_payments(ctx, paid, run_id, tell)
    elif paid.to_create:
        written = sequence_api.give_payments_bare(ctx, paid, run_id, done.keeping, tell)
    done.wrote(RECONCILE, written)
    done.gained = paid.gained(written.created) if written is not None else None


def _within(step: Step, now: Any) -> Any:
    if step.at_most is not None and now.to_create > step.at_most:
        raise Refused(
            "changed",
            _("{title}: {now} accesses are due now, {shown} were shown; it was left out").format(
                title=step.title, now=now.to_create, shown=step.at_most
            ),
            _("run the same command again and look at the new plan"),
        )
    return now
