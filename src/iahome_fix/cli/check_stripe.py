"""`check-stripe`: the links stripe and site, and the repair of the endpoint."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.doctor import report_outcome
from iahome_fix.cli.frame import Frame, Outcome, command
from iahome_fix.i18n import _
from iahome_fix.model import Link
from iahome_fix.output.document import empty_report_body


@command("check-stripe", empty_body=empty_report_body)
def check_stripe(
    frame: Frame,
    fix: Annotated[
        bool, typer.Option("--fix", help=_("Correct or create the endpoint, after showing the change."))
    ] = False,
) -> Outcome:
    """Look at the links stripe and site; with --fix, point the endpoint at the handler's address."""
    from iahome_fix.checks.chain import CHAIN
    from iahome_fix.checks.context import Context
    from iahome_fix.checks.runner import run_checks

    frame.show_target()
    own = [check for check in CHAIN if check.link in (Link.ENV, Link.STRIPE, Link.SITE)]
    ctx = Context(frame.settings, timeout=frame.common.timeout)
    try:
        stopped = _fix(frame, ctx) if fix else None
        if stopped is not None:
            return stopped
    finally:
        ctx.close()
    after = Context(frame.settings, timeout=frame.common.timeout)
    try:
        return report_outcome(frame, run_checks(own, after))
    finally:
        after.close()


def _fix(frame: Frame, ctx: Any) -> Outcome | None:
    """Plan, question, apply. None when the links are to be looked at afterwards."""
    from iahome_fix.repairs import endpoint as repair
    from iahome_fix.repairs.run import new_run_id
    from iahome_fix.systems.stripe_writer import StripeWriter

    settings = ctx.settings
    plan = repair.plan(ctx.stripe, settings.site_url)
    if not frame.common.json:
        if plan.action == "nothing" and not plan.withheld:
            frame.out.line(_("the endpoint is right: nothing to change"), "ok")
        elif plan.action == "create":
            frame.out.line(_("plan: create an endpoint for {url}").format(url=plan.url), "title")
        elif plan.action == "update":
            frame.out.line(_("plan: change the endpoint {id}").format(id=plan.endpoint_id), "title")
        for change in plan.changes:
            frame.out.line(f"{change.field}: {_said(change.before)} → {_said(change.after)}", indent=2)
        for sentence in plan.withheld:
            frame.out.line(sentence, "warn", indent=2)
    if plan.action == "nothing" or frame.common.dry_run:
        return None
    if not frame.agreed(_("Change this in Stripe?")):
        frame.say(_("nothing was applied"))
        return Outcome(errors.OK, "planned")
    writer = StripeWriter(
        settings.stripe_secret_key or "",
        base_url=settings.stripe_api_base,
        timeout=frame.common.timeout,
        run_id=new_run_id(),
    )
    try:
        result = repair.apply(writer, plan)
    finally:
        writer.close()
    frame.say(_("changed in Stripe: {id}").format(id=result.endpoint_id), "ok")
    if result.secret:
        # Stripe shows it at creation only; asking for the endpoint later does not give it.
        frame.err.line(
            _("its signing secret, shown this once; set it as STRIPE_WEBHOOK_SECRET on the server:")
        )
        frame.err.raw(result.secret)
    return None


def _said(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
