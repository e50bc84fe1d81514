"""The check `schema.grant-accepted`: does the table take the row that the webhook's handler writes?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.checks.rehearsed import grants as rehearsed_grants
from iahome_fix.checks.rehearsed import words as rehearsal_words
from iahome_fix.checks.schema import collisions, row_triggers, trigger_bodies
from iahome_fix.checks.schema.collisions import Obstacle
from iahome_fix.errors import ToolError
from iahome_fix.facts import grants as grant_facts
from iahome_fix.facts import rehearsals
from iahome_fix.facts.seen import derived
from iahome_fix.facts.tables import accesses
from iahome_fix.i18n import N_, _, joined
from iahome_fix.masks import scrub
from iahome_fix.model import Finding, Status, fail, ok, unknown, warn
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_REMOVE = N_("ask what it is for; to remove it, in the SQL editor: {statements}; then {command}")
_TABLE = "alter table public.module_access "
_OF_THE_ROW = ("22", "23")
"""Classes of errors that a value makes: wrong data, a constraint of a domain."""
_RULES = {
    "instead": N_("the rule {name} acts in place of every INSERT: no grant is written"),
    "conditional": N_(
        "beside the rule {name}, which acts in place of some INSERTs, the Data API can insert no row (0A000)"
    ),
    "also": N_("beside the rule {name}, which acts on each INSERT, the Data API can insert no row (0A000)"),
}


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
        joined(*(obstacle.words for obstacle in found), _("no payment that was looked at is of that kind")),
        hint=_(_REMOVE).format(
            statements="; ".join(obstacle.statement for obstacle in found),
            command=commands.then_reconcile(ctx),
        ),
        latent=len(found),
    )


@derived
def obstacles(ctx: Seen) -> tuple[Obstacle, ...]:
    """What on the table refuses or hides the row of a grant, as far as it is certain.

    Raises SqlError where the row itself cannot be worked out.
    """
    rows, on_table = grant_facts.rows(ctx), grant_facts.on_table(ctx)
    # As text every column is worked out, and no cast that somebody made is taken.
    grant_facts.holds(ctx, "module_access::text is not null", rows["grant"])
    return tuple(_obstacles(ctx, rows, on_table))


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


def _obstacles(
    ctx: Seen, rows: Mapping[str, str], on_table: Sequence[Mapping[str, Any]]
) -> Iterator[Obstacle]:
    untold = frozenset(str(row["name"]).lower() for row in on_table if row["kind"] == "default")
    jobs = [partial(_obstacle, ctx, rows, row, untold) for row in on_table if row["calls"] is None]
    yield from (found for found in ctx.at_once(jobs) if found is not None)


def _obstacle(
    ctx: Seen, rows: Mapping[str, str], row: Mapping[str, Any], untold: frozenset[str]
) -> Obstacle | None:
    name, quoted = str(row["name"]), '"' + str(row["name"]).replace('"', '""') + '"'
    kind = row["kind"]
    if kind == "check":
        return _check(ctx, rows, row, name, quoted)
    if kind == "unique":
        return collisions.unique(ctx, rows, row, name)
    if kind == "reference":
        return _reference(ctx, row, name, quoted)
    if kind == "trigger":
        return _trigger(ctx, rows, row, name, quoted, untold)
    if kind == "exclude":
        return collisions.exclude(ctx, rows, row, name, quoted)
    if kind == "rule":
        return Obstacle(
            _(_RULES[row["keys"]]).format(name=name), f"drop rule {quoted} on public.module_access"
        )
    if kind == "generated":
        return Obstacle(
            _(
                "{name} is generated, so an INSERT that names it, as the handler's does, is refused (428C9)"
            ).format(name=name),
            _TABLE
            + {
                "a": f"alter column {quoted} drop identity",
                "s": f"alter column {quoted} drop expression",
                "v": f"drop column {quoted}, add column {quoted} {row['body']}",
            }[row["keys"]],
        )
    if kind == "short":
        return Obstacle(
            _("{name} is {type}, too short for what the handler writes").format(name=name, type=row["body"]),
            f"{_TABLE}alter column {quoted} type text",
        )
    return None


def _check(
    ctx: Seen, rows: Mapping[str, str], row: Mapping[str, Any], name: str, quoted: str
) -> Obstacle | None:
    if grant_facts.holds(ctx, f"({row['condition']}) is not false", rows["grant"]):
        return None
    return Obstacle(
        _("the constraint {name} refuses the row of a grant (23514): {condition}").format(
            name=name, condition=row["condition"]
        ),
        f"{_TABLE}drop constraint {quoted}",
    )


def _reference(ctx: Seen, row: Mapping[str, Any], name: str, quoted: str) -> Obstacle | None:
    ours, theirs = json.loads(row["keys"])
    answer = grant_facts.ask(
        ctx,
        "checks/grant_strangers",
        {
            "ours": "profiles" if ours == "user_id" else "modules",
            "table": row["body"],
            "column": '"' + str(theirs).replace('"', '""') + '"',
        },
    )
    if not int(answer["missing"]):
        return None
    return Obstacle(
        _(
            "the foreign key {name} lets {column} only have values of {table}, which lacks {missing} of"
            " {found}: their grants are refused (23503)"
        ).format(name=name, column=ours, table=row["body"], missing=answer["missing"], found=answer["found"]),
        f"{_TABLE}drop constraint {quoted}",
    )


def _trigger(
    ctx: Seen,
    rows: Mapping[str, str],
    row: Mapping[str, Any],
    name: str,
    quoted: str,
    untold: frozenset[str],
) -> Obstacle | None:
    def holds(condition: str) -> bool | None:
        if untold.intersection(re.findall(r"\w+", condition.lower())):
            return None
        return grant_facts.tried(ctx, f"({condition}) is true", rows["grant"], name="new")

    when = row["condition"]
    if when and not (trigger_bodies.readable(when) and holds(when)):
        return None
    told = trigger_bodies.read(
        str(row["body"]), holds, drops=bool(row["drops"]), columns=accesses(ctx).columns
    )
    if told is None:
        return None
    said = {
        "raises": _("the trigger {name} refuses the row of a grant: {words}"),
        "drops": _("the trigger {name} leaves the row of a grant out (return null), without an error"),
        "hides": _("the trigger {name} hides each new access ({words}): its customer sees nothing"),
    }
    return Obstacle(
        said[told.effect].format(name=name, words=scrub(told.words)),
        f"{_TABLE}disable trigger {quoted}",
        hides=told.effect == "hides",
    )
