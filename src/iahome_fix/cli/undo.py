"""`undo`: takes one run back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli import completion
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome, done_by_another
from iahome_fix.errors import MissingCredential, PartlyApplied, ToolError
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.settings import names
from iahome_fix.systems.webhook_urls import same_host

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iahome_fix.facts.context import Context
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.repairs.undo.undo import Undone, UndoPlan
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Database
    from iahome_fix.systems.stripe_account import StripeAccount

_EMPTY: dict[str, Any] = {"run_id": None, "undone_run": None, "plan": None, "applied": None, "runs": []}


@command("undo", empty_body=_EMPTY)
def undo(
    frame: Frame,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            autocompletion=completion.runs,
            help=N_("The run's id; without it the runs are listed."),
        ),
    ] = None,
) -> Outcome:
    "Undo what one run wrote, and only what nobody changed since. Without a run: list the runs."
    from iahome_fix.cli.way_in import opened
    from iahome_fix.facts.context import Context
    from iahome_fix.repairs.journal.journal import journal_of

    frame.show_target()
    ctx = opened(frame, lambda found: Context(found, timeout=frame.common.timeout), writes=True)
    try:
        journal = journal_of(frame.settings)
        if run is None:
            from iahome_fix.cli.runs import list_runs

            return list_runs(
                journal,
                lambda: _database(ctx),
                frame.settings.command,
                rows_tell=lambda: ctx.profile.is_guides,
            )
        return _undo(frame, ctx, run)
    finally:
        ctx.close()


def _undo(frame: Frame, ctx: Context, wanted: str) -> Outcome:
    from iahome_fix.cli.runs import needs_sql
    from iahome_fix.output.undo import show_undo
    from iahome_fix.repairs.journal.journal import journal_of
    from iahome_fix.repairs.journal.run import new_run_id
    from iahome_fix.repairs.undo import undo as repair

    journal = journal_of(frame.settings)
    on_record = journal.find(wanted)
    _require_same_target(frame, on_record)
    db = _database(ctx) if repair.needs_database(on_record) else None
    api = _data_api(ctx) if db is None and repair.only_rows_without_marks(on_record) else None
    if db is None and api is None and repair.needs_database(on_record):
        raise needs_sql(_("run {run} was not looked for in the rows").format(run=wanted))
    account = _stripe(ctx) if on_record and on_record.changes.get("stripe") else None
    undone, gone = journal.undone(), journal.perhaps_undone(before=wanted)
    look = partial(
        repair.plan,
        wanted,
        on_record,
        db,
        api=api,
        profile=frame.settings.profile,
        undone_by=undone.get(wanted),
        others=[run for run in journal.runs() if run.run_id not in {wanted, *undone, *gone}],
    )
    plan = look(account)
    body: dict[str, Any] = {"undone_run": wanted, "plan": plan.as_json()}

    if plan.is_empty and plan.rows.unmarked:
        return _unmarked(plan, body, on_record)
    if plan.is_empty and plan.without_stripe:
        return _without_stripe(plan, body, on_record)
    if plan.is_empty or frame.common.dry_run:
        verdict = "nothing-to-do" if plan.is_empty else "planned"
        return Outcome(errors.OK, verdict, body, lambda screen: show_undo(screen, plan, on_record))
    if not frame.common.json:
        show_undo(frame.out, plan, on_record)
    not_agreed = frame.unless_agreed(_question(frame, plan), body, None, _("nothing was undone"))
    if not_agreed is not None:
        return not_agreed
    run_id = new_run_id()
    body["run_id"] = run_id
    return _apply(frame, plan, db if db is not None else api, run_id, body, lambda: look(None))


def _unmarked(plan: UndoPlan, body: dict[str, Any], run: Run | None) -> Outcome:
    """The run's rows are there, and none of them says that it is one."""
    from iahome_fix.output.undo import show_undo

    error = errors.Refused(
        "unmarked",
        _("the rows of that run are there, but do not bear its id any more; nothing was undone"),
        _("look at the trigger that writes metadata over; the rows by their ids, by hand: {ids}").format(
            ids=", ".join(plan.rows.unmarked_ids)
        ),
    )
    return Outcome(error.exit_code, "refused", body, lambda screen: show_undo(screen, plan, run), error)


def _without_stripe(plan: UndoPlan, body: dict[str, Any], run: Run | None) -> Outcome:
    """What the run changed in Stripe cannot be looked at, and there is nothing else."""
    from iahome_fix.output.undo import show_undo
    from iahome_fix.repairs.undo.undo import NO_STRIPE

    error = MissingCredential((names.STRIPE_KEY,), _(NO_STRIPE))
    return Outcome(error.exit_code, "unknown", body, lambda screen: show_undo(screen, plan, run), error)


def _question(frame: Frame, plan: UndoPlan) -> str:
    """The question names what it is about: by then the plan has scrolled the target away."""
    from iahome_fix.cli.servers_key import api_label

    settings = frame.settings
    places = []
    if plan.in_database:
        places.append(settings.database_label or api_label(settings))
    if any(not e.obstacle for e in plan.endpoints):
        places.append(_("Stripe {mode}").format(mode=settings.stripe_mode or _("not set")))
    numbers = [
        ngettext("{count} row", "{count} rows", rows).format(count=rows) if (rows := plan.rows.to_do) else "",
        ngettext("{count} change of the schema", "{count} changes of the schema", parts).format(count=parts)
        if (parts := len(plan.parts))
        else "",
    ]
    counted = ", ".join(filter(None, numbers))
    return _("Undo the run {run}{numbers} in {places}?").format(
        run=plan.run_id, numbers=f" ({counted})" if counted else "", places=", ".join(places)
    )


def _apply(
    frame: Frame,
    plan: UndoPlan,
    way: Database | DataApi | None,
    run_id: str,
    body: dict[str, Any],
    look_again: Callable[[], UndoPlan],
) -> Outcome:
    from dataclasses import replace

    from iahome_fix.cli.recording import recorded
    from iahome_fix.output.undo import show_undone
    from iahome_fix.repairs.journal.run import PARTLY
    from iahome_fix.repairs.undo.undone import UndoneInPart

    with recorded(frame, run_id, {"undone_run": plan.run_id, **plan.as_json()}) as changes:
        try:
            done = _taken_back(frame, plan, way, look_again)
        except UndoneInPart as stop:
            changes["rows"] = {"counts": {"deleted": stop.done.deleted, "restored": stop.done.restored}}
            raise PartlyApplied(
                stop.code, _("{what} (run {run})").format(what=stop.message, run=run_id), stop.hint
            ) from None
        changes["rows"] = {
            "counts": {"deleted": done.deleted, "restored": done.restored},
            "ids": {"deleted": list(done.deleted_ids), "restored": list(done.restored_ids)},
        }
        changes.keep(emails_restored=done.emails)
        left = _left(plan, done, run_id, look_again)
        changes.state = PARTLY if left else changes.state
        if any(not e.obstacle for e in plan.endpoints):
            try:
                done = replace(done, endpoints=_give_back(frame, plan, run_id))
            except ToolError as error:
                if not done.in_database:
                    raise
                raise PartlyApplied(
                    "partly-applied",
                    _("in the database it is undone (run {run}), at the endpoint it is not: {reason}").format(
                        run=run_id, reason=error.message
                    ),
                    error.hint,
                ) from None
            changes["stripe_restored"] = list(done.endpoints)
    body["applied"] = done.as_json()
    if left is None and not done.in_database and not done.endpoints:
        return done_by_another(body)
    return Outcome(
        left.exit_code if left else errors.OK,
        "partly-applied" if left else "applied",
        body,
        lambda screen: show_undone(screen, done, run_id, frame.settings.command("doctor")),
        left,
    )


def _taken_back(
    frame: Frame, plan: UndoPlan, way: Database | DataApi | None, look_again: Callable[[], UndoPlan]
) -> Undone:
    from iahome_fix.repairs.undo import undo as repair
    from iahome_fix.systems.data_api import DataApi

    if way is None or not plan.in_database:
        return repair.Undone()
    if isinstance(way, DataApi):
        return repair.take_back_over_api(way, plan.rows)
    return repair.apply_database(way, plan, frame.say, look_again=look_again)


def _left(
    plan: UndoPlan, done: Undone, run_id: str, look_again: Callable[[], UndoPlan]
) -> PartlyApplied | None:
    """What stays although the plan showed it, or could not look at it; None where nothing does."""
    from iahome_fix.repairs.undo import undo as repair

    missed = repair.missed(plan, done, look_again)
    if missed:
        text = ngettext(
            "{count} row of the plan stays: somebody changed it at this moment (run {run})",
            "{count} rows of the plan stay: somebody changed them at this moment (run {run})",
            missed,
        ).format(count=missed, run=run_id)
        return PartlyApplied("partly-applied", text, _("run the same command again and look at the new plan"))
    if plan.without_stripe:
        text = _("in the database it is undone (run {run}), at the endpoint it is not: {reason}").format(
            run=run_id, reason=_(repair.NO_STRIPE)
        )
        return PartlyApplied("partly-applied", text, _("set it, then run the same command again"))
    return None


def _give_back(frame: Frame, plan: UndoPlan, run_id: str) -> tuple[str, ...]:
    from iahome_fix.repairs.undo import undo as repair
    from iahome_fix.systems.open import open_stripe_writer

    writer = open_stripe_writer(frame.settings, timeout=frame.common.timeout, run_id=run_id)
    try:
        return repair.apply_endpoints(writer, plan)
    finally:
        writer.close()


def _require_same_target(frame: Frame, run: Run | None) -> None:
    """A run is taken back where it was made: the journal says where that was."""
    from iahome_fix.repairs.journal.run import differing

    if run is None:
        return
    then, now = run.target, frame.target()
    others = differing(then, now)
    # An endpoint goes back to an address on the site of its run, and on no other.
    if run.changes.get("stripe") and not same_host(then.get("site") or "", now["site"] or ""):
        others.append("site")
    if others:
        raise errors.Refused(
            "other-target",
            _("that run was made on {then}, this configuration leads to {now}; it stays as it is").format(
                then=_listed(then, others), now=_listed(now, others)
            ),
            _("give the env file that it was made with"),
        )


def _listed(target: Mapping[str, Any], keys: list[str]) -> str:
    said = {
        "supabase_ref": _("Supabase {ref}"),
        "database": _("database {ref}"),
        "stripe_mode": _("Stripe {ref}"),
        "site": "{ref}",
    }
    return ", ".join(said[key].format(ref=target.get(key) or _("not set")) for key in keys)


def _database(ctx: Context) -> Database | None:
    try:
        return ctx.database
    except MissingCredential:
        return None


def _data_api(ctx: Context) -> DataApi | None:
    from iahome_fix.cli.servers_key import require_servers_key

    try:
        api = ctx.data_api
    except MissingCredential:
        return None
    require_servers_key(ctx)
    return api


def _stripe(ctx: Context) -> StripeAccount | None:
    try:
        return ctx.stripe
    except MissingCredential:
        return None
