"""`check-stripe --resend`: missed events once more, and whether their accesses are there afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix import errors
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.errors import CouldNotTell, MissingCredential, PartlyApplied, Refused, ToolError
from iahome_fix.i18n import _, ngettext
from iahome_fix.model import Status

if TYPE_CHECKING:
    from iahome_fix.cli.stripe_look import Look
    from iahome_fix.facts.context import Context
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.resend import ResendPlan, Sent

_TOLD = (
    "supabase.database",
    "stripe.key",
    "stripe.endpoint",
    "site.webhook-route",
    "site.webhook-secret",
    "site.webhook-body",
)
"""Checks that must have been told, and be well."""


def resend(frame: Frame, found: Look) -> Outcome:
    """Plan, question, send, look. `found`: the report that stands in the document."""
    from iahome_fix.facts.context import Context

    body = found.body()
    ctx = Context(frame.settings, timeout=frame.common.timeout)
    try:
        return _resend(frame, ctx, body)
    except ToolError as error:
        return frame.failed(error, body)
    finally:
        ctx.close()


def _resend(frame: Frame, ctx: Context, body: dict[str, Any]) -> Outcome:
    from iahome_fix.facts import sales
    from iahome_fix.output.resend import show_resend

    _require_all_well(ctx)
    plan = _plan(ctx)
    body["resend"] = {"plan": plan.as_json(), "applied": None}

    def show_plan(screen: Screen) -> None:
        show_resend(screen, plan, sales.now(ctx), everything=frame.common.verbose)

    if not plan.to_send or frame.common.dry_run:
        verdict = "planned" if plan.to_send else "nothing-to-do"
        return Outcome(errors.OK, verdict, body, show_plan)
    question = ngettext(
        "Send {count} event to {url} again ({mode} mode)?",
        "Send {count} events to {url} again ({mode} mode)?",
        len(plan.to_send),
    ).format(count=len(plan.to_send), url=plan.url, mode=plan.mode or "?")
    not_agreed = frame.unless_agreed(question, body, show_plan)
    if not_agreed is not None:
        return not_agreed
    return _apply(frame, ctx, plan, body)


def _require_all_well(ctx: Context) -> None:
    """Nothing is sent while anything fails that a payment needs: it would be lost a second time.

    Raises Refused with the causes, MissingCredential and CouldNotTell.
    """
    from iahome_fix.checks import needed
    from iahome_fix.checks.chain import CHAIN
    from iahome_fix.checks.runner import run_checks
    from iahome_fix.checks.selection import with_needed

    ids = {*needed.READING, *needed.WRITING, *needed.ARRIVING}
    report = run_checks(with_needed([c for c in CHAIN if c.id in ids], CHAIN), ctx)
    bad = [r for r in report.results if r.check.id in ids and r.status in (Status.FAIL, Status.BLOCKED)]
    roots = tuple(dict.fromkeys(root for r in bad for root in r.finding.because_of or (r.check.id,)))
    if roots:
        raise Refused(
            "not-ready",
            _("nothing is sent while this fails: {checks}").format(checks=", ".join(roots)),
            report.result(roots[0]).finding.detail,
        )
    for check_id in _TOLD:
        result = report.result(check_id)
        if result.status is Status.SKIPPED:
            raise MissingCredential(
                tuple(result.finding.evidence.get("variables", ())),
                _("nothing can be sent again: {reason}").format(reason=result.finding.detail),
                result.finding.hint,
            )
        if result.status not in (Status.OK, Status.WARN):
            raise CouldNotTell(
                "not-told",
                _("nothing is sent before {check} is known: {detail}").format(
                    check=check_id, detail=result.finding.detail
                ),
                result.finding.hint,
            )


def _plan(ctx: Context) -> ResendPlan:
    from iahome_fix.facts import sales
    from iahome_fix.facts.webhook import judged_url, registered
    from iahome_fix.repairs import resend as repair
    from iahome_fix.systems.stripe_objects import RENEWED

    endpoint = registered(ctx)
    # What the endpoint does not get waits for another one.
    renewed = tuple(kind for kind in RENEWED if endpoint is not None and endpoint.receives(kind))
    waiting = (*sales.undelivered(ctx), *(sales.undelivered(ctx, *renewed) if renewed else ()))
    by_session: dict[str, list[Any]] = {}
    for sale in sales.sales(ctx):
        by_session.setdefault(sale.session.id, []).append(sale)
    about = {event.object_id for event in waiting}
    concerned = [sale for found in by_session.values() for sale in found if sale.session.id in about]
    return repair.ResendPlan(
        url=judged_url(ctx),
        mode=ctx.settings.stripe_mode,
        endpoint_id=endpoint.id if endpoint and endpoint.source == "v1" else None,
        events=repair.decide(
            waiting,
            {s.id: s for s in sales.payments(ctx)},
            by_session,
            repair.opened(ctx.database, concerned, ctx.profile),
            sales.refused(ctx),
            sales.now(ctx),
        ),
    )


def _apply(frame: Frame, ctx: Context, plan: ResendPlan, body: dict[str, Any]) -> Outcome:
    from iahome_fix.cli.recording import recorded
    from iahome_fix.output.resend import show_sent
    from iahome_fix.repairs import resend as repair
    from iahome_fix.repairs.journal.run import FAILED, PARTLY, new_run_id

    run_id = new_run_id()
    sent: list[Sent] = []
    failure: ToolError | None = None
    body["run_id"] = run_id
    with recorded(frame, run_id, plan.as_json()) as changes:
        for missed in plan.to_send:
            try:
                sent.append(
                    repair.send(
                        missed,
                        account=ctx.stripe,
                        site=ctx.site,
                        url=plan.url,
                        secret=ctx.settings.stripe_webhook_secret or "",
                        db=ctx.database,
                        profile=ctx.profile,
                        patience=frame.common.timeout,
                    )
                )
            except ToolError as error:
                failure = error
                break
            finally:
                changes["sent"] = [{"event": s.event_id, "outcome": s.outcome} for s in sent]
            if not sent[-1].is_well:
                break  # what does not work for one would lose the others a second time
        granted = sum(s.is_well for s in sent)
        if granted < len(plan.to_send):
            changes.state = PARTLY if granted else FAILED
    body["resend"]["applied"] = {
        "granted": granted,
        "events": [{"event": s.event_id, "outcome": s.outcome, "status": s.status} for s in sent],
    }
    verdict, why_not = _verdict(granted, len(plan.to_send), failure, run_id, sent)
    return Outcome(
        why_not.exit_code if why_not else errors.OK,
        verdict,
        body,
        lambda screen: show_sent(screen, sent, run_id),
        why_not,
    )


def _verdict(
    granted: int, planned: int, failure: ToolError | None, run_id: str, sent: list[Sent]
) -> tuple[str, ToolError | None]:
    if granted == planned:
        return "applied", None
    reason = failure.message if failure else _last_words(sent)
    hint = _("look at the server's log, then run doctor; reconcile gives the accesses without the handler")
    if granted:
        text = _("{granted} of {planned} were given (run {run}), then it stopped: {reason}")
        message = text.format(granted=granted, planned=planned, run=run_id, reason=reason)
        return "partly-applied", PartlyApplied("partly-applied", message, hint)
    if failure is not None:
        return "unknown", failure
    return "not-granted", Refused("not-granted", reason, hint)


def _last_words(sent: list[Sent]) -> str:
    from iahome_fix.output.resend import outcome_in_words

    return _("{event}: {outcome}").format(event=sent[-1].event_id, outcome=outcome_in_words(sent[-1]))
