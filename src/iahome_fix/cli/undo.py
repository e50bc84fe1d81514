"""`undo`: takes one run back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.frame import Frame, Outcome, command
from iahome_fix.errors import MissingCredential, PartlyApplied, ToolError
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.checks.context import Context
    from iahome_fix.repairs.undo import UndoPlan
    from iahome_fix.systems.database import Database
    from iahome_fix.systems.stripe_account import StripeAccount

_EMPTY: dict[str, Any] = {"run_id": None, "undone_run": None, "plan": None, "applied": None, "runs": []}


@command("undo", empty_body=_EMPTY)
def undo(
    frame: Frame,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help=_("The run's id; without it the runs are listed."))
    ] = None,
) -> Outcome:
    """Take back what one run wrote, and only what nobody changed since. Without a run: list the runs."""
    from iahome_fix.checks.context import Context
    from iahome_fix.repairs.journal import journal_of

    frame.show_target()
    ctx = Context(frame.settings, timeout=frame.common.timeout)
    try:
        journal = journal_of(frame.settings)
        if run is None:
            from iahome_fix.cli.runs import list_runs

            return list_runs(journal, lambda: _database(ctx))
        return _undo(frame, ctx, run)
    finally:
        ctx.close()


def _undo(frame: Frame, ctx: Context, wanted: str) -> Outcome:
    from iahome_fix.output.undo import show_undo
    from iahome_fix.repairs import undo as repair
    from iahome_fix.repairs.journal import journal_of
    from iahome_fix.repairs.run import new_run_id

    journal = journal_of(frame.settings)
    on_record = journal.find(wanted)
    _require_same_target(frame, on_record.target if on_record else None)
    db = _database(ctx)
    account = _stripe(ctx) if on_record and on_record.changes.get("stripe") else None
    plan = repair.plan(wanted, on_record, db, account, undone_by=journal.undone().get(wanted))
    body: dict[str, Any] = {"undone_run": wanted, "plan": plan.as_json()}

    if plan.is_empty or frame.common.dry_run:
        verdict = "nothing-to-do" if plan.is_empty else "planned"
        return Outcome(errors.OK, verdict, body, lambda screen: show_undo(screen, plan, on_record))
    if not frame.common.json:
        show_undo(frame.out, plan, on_record)
    not_agreed = frame.unless_agreed(_question(frame, plan), body, _("nothing was taken back"))
    if not_agreed is not None:
        return not_agreed
    run_id = new_run_id()
    body["run_id"] = run_id
    return _apply(frame, plan, db, run_id, body)


def _question(frame: Frame, plan: UndoPlan) -> str:
    """The question names what it is about: by then the plan has scrolled the target away."""
    settings = frame.settings
    places = []
    if plan.in_database:
        places.append(settings.database_label or _("no database"))
    if any(not e.obstacle for e in plan.endpoints):
        places.append(_("Stripe {mode}").format(mode=settings.stripe_mode or _("not set")))
    return _("Take this back in {places}?").format(places=", ".join(places))


def _apply(frame: Frame, plan: UndoPlan, db: Database | None, run_id: str, body: dict[str, Any]) -> Outcome:
    from dataclasses import replace

    from iahome_fix.cli.recording import recorded
    from iahome_fix.output.undo import show_undone
    from iahome_fix.repairs import undo as repair

    with recorded(frame, run_id, {"undone_run": plan.run_id, **plan.as_json()}) as changes:
        done = repair.apply_database(db, plan, frame.say) if db is not None else repair.Undone()
        changes["rows"] = {
            "counts": {"deleted": done.deleted, "restored": done.restored},
            "ids": {"deleted": list(done.deleted_ids), "restored": list(done.restored_ids)},
        }
        changes.keep(emails_restored=done.emails)
        if any(not e.obstacle for e in plan.endpoints):
            try:
                done = replace(done, endpoints=_give_back(frame, plan, run_id))
            except ToolError as error:
                if not done.in_database:
                    raise
                raise PartlyApplied(
                    "partly-applied",
                    _("the database was taken back (run {run}), the endpoint was not: {reason}").format(
                        run=run_id, reason=error.message
                    ),
                    error.hint,
                ) from None
            changes["stripe_restored"] = list(done.endpoints)
    body["applied"] = done.as_json()
    return Outcome(
        errors.OK,
        "applied",
        body,
        lambda screen: show_undone(screen, done, run_id, frame.settings.command("doctor")),
    )


def _give_back(frame: Frame, plan: UndoPlan, run_id: str) -> tuple[str, ...]:
    from iahome_fix.repairs import undo as repair
    from iahome_fix.systems.stripe_writer import StripeWriter

    settings = frame.settings
    writer = StripeWriter(
        settings.stripe_secret_key or "",
        base_url=settings.stripe_api_base,
        timeout=frame.common.timeout,
        run_id=run_id,
    )
    try:
        return repair.apply_endpoints(writer, plan)
    finally:
        writer.close()


def _require_same_target(frame: Frame, then: Any) -> None:
    """A run is taken back where it was made: the journal says where that was."""
    now = frame.target()
    # Without a project's reference on both sides the database's address has to tell.
    by_ref = then and then.get("supabase_ref") and now.get("supabase_ref")
    for name in ("supabase_ref" if by_ref else "database", "stripe_mode"):
        if then and then.get(name) and now.get(name) and then[name] != now[name]:
            raise errors.Refused(
                "other-target",
                _("that run was made on {then}, this configuration leads to {now}").format(
                    then=then[name], now=now[name]
                ),
                _("give the env file that it was made with"),
            )


def _database(ctx: Context) -> Database | None:
    try:
        return ctx.database
    except MissingCredential:
        return None


def _stripe(ctx: Context) -> StripeAccount | None:
    try:
        return ctx.stripe
    except MissingCredential:
        return None
