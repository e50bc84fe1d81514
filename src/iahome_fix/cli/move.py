"""`migrate --to PROFILE`: the accesses, brought to the table that the page of another version reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix import errors
from iahome_fix.cli import rows_on_record
from iahome_fix.cli.frame import Frame, Outcome, done_by_another
from iahome_fix.cli.naming import naming_migrate
from iahome_fix.errors import Refused, UsageError
from iahome_fix.i18n import _, ngettext
from iahome_fix.profile import MODULE_ACCESS, PROFILES, USER_APPLICATIONS_MONTH, USER_APPLICATIONS_YEAR

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.output.screen import Screen
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.move.code import Code
    from iahome_fix.repairs.move.move import MovePlan
    from iahome_fix.repairs.units import Note, Wrote


def move(frame: Frame, ctx: Context, name: str) -> Outcome:
    """Bring the accesses of the shop to the table of the profile of that name.

    Raises UsageError for a name that no profile has, Refused where its page is seen to read elsewhere, or
    without SQL, and what the plan raises.
    """
    from iahome_fix.cli.shop import require_certain
    from iahome_fix.facts.shop import seen
    from iahome_fix.output.move import show_move
    from iahome_fix.repairs.move import move as repair
    from iahome_fix.repairs.move.code import code_of

    target = _target(frame, name)
    shop = require_certain(ctx, "migrate")
    found = code_of(shop, seen(ctx))
    _require_page(found, target)
    if ctx.only_data_api:
        raise Refused.unchanged(
            "needs-sql",
            _(
                "accesses are brought over by SQL only: over the Data API each change is kept by itself, and"
                " an access that makes way for another one would be gone before that is there"
            ),
            _("add SUPABASE_DB_URL or SUPABASE_ACCESS_TOKEN to the env file, then: {command}").format(
                command=ctx.settings.command("migrate", "--to", target.name)
            ),
        )
    with naming_migrate(frame):
        plan = repair.plan(ctx.database, _source(ctx, target), target, on_wait=frame.say)
    body: dict[str, Any] = {
        "move": {
            **plan.as_json(),
            "listed": [one.as_json() for one in plan.left],
            "page": found.page,
            "handler": found.handler,
            "code": _code(found),
            "created": 0,
        }
    }

    def show_plan(screen: Screen) -> None:
        show_move(screen, plan, found, everything=frame.common.verbose)

    if not plan.due and found.differ:
        return Outcome(errors.FAULT, "refused", body, show_plan, _code_has_to_change(found, target))
    if not plan.due or frame.common.dry_run:
        return Outcome(errors.OK, "planned" if plan.due else "nothing-to-do", body, show_plan)
    not_agreed = frame.unless_agreed(
        ngettext(
            "Bring {count} access from {source} to {target} in {database}?",
            "Bring {count} accesses from {source} to {target} in {database}?",
            len(plan.due),
        ).format(
            count=len(plan.due),
            source=plan.source.table.name,
            target=target.table.name,
            database=ctx.database.label,
        ),
        body,
        show_plan,
    )
    if not_agreed is not None:
        return not_agreed
    return _apply(frame, ctx, plan, found, body)


def _apply(frame: Frame, ctx: Context, plan: MovePlan, found: Code, body: dict[str, Any]) -> Outcome:
    from iahome_fix.cli.recording import recorded
    from iahome_fix.output.move import show_moved
    from iahome_fix.repairs.journal.run import new_run_id
    from iahome_fix.repairs.move import move as repair

    run_id = new_run_id()

    def work(wrote: Wrote, note: Note) -> int:
        return repair.apply(ctx.database, plan, run_id, on_wait=frame.say, wrote=wrote, note=note)

    with naming_migrate(frame), recorded(frame, run_id, plan.as_json()) as changes:
        created, stop = rows_on_record.write(ctx.database, plan.target, changes, run_id, len(plan.due), work)
        if stop is not None:
            changes.stopped(stop)
    done = {**body, "move": {**body["move"], "created": created}, "run_id": run_id}
    if stop is not None:
        return frame.failed(stop, done)
    if not created:
        return done_by_another(body)
    return Outcome(
        errors.OK,
        "applied",
        done,
        lambda screen: show_moved(screen, plan, found, created, run_id),
        undo=run_id,
    )


def _target(frame: Frame, name: str) -> AppProfile:
    own = frame.settings.profile
    if own.name == name:
        return own
    if name in PROFILES:
        return PROFILES[name]
    raise UsageError(
        "profile",
        _("--to: there is no profile {name}").format(name=name),
        _("the profiles that exist: {names}").format(names=", ".join(frame.settings.profiles)),
    )


def _source(ctx: Context, target: AppProfile) -> AppProfile:
    """The version whose accesses are brought over: that of the shop where its table is another one."""
    from iahome_fix.facts.shop import seen
    from iahome_fix.profile.seen import LATER

    if ctx.profile.table.place != target.table.place:
        return ctx.profile
    if target.table.name != MODULE_ACCESS.table.name:
        return MODULE_ACCESS
    later = seen(ctx).table(LATER)
    month = set(USER_APPLICATIONS_MONTH.handler.fills) - set(USER_APPLICATIONS_YEAR.handler.fills)
    is_month = later.version == "month" or (later.version is None and later.columns >= month)
    return USER_APPLICATIONS_MONTH if is_month else USER_APPLICATIONS_YEAR


def _require_page(found: Code, target: AppProfile) -> None:
    """Refuse where the page would not show what is brought over."""
    if found.page is None or found.page == target.table.name:
        return
    said = (
        _("the shop is said to be one whose page reads {page}")
        if found.page_said
        else _("the page is seen to read {page}")
    ).format(page=found.page)
    raise Refused.unchanged(
        "page-reads-elsewhere",
        _("{said}, and would not show what lies in {target}: it is the page that has to change").format(
            said=said, target=target.table.name
        ),
        _(
            "deploy the page of {name}, then run the same command with --profile {name}; or bring the"
            " accesses to where the page reads now"
        ).format(name=target.name),
    )


def _code(found: Code) -> str | None:
    """What of the code has to change; None where nothing is seen to."""
    if not found.differ:
        return None
    return _("the page reads {page}, the handler writes {handler}: the handler has to change").format(
        page=found.page, handler=found.handler
    )


def _code_has_to_change(found: Code, target: AppProfile) -> Refused:
    return Refused.unchanged(
        "code-differs",
        _("there is nothing to bring over; {code}").format(code=_code(found)),
        _("deploy the webhook of {name} ({path}), and have Stripe send to it: check-stripe --fix").format(
            name=target.name, path=target.handler.path
        ),
    )
