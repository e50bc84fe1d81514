"""`check-stripe`: the links stripe and site in depth, the endpoint repaired, missed events sent again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.command import command
from iahome_fix.cli.doctor import EXIT_CODES
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.cli.stripe_look import Look, empty_body, look
from iahome_fix.errors import ToolError, UsageError
from iahome_fix.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.endpoint import EndpointPlan, EndpointResult
    from iahome_fix.settings import Settings


@command("check-stripe", empty_body=empty_body)
def check_stripe(
    frame: Frame,
    fix: Annotated[
        bool, typer.Option("--fix", help=N_("Correct or create the endpoint, after showing the change."))
    ] = False,
    resend: Annotated[
        bool,
        typer.Option(
            "--resend",
            help=N_("Send missed events to the site again, as far as its handler may see them twice."),
        ),
    ] = False,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file",
            metavar="FILE",
            help=N_(
                "With --fix: write the secret of a new endpoint into this new file, for its owner alone."
            ),
        ),
    ] = None,
    show_secret: Annotated[
        bool,
        typer.Option(
            "--show-secret",
            help=N_(
                "With --fix and --json: put the secret of a new endpoint into the document. It is shown on"
                " stderr otherwise, this once; whoever keeps the output keeps the secret."
            ),
        ),
    ] = False,
) -> Outcome:
    """Look at the links stripe and site in depth; --fix repairs the endpoint, --resend sends missed events
    again.

    Endpoints (v1) and event destinations (v2), events that wait or went to nobody, test and live mixed up,
    methods that pay late, the permissions of a restricted key (--verbose lists them), and what the site
    answers.
    """
    from iahome_fix.cli.way_in import opened
    from iahome_fix.facts.context import Context

    if fix and resend:
        raise UsageError(
            "fix-and-resend",
            _("--fix and --resend are two runs"),
            _("first --fix, then look whether all is well, then --resend"),
        )
    if (show_secret or secret_file) and not fix:
        raise UsageError("secret-without-fix", _("--show-secret and --secret-file belong to --fix"))
    frame.show_target()
    opened(frame, lambda settings: Context(settings, timeout=frame.common.timeout)).close()
    found = _look(frame, frame.settings)
    if resend:
        from iahome_fix.cli.resend import resend as send_again

        return send_again(frame, found)
    if fix:
        return _fix(frame, found, show_secret=show_secret, secret_file=secret_file)
    return _report(frame, found, {})


def _look(frame: Frame, settings: Settings) -> Look:
    from iahome_fix.facts.context import Context

    ctx = Context(settings, timeout=frame.common.timeout)
    try:
        return look(ctx)
    finally:
        ctx.close()


def _report(frame: Frame, found: Look, more: dict[str, Any]) -> Outcome:
    verdict = found.report.verdict
    return Outcome(
        EXIT_CODES[verdict],
        verdict.value,
        {**found.body(), **more},
        lambda screen: found.show(screen, frame),
    )


def _fix(frame: Frame, found: Look, *, show_secret: bool, secret_file: Path | None) -> Outcome:
    """Plan, question, apply, and a second look."""
    from iahome_fix.cli.new_secret import Receiver, receiver
    from iahome_fix.output.endpoint import show_endpoint_plan

    body = found.body()
    try:
        plan = _plan(frame)
    except ToolError as error:
        return frame.failed(error, body)
    body["plan"] = plan.as_json()

    def show_plan(screen: Screen) -> None:
        if not frame.common.quiet or plan.action != "nothing":
            show_endpoint_plan(screen, plan)

    def show_both(screen: Screen) -> None:
        show_plan(screen)
        found.show(screen, frame)

    if plan.action == "nothing":
        return replace(_report(frame, found, body), show=show_both)
    if frame.common.dry_run:
        return Outcome(errors.OK, "planned", body, show_plan)
    if not frame.common.json:
        show_plan(frame.out)
    creates = plan.action == "create"
    to = receiver(as_json=frame.common.json, show=show_secret, file=secret_file) if creates else Receiver()
    not_agreed = frame.unless_agreed(_question(plan), body, None)
    if not_agreed is not None:
        return not_agreed
    return _apply(frame, plan, to, body)


def _question(plan: EndpointPlan) -> str:
    mode = plan.mode or _("the key's")
    if plan.action == "create":
        return _("Create this endpoint for {url} in Stripe ({mode} mode)?").format(url=plan.url, mode=mode)
    count = len(plan.changes)
    return ngettext(
        "Change {count} field of the endpoint {id} in Stripe ({mode} mode)?",
        "Change {count} fields of the endpoint {id} in Stripe ({mode} mode)?",
        count,
    ).format(count=count, id=plan.endpoint_id, mode=mode)


def _plan(frame: Frame) -> EndpointPlan:
    from iahome_fix.facts.context import Context
    from iahome_fix.repairs import endpoint as repair

    ctx = Context(frame.settings, timeout=frame.common.timeout)
    try:
        return repair.plan(ctx.stripe, ctx.webhook, secret=frame.settings.stripe_webhook_secret)
    finally:
        ctx.close()


def _apply(frame: Frame, plan: EndpointPlan, to: Any, body: dict[str, Any]) -> Outcome:
    """Change it, hand over the secret at once, then look again."""
    from iahome_fix.repairs.journal.run import new_run_id

    run_id = new_run_id()
    try:
        to.prepare()
        result = _write(frame, plan, run_id)
    except ToolError as error:
        if error.code != "secret-file":
            to.withdraw()
        return frame.failed(error, body)
    body |= {"applied": result.as_json(plan), "run_id": run_id}
    changed = _("changed in Stripe: {id} (run {run})").format(id=result.endpoint_id, run=run_id)
    if not frame.common.json:
        frame.out.line(changed, "ok")
    settings = frame.settings
    if result.secret:
        to.hand_over(frame, result.secret)
        body["endpoint_secret"] = result.secret if to.in_document else None
        settings = _with_secret(settings, result.secret)
        frame.say(_("what follows judges the site by the new secret: it has to be set there first"))
    try:
        after = _look(frame, settings)
    except KeyboardInterrupt:
        from iahome_fix.cli.last_words import interrupted

        # The secret in the document would be lost with it.
        return Outcome(errors.INTERRUPTED, "interrupted", body, error=interrupted())

    def show(screen: Screen) -> None:
        after.show(screen, frame)
        if not frame.common.quiet:
            screen.line()
            screen.line(
                _("no customer gained an access by this run: reconcile gives the accesses that were missed")
            )

    return replace(_report(frame, after, {**body, **after.body()}), show=show, undo=run_id)


def _write(frame: Frame, plan: EndpointPlan, run_id: str) -> EndpointResult:
    from iahome_fix.cli.recording import recorded
    from iahome_fix.repairs import endpoint as repair
    from iahome_fix.systems.open import open_stripe_writer

    writer = open_stripe_writer(frame.settings, timeout=frame.common.timeout, run_id=run_id)
    try:
        with recorded(frame, run_id, plan.as_json()) as changes:
            result = repair.apply(writer, plan)
            changes["stripe"] = [result.on_record(plan)]
        return result
    finally:
        writer.close()


def _with_secret(settings: Settings, secret: str) -> Settings:
    """The settings as they have to become: what the new endpoint signs with is what the site needs."""
    from iahome_fix.settings import names
    from iahome_fix.settings.model import Source, Value

    value = Value(secret, secret, Source(_("the new endpoint"), None, names.SIGNING_KEY))
    return replace(settings, values={**settings.values, names.SIGNING_KEY: value})
