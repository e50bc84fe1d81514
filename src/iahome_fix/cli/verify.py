"""`verify`: a synthetic payment, from the signature to the customer's page, and everything removed again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.errors import CouldNotTell, PartlyApplied, Refused, ToolError, UsageError
from iahome_fix.i18n import N_, _
from iahome_fix.repairs.patience import untold
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.output.screen import Screen
    from iahome_fix.verify.plan import VerifyPlan
    from iahome_fix.verify.result import Hop, Result

_EMPTY: dict[str, Any] = {"plan": None, "run_id": None, "hops": [], "remains": []}


@command("verify", empty_body=_EMPTY)
def verify(
    frame: Frame,
    email: Annotated[
        str | None,
        typer.Option(
            "--email",
            metavar="ADDRESS",
            help=N_("The test customer, as in profiles: one of your own who can sign in."),
        ),
    ] = None,
    module: Annotated[
        str | None, typer.Option("--module", metavar="ID", help=N_("The id of a module that is free."))
    ] = None,
    allow_paid_module: Annotated[
        bool,
        typer.Option("--allow-paid-module", help=N_("Also with a module that has a price, for a moment.")),
    ] = False,
    keep_payment: Annotated[
        bool,
        typer.Option("--keep-payment", help=N_("Leave the row that the handler writes into payments.")),
    ] = False,
) -> Outcome:
    """Prove the whole way: a signed, synthetic payment for a test customer; is the module on the page?

    The access is removed again, by the id of its session, which carries the run's id. A run that was killed
    is cleaned up by the next one. The customer and the module are asked for on a terminal, never made up.
    """
    from iahome_fix.cli.shop import require_certain
    from iahome_fix.cli.way_in import opened
    from iahome_fix.facts.context import Context

    frame.show_target()
    ctx = opened(frame, lambda found: Context(found, timeout=frame.common.timeout), writes=True)
    try:
        require_certain(ctx, "verify")
        return _verify(
            frame,
            ctx,
            _given(frame, ctx, email, module),
            allow_paid=allow_paid_module,
            remove_payment=not keep_payment,
        )
    finally:
        ctx.close()


def _verify(
    frame: Frame, ctx: Context, given: tuple[str, str], *, allow_paid: bool, remove_payment: bool
) -> Outcome:
    from iahome_fix.output.verify import show_verify_plan
    from iahome_fix.verify.plan import plan as make_plan

    try:
        plan = make_plan(
            ctx,
            *given,
            allow_paid=allow_paid,
            remove_payment=remove_payment,
            patience=frame.common.timeout,
            say=frame.say,
        )
    except SqlError as error:
        raise untold(error) from None
    body: dict[str, Any] = {"plan": plan.as_json()}

    def show_plan(screen: Screen) -> None:
        show_verify_plan(screen, plan, emails=frame.common.show_emails)

    if frame.common.dry_run:
        return Outcome(errors.OK, "planned", body, show_plan)
    not_agreed = frame.unless_agreed(
        _("Post a synthetic payment to {url} ({mode} mode) and remove it again?").format(
            url=plan.url, mode=plan.mode
        ),
        body,
        None if frame.common.quiet else show_plan,
        _("nothing was sent"),
    )
    if not_agreed is not None:
        return not_agreed
    return _outcome(frame, body, _go(frame, ctx, plan))


def _go(frame: Frame, ctx: Context, plan: VerifyPlan) -> Result:
    from iahome_fix.cli.recording import recorded
    from iahome_fix.cli.rows_on_record import require_record
    from iahome_fix.output.verify import show_hop
    from iahome_fix.repairs.journal.run import new_run_id
    from iahome_fix.verify.bare_traces import NOTED, Before
    from iahome_fix.verify.run import Way

    def on_hop(hop: Hop) -> None:
        if not frame.common.json and not frame.common.quiet:
            show_hop(frame.out, hop)
            frame.out.flush()

    run_id = new_run_id()
    with recorded(frame, run_id, plan.as_json()) as changes:
        require_record(ctx.profile, changes)

        def note(before: Before) -> None:
            changes.keep(**{NOTED: before.as_json()})
            changes.require()

        patience = frame.common.timeout
        try:
            result = Way(ctx, plan, run_id, patience=patience, on_hop=on_hop, note=note).go()
        except SqlError as error:
            raise untold(error) from None
        changes["verified"] = {"created": result.created, "removed": result.removed}
        if result.late:
            changes["verified"]["late"] = True
        if result.left:
            changes["verified"]["left"] = [{"table": r.what, "id": r.id} for r in result.left]
        changes.state = _state(result)
    return result


def _state(result: Result) -> str:
    """How the run stands in the journal."""
    from iahome_fix.repairs.journal.run import APPLIED, FAILED, INTERRUPTED, PARTLY

    if result.interrupted:
        return INTERRUPTED
    if result.left:
        return PARTLY
    return APPLIED if result.proved else FAILED


def _outcome(frame: Frame, body: dict[str, Any], result: Result) -> Outcome:
    from iahome_fix.output.verify import show_verified

    body |= {
        "run_id": result.run_id,
        "hops": [hop.as_json() for hop in result.hops],
        "remains": [thing.as_json() for thing in result.remains],
    }

    def show(screen: Screen) -> None:
        show_verified(screen, result, quiet=frame.common.quiet)

    if result.interrupted:
        return Outcome(errors.INTERRUPTED, "interrupted", body, show, _interrupted(result))
    if result.seen and result.left:
        # The payment went all the way, and not all of it could be taken away.
        error = PartlyApplied(
            "left-behind",
            _("the way is proved, and something is left behind: {what}").format(what=_left(result)),
            _removal(result),
        )
        return Outcome(errors.PARTLY_APPLIED, "partly-applied", body, show, error)
    if result.proved:
        return Outcome(errors.OK, "proved", body, show)
    unknown = result.untold and not result.left
    return Outcome(errors.COULD_NOT_TELL if unknown else errors.FAULT, "not-proved", body, show, _why(result))


def _left(result: Result) -> str:
    return ", ".join(filter(None, (f"{thing.what} {thing.id or thing.detail}" for thing in result.left)))


def _removal(result: Result) -> str:
    """How what remains is taken away."""
    statements = " ".join(thing.remove for thing in result.left if thing.remove)
    return _("verify removes its own rows at its next run; at once, in the SQL editor: {sql}").format(
        sql=statements
    )


def _why(result: Result) -> ToolError:
    """The first hop that is not well, as the error of the document; the hop itself says why."""
    from iahome_fix.verify.result import TITLES

    hop = next(hop for hop in result.hops if hop.status in ("fail", "unknown"))
    kind = CouldNotTell if result.untold and not result.left else Refused
    text, hint = (
        _("not proved: {title}").format(title=_(TITLES[hop.id])),
        _("run doctor: it looks at every link by itself"),
    )
    if result.left:
        text = _("{text}; and something is left behind: {what}").format(text=text, what=_left(result))
        hint = _removal(result)
    return kind(f"hop-{hop.id}", text, hint)


def _interrupted(result: Result) -> ToolError:
    if result.left:
        return ToolError(
            "interrupted",
            _("interrupted; something is left behind: {what}").format(what=_left(result)),
            _removal(result),
        )
    return ToolError(
        "interrupted", _("interrupted; what was written is removed again"), _("verify can be run again")
    )


def _given(frame: Frame, ctx: Context, email: str | None, module: str | None) -> tuple[str, str]:
    """The customer and the module, asked for at a terminal. Raises UsageError where nobody says them."""
    missing = [
        name for name, value in (("--email", email), ("--module", module)) if not (value or "").strip()
    ]
    if missing and not frame.asks:
        raise UsageError(
            "needs-customer-and-module",
            _("verify needs {options}: it never makes them up").format(options=", ".join(missing)),
            _("--email CUSTOMER (one of your own, who can sign in) and --module ID (a free one)"),
        )
    if not (email or "").strip():
        email = _ask(frame, _("Test customer (the address as in profiles):"))
    if not (module or "").strip():
        module = _ask_module(frame, ctx)
    return (email or "").strip(), (module or "").strip()


def _ask_module(frame: Frame, ctx: Context) -> str:
    from iahome_fix.verify.buyer import free_modules

    for module_id, title in free_modules(ctx):
        frame.err.line(title, indent=12, first=f"  {module_id}")
    return _ask(frame, _("Id of a free module:"))


def _ask(frame: Frame, question: str) -> str:
    frame.err.prompt(question)
    try:
        answer = sys.stdin.readline().strip()
    except (OSError, ValueError):
        answer = ""
    if not answer:
        raise UsageError(
            "needs-customer-and-module",
            _("nothing was answered, so nothing was sent"),
            _("name the customer and the module with --email and --module"),
        )
    return answer
