"""The check `schema.grant-accepted`: does the table take the row that the webhook's handler writes?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.checks.rehearsed import grants as rehearsed_grants
from iahome_fix.checks.rehearsed import words as rehearsal_words
from iahome_fix.checks.schema import row_triggers
from iahome_fix.checks.schema.collisions import Obstacle
from iahome_fix.checks.schema.obstacles import obstacles
from iahome_fix.errors import ToolError
from iahome_fix.facts import grants as grant_facts
from iahome_fix.facts import rehearsals
from iahome_fix.i18n import N_, _, joined
from iahome_fix.masks import scrub
from iahome_fix.model import Finding, Status, fail, ok, unknown, warn
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_REMOVE = N_("ask what it is for; to remove it, in the SQL editor: {statements}; then {command}")
_OF_THE_ROW = ("22", "23")
"""Classes of errors that a value makes: wrong data, a constraint of a domain."""


@check(
    "schema.grant-accepted",
    N_("the table takes the row of a grant"),
    needs=("schema.columns", "schema.types", "schema.profiles", "schema.modules"),
    beside=("permissions.service-role", "supabase.writable"),
    queries=(
        *grant_facts.QUERIES,
        "checks/grant_tried",
        "checks/grant_collides",
        "checks/grant_excludes",
        "checks/grant_strangers",
        "checks/tables",
        *rehearsals.QUERIES,
        "domain/terms",
        *rehearsal_words.QUERIES,
        *row_triggers.QUERIES,
        *rehearsed_grants.QUERIES,
    ),
)
def grant_accepted(ctx: Seen) -> Finding:
    """The handler writes one row for each module that was bought. Where the table itself refuses or swallows
    it, every payment is lost, and the handler answers 200 all the same.

    Found by: the row as the handler writes it, held against what is on the table: conditions of checks and
    keys of unique indexes and exclusions are worked out for it in a query, foreign keys are held against the
    customers and modules there are, generated columns and rules count as they are, and the source of triggers
    is followed as far as it is certain. Nothing is written, so what a trigger does beyond assignments stays
    open, and no expression is worked out that calls a function which may act (volatile, or reaching out of
    the query). `doctor --rehearse`, and repair when it has applied something, make such sales as the
    webhook's role, one of each kind, and roll each back: that decides. A refusal that may be meant (a
    constraint, a function that raises) counts where no sale at all is taken.
    Repair: by hand: remove, or correct, what the finding names, then `reconcile`.
    Never: drop a constraint without asking what it is for; turn off all triggers.
    """
    found = obstacles.or_why(ctx)
    if isinstance(found, SqlError):
        return _refused(ctx, found)
    if isinstance(found, ToolError):
        raise found
    met = [obstacle for obstacle in found if not obstacle.latent]
    if not met:
        said = (
            rehearsed_grants.finding(ctx)
            or _left_out(grant_facts.on_table(ctx))
            or ok(_("nothing on the table refuses the handler's row"))
        )
        return _latent(ctx, found) if found and said.status is Status.OK else said
    return fail(
        joined(*(obstacle.words for obstacle in met)),
        hint=_(_REMOVE).format(
            statements="; ".join(obstacle.statement for obstacle in met),
            command=commands.then_reconcile(ctx),
        ),
        obstacles=len(met),
        hides=all(obstacle.hides for obstacle in met),
    )


def _latent(ctx: Seen, found: Sequence[Obstacle]) -> Finding:
    """What refuses a kind of sale that nobody made: whoever sells it one day has to know."""
    return warn(
        joined(
            *(obstacle.words for obstacle in found), _("nobody is known to wait for an access of that kind")
        ),
        hint=_(_REMOVE).format(
            statements="; ".join(obstacle.statement for obstacle in found),
            command=commands.then_reconcile(ctx),
        ),
        latent=len(found),
    )


def _refused(ctx: Seen, error: SqlError) -> Finding:
    """What refuses the row as it is written, whatever stands on the table."""
    if error.sqlstate[:2] not in _OF_THE_ROW:
        # It may be so only for who reads here (a setting that the webhook's role has): trying decides.
        made = rehearsals.of_new_sales(ctx)
        said = rehearsed_grants.finding(ctx) if made is not None and made.ones else None
        return said or unknown(
            _("could not be tried: {reason}").format(reason=scrub(error.message)),
            hint=_("this command rehearses sales, rolls them back, and so shows it: {command}").format(
                command=commands.rehearse(ctx)
            ),
        )
    return fail(
        _("the row that the handler writes is refused: {reason} ({state})").format(
            reason=scrub(error.message), state=error.sqlstate
        ),
        hint=_("look at the column's type in the SQL editor, and at who changed it"),
        sqlstate=error.sqlstate,
    )


def _left_out(on_table: Sequence[Mapping[str, Any]]) -> Finding | None:
    """What was not worked out, as it calls a function that may act."""
    kept = [
        row for row in on_table if row["calls"] and row["kind"] not in ("default", "update", "key", "exclude")
    ]
    if not kept:
        return None
    return warn(
        "; ".join(
            _("not tried: {constraint} calls {function}").format(
                constraint=row["name"], function=row["calls"]
            )
            for row in kept
        ),
        hint=_("read the function's source in the SQL editor; verify shows whether a payment is granted"),
        not_tried=[str(row["name"]) for row in kept],
    )


def hides_new_rows(ctx: Seen) -> bool:
    """Whether grants are written, but hidden by the table's own trigger, so that each looks withdrawn."""
    result = ctx.results.get("schema.grant-accepted")
    return bool(result and result.finding.evidence.get("hides"))
