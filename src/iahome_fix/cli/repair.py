"""`repair`: doctor, one plan over all repairs, one question, doctor again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from iahome_fix import errors
from iahome_fix.cli.command import command
from iahome_fix.cli.doctor import EXIT_CODES
from iahome_fix.cli.extent import STOP_SALES, App, ChangeTypes, StopSales
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.cli.known import with_known
from iahome_fix.cli.reconcile import site_of_test_payments
from iahome_fix.cli.servers_key import api_label
from iahome_fix.cli.terms import SINCE, AccessDuration, From, Since, Start, terms
from iahome_fix.errors import PartlyApplied, ToolError
from iahome_fix.i18n import _, ngettext
from iahome_fix.systems.open import has_only_data_api

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Report
    from iahome_fix.output.screen import Screen
    from iahome_fix.output.verdict import Ways
    from iahome_fix.repairs.repair.done import Done
    from iahome_fix.repairs.repair.plan import Sequence
    from iahome_fix.repairs.repair.promises import Promise
    from iahome_fix.systems.stripe_writer import StripeWriter

_EMPTY: dict[str, Any] = {
    "before": None,
    "plan": None,
    "withdrawn": [],
    "warnings": [],
    "applied": [],
    "counts": {},
    "gained": None,
    "after": None,
    "promises": [],
    "run_id": None,
}


@command("repair", empty_body=_EMPTY)
def repair(
    frame: Frame,
    since: Since = SINCE,
    access_duration: AccessDuration = None,
    start: From = Start.PURCHASE,
    app: App = None,
    change_types: ChangeTypes = False,
    stop_sales_for: StopSales = STOP_SALES,
) -> Outcome:
    """Repair what doctor finds: one plan over migrate, backfill, reconcile and the endpoint, asked once.

    Applied in the order that is safe for a running shop; it stops at the first step that would not do what
    the plan said. What only a person can do is listed with the words and the place.
    """
    from iahome_fix.cli.shop import require_certain
    from iahome_fix.cli.source import give_source
    from iahome_fix.cli.way_in import opened
    from iahome_fix.facts.context import Context
    from iahome_fix.repairs.repair import sequence
    from iahome_fix.schema.requirements import Shape

    now = datetime.now(UTC)
    chosen = terms(frame, since, access_duration, start)
    frame.show_target()
    frame.say(_("looking at every link …"), "quiet")
    ctx = opened(frame, lambda found: Context(found, timeout=frame.common.timeout), writes=True)
    try:
        before = _report(frame, chosen)
        give_source(ctx, app)
        require_certain(ctx, "repair")
        plan = sequence.plan(
            ctx, before, ctx.on_terms(chosen), Shape(change_types=change_types), longest=stop_sales_for
        )
        return _go_on(frame, ctx, before, plan, now)
    finally:
        ctx.close()


def _go_on(frame: Frame, ctx: Context, before: Report, plan: Sequence, now: datetime) -> Outcome:
    from iahome_fix.output.document import report_body
    from iahome_fix.output.reconcile import show_test_site, test_payments
    from iahome_fix.output.repair import show_sequence
    from iahome_fix.repairs.repair.plan import RECONCILE

    pays = any(step.id == RECONCILE for step in plan.steps)
    test_site = site_of_test_payments(frame, frame.settings.stripe_mode) if pays else None
    shown = plan.as_json()
    body: dict[str, Any] = {
        "before": _judged(before, report_body(before)),
        "plan": shown,
        "withdrawn": plan.taken_away(emails=frame.common.show_emails),
        "warnings": [
            *([test_payments(test_site)] if test_site else []),
            *(step["warning"] for step in shown["steps"] if step["warning"]),
        ],
    }

    def show_plan(screen: Screen) -> None:
        show_test_site(screen, test_site)
        show_sequence(screen, before, plan, frame.settings.command, emails=frame.common.show_emails)

    if not plan.steps:
        return _nothing_to_do(frame, ctx, before, plan, body, now)
    if frame.common.dry_run:
        return Outcome(errors.OK, "planned", body, show_plan)
    not_agreed = frame.unless_agreed(_question(frame, plan), body, show_plan)
    if not_agreed is not None:
        return not_agreed
    return _apply(frame, ctx, plan, body)


def _question(frame: Frame, plan: Sequence) -> str:
    """The question names what it is about: by then the plan has scrolled the target away."""
    from iahome_fix.repairs.repair.plan import BACKFILL, RECONCILE

    settings = frame.settings
    most = sum(step.at_most or 0 for step in plan.steps if step.id in (BACKFILL, RECONCILE))
    accesses = ngettext("{count} access at most", "{count} accesses at most", most).format(count=most)
    return ngettext(
        "Apply this {count} step ({accesses}) to {database}, Stripe {mode}, {site}?",
        "Apply these {count} steps ({accesses}) to {database}, Stripe {mode}, {site}?",
        len(plan.steps),
    ).format(
        count=len(plan.steps),
        accesses=accesses if most else _("no access is made"),
        database=settings.database_label
        or (api_label(settings) if has_only_data_api(settings) else _("no database")),
        mode=settings.stripe_mode or _("not set"),
        site=settings.site_url,
    )


def _nothing_to_do(
    frame: Frame, ctx: Context, before: Report, plan: Sequence, body: dict[str, Any], now: datetime
) -> Outcome:
    from iahome_fix.output.document import report_body
    from iahome_fix.output.repair import show_promises, show_sequence
    from iahome_fix.repairs.repair.promises import promises

    kept = promises(
        before,
        frame.settings.command,
        table=ctx.profile.table.name,
        since=_yesterday(now),
        terms=_words(plan),
    )
    body |= {"after": _judged(before, report_body(before)), "promises": _as_json(kept)}

    def show(screen: Screen) -> None:
        show_sequence(screen, before, plan, frame.settings.command, emails=frame.common.show_emails)
        show_promises(screen, kept)

    return Outcome(EXIT_CODES[before.verdict], before.verdict.value, body, show)


def _apply(frame: Frame, ctx: Context, plan: Sequence, body: dict[str, Any]) -> Outcome:
    from iahome_fix.cli.recording import note_rows, recorded
    from iahome_fix.cli.rows_on_record import require_record
    from iahome_fix.output.document import report_body
    from iahome_fix.output.repair import show_after
    from iahome_fix.repairs.journal.run import new_run_id
    from iahome_fix.repairs.repair import sequence
    from iahome_fix.repairs.repair.done import Done
    from iahome_fix.repairs.repair.plan import RECONCILE
    from iahome_fix.repairs.repair.promises import promises

    run_id, began = new_run_id(), datetime.now(UTC)
    done = Done()
    body["run_id"] = run_id
    writer = _writer(frame, plan, run_id)
    try:
        with recorded(frame, run_id, plan.as_json()) as changes:
            if any(step.id == RECONCILE for step in plan.steps):
                require_record(ctx.profile, changes)
            try:
                done.note = lambda: changes.keep(**done.changes, applied=done.steps)
                done.deciding = lambda: changes.decide(**done.changes, applied=done.steps)
                sequence.apply(ctx, plan, run_id, writer, done, lambda text: frame.say(text, "quiet"))
            finally:
                changes |= {**done.changes, "applied": done.steps}
                changes.some = done.some
                if done.wrote_rows and not ctx.only_data_api and ctx.profile.is_guides:
                    note_rows(ctx.database, run_id, done.counts, changes, done.rows.versions)
    except ToolError as error:
        body |= {"applied": done.steps, "counts": done.counts}
        if not done.some:
            return Outcome(error.exit_code, frame.failed(error).verdict, body, error=error)
        return Outcome(
            errors.PARTLY_APPLIED,
            "partly-applied",
            body,
            lambda s: _show_counts(s, done),
            _partly(error, done, run_id),
        )
    finally:
        if writer is not None:
            writer.close()
    if done.secret:
        from iahome_fix.cli.new_secret import Receiver

        Receiver().hand_over(frame, done.secret)
    frame.say(_("rehearsing a sale of each kind, and looking at every link …"), "quiet")
    after = _report(frame, plan.terms, rehearse=True)
    table = ctx.profile.table.name
    kept = promises(after, frame.settings.command, table=table, since=began, terms=_words(plan))
    body |= {
        "applied": done.steps,
        "counts": done.counts,
        "gained": done.gained.as_json() if done.gained else None,
        "after": _judged(after, report_body(after)),
        "promises": _as_json(kept),
    }
    return Outcome(
        EXIT_CODES[after.verdict],
        after.verdict.value,
        body,
        lambda screen: show_after(screen, done, after, kept, run_id=run_id, ways=_ways(frame, plan, after)),
        undo=run_id,
    )


def _ways(frame: Frame, plan: Sequence, after: Report) -> Ways:
    from iahome_fix.cli.ways import ways_on

    return ways_on(frame, after, plan.terms.words(datetime.now(UTC)) if plan.terms else ())


def _writer(frame: Frame, plan: Sequence, run_id: str) -> StripeWriter | None:
    from iahome_fix.repairs.repair.plan import ENDPOINT
    from iahome_fix.systems.open import open_stripe_writer

    if not any(step.id == ENDPOINT for step in plan.steps):
        return None
    return open_stripe_writer(frame.settings, timeout=frame.common.timeout, run_id=run_id)


def _report(frame: Frame, chosen: Terms | None, *, rehearse: bool = False) -> Report:
    """A look with eyes of its own: nothing of an earlier one is remembered. `rehearse`: sales are made and
    taken back."""
    from iahome_fix.checks.chain import CHAIN
    from iahome_fix.checks.overview import overview, paid
    from iahome_fix.checks.runner import run_checks
    from iahome_fix.facts.context import Context, Rehearsing

    rehearsing = Rehearsing(asked=False) if rehearse else None
    ctx = Context(frame.settings, timeout=frame.common.timeout, terms=chosen, rehearsing=rehearsing)
    try:
        report = run_checks(CHAIN, ctx)
        return with_known(replace(report, sales=overview(ctx, report), paid=paid(ctx, report)), ctx.settings)
    finally:
        ctx.close()


def _partly(error: ToolError, done: Done, run_id: str) -> PartlyApplied:
    parts = [_("a part of {step}").format(step=step) for step in done.begun]
    return PartlyApplied(
        "partly-applied",
        _("applied: {steps} (run {run}); then it stopped: {reason}").format(
            steps=", ".join([*done.steps, *parts]), run=run_id, reason=error.because
        ),
        error.hint or _("run the same command again: it goes on with what is left"),
    )


def _show_counts(screen: Screen, done: Done) -> None:
    from iahome_fix.output.repair import show_counts

    show_counts(screen, done)


def _judged(report: Report, body: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": report.verdict.value, **body}


def _as_json(kept: tuple[Promise, ...]) -> list[dict[str, Any]]:
    return [{"id": p.id, "title": p.title, "state": p.state, "why": p.why} for p in kept]


def _words(plan: Sequence) -> tuple[str, ...]:
    """The options by which doctor looks at the same payments."""
    return plan.terms.words(datetime.now(UTC)) if plan.terms else ()


def _yesterday(now: datetime) -> datetime:
    from datetime import timedelta

    return now - timedelta(days=1)
