"""What rehearsed sales say of grants: the findings of the checks that speak for the step `written`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.checks import commands
from iahome_fix.checks.permissions.denied import may_not_call
from iahome_fix.checks.rehearsed import words as rehearsal_words
from iahome_fix.checks.schema import row_triggers
from iahome_fix.domain.refusals import is_rule
from iahome_fix.facts import rehearsals, webhook_writer
from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import _, ngettext
from iahome_fix.model import Status, blocked, fail, ok, unknown, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.facts.rehearsals import Obstacle, One, Rehearsed
    from iahome_fix.facts.seen import Seen
    from iahome_fix.model import Finding

_NEEDS = "checks/trigger_needs"
QUERIES = (_NEEDS,)
"""What these read beside what rehearsals read."""


def finding(ctx: Seen) -> Finding | None:
    """Of schema.grant-accepted, where nothing that stands on the table refuses the row by itself.

    None: nothing was rehearsed, and nothing would be decided by it.
    """
    tried = rehearsals.of_new_sales(ctx)
    if tried is None:
        return _would_decide(ctx)
    if tried.denied is not None and ctx.status("permissions.service-role") is Status.FAIL:
        return blocked(tried.denied.message, "permissions.service-role")
    if tried.denied is not None:
        return may_not_call(
            _("the handler's row cannot be written as {role}").format(role=tried.role), tried.denied
        )
    refused = [one for one in tried.ones if _of_table(one) is not None]
    if refused:
        return _refused(ctx, tried, refused)
    if tried.why is not None and not tried.ones:
        return _not_tried(ctx, tried)
    if not tried.ones:
        return None
    said = ngettext(
        "{count} sale was rehearsed as {role} and rolled back: nothing on the table refuses it",
        "{count} sales were rehearsed as {role} and rolled back: nothing on the table refuses them",
        len(tried.ones),
    )
    return ok(
        said.format(count=len(tried.ones), role=tried.role) + (f"; {tried.why}" if tried.why else ""),
        **rehearsal_words.evidence(tried),
    )


def of_changes(ctx: Seen) -> Finding | None:
    """Of schema.updates-accepted: a change that no sale was taken for; None where all is well, or unknown."""
    tried = rehearsals.of_new_sales(ctx)
    ones = [one for one in tried.ones if one.changes] if tried else []
    met = [obstacle for one in ones if (obstacle := one.of_change) is not None]
    if tried is None or not met or len(met) < len(ones):
        return None
    return fail(
        _("an access that is extended or deactivated is {what} (tried as {role}, and rolled back)").format(
            what=rehearsal_words.met(ctx, met[0], change=True), role=tried.role
        ),
        hint=rehearsal_words.hint(ctx, met[0], tried.role, change=True),
        obstacles=1,
        named=rehearsal_words.named(met[0]),
    )


def undecided(ctx: Seen) -> tuple[str, ...]:
    """The triggers of which only a rehearsal tells what they do, where this run has none that ran."""
    if ctx.only_data_api:
        return ()
    tried = rehearsals.of_new_sales(ctx)
    return () if tried is not None and tried.ones else row_triggers.undecided(ctx)


def _of_table(one: One) -> Obstacle | None:
    """What keeps the row out, but for a right or a policy of the role itself (permissions.webhook-role)."""
    return None if one.own_right is not None else one.of_grant


def _refused(ctx: Seen, tried: Rehearsed, refused: Sequence[One]) -> Finding:
    met = [(one, obstacle) for one in refused if (obstacle := _of_table(one)) is not None]
    faults = [(one, o) for one, o in met if o.error is not None and not is_rule(o.error)]
    everybody = len(refused) == len(tried.ones)
    first = (faults or met)[0][1]
    what = rehearsal_words.met(ctx, first)
    hint = rehearsal_words.hint(ctx, first, tried.role)
    way = _("{way}; then {command}").format(way=hint, command=commands.then_reconcile(ctx))
    facts: dict[str, Any] = {"named": rehearsal_words.named(first), **rehearsal_words.evidence(tried)}
    if first.effect == "changed" and set(first.columns) <= {"is_active", "expires_at"}:
        facts["hides"] = True
    if everybody:
        return fail(
            _("a sale is {what} (tried as {role}, and rolled back)").format(what=what, role=tried.role),
            hint=way,
            obstacles=1,
            **facts,
        )
    shown = [one for one, _obstacle in (faults or met)]
    said = _("of module {modules} a sale is {what} (tried as {role}, and rolled back), of others not").format(
        modules=rehearsal_words.modules_of(shown), what=what, role=tried.role
    )
    if faults:
        return fail(
            said,
            hint=way,
            obstacles=1,
            **facts,
        )
    return warn(
        _("{said}; this may be meant, and nobody waits for such an access").format(said=said),
        hint=hint,
        **facts,
    )


def _not_tried(ctx: Seen, tried: Rehearsed) -> Finding:
    said = _("not rehearsed: {why}").format(why=tried.why)
    hint = None
    if tried.reached is not None:
        said = _("not rehearsed, since the end of the transaction would not undo it: {why}").format(
            why=tried.why
        )
        hint = _("to rehearse it all the same: {command}").format(
            command=ctx.settings.command(
                "doctor",
                "--rehearse",
                *(word for one in tried.reached.reached for word in ("--rehearse-through", one.option)),
                *commands.words(ctx),
            )
        )
    asked = ctx.rehearsing is not None and ctx.rehearsing.asked
    return (unknown if asked else warn)(said, hint=hint)


def _would_decide(ctx: Seen) -> Finding | None:
    names = row_triggers.undecided(ctx)
    if not names:
        return None
    command = commands.rehearse(ctx)
    lacking = of_database(ctx, _NEEDS, {"role": webhook_writer.SERVICE_ROLE})
    if lacking:
        return fail(
            _("; ").join(
                _("the trigger {trigger} ({function}) fails on every new access: {reason} ({state})").format(
                    **row
                )
                for row in lacking
            ),
            hint=_(
                "in the SQL editor: {statements}; then {reconcile}; to see what else it meets: {command}"
            ).format(
                reconcile=commands.then_reconcile(ctx),
                statements=" / ".join(
                    dict.fromkeys(
                        str(row["statement"])
                        if row["statement"]
                        else f'alter table public.module_access disable trigger "{row["trigger"]}"'
                        for row in lacking
                    )
                ),
                command=command,
            ),
            obstacles=len(lacking),
            # What only the webhook's role lacks keeps no repair from writing as the owner of the tables.
            owner_may=all(row["state"] == "42501" for row in lacking),
        )
    return warn(
        ngettext(
            "nothing that can be read refuses the handler's row; what the trigger {names} does with"
            " it, reading does not show",
            "nothing that can be read refuses the handler's row; what the triggers {names} do with"
            " it, reading does not show",
            len(names),
        ).format(names=", ".join(names)),
        hint=_("this command rehearses sales, rolls them back, and so shows it: {command}").format(
            command=command
        ),
        undecided=list(names),
    )
