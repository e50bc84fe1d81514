"""What on the table refuses, or hides, the row of a grant: each condition, key, reference, rule and trigger
is held against the row in a query, as far as that is certain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from iahome_fix.checks.schema import collisions, trigger_bodies
from iahome_fix.checks.schema.collisions import Obstacle
from iahome_fix.facts import grants as grant_facts
from iahome_fix.facts.seen import derived
from iahome_fix.facts.tables import accesses
from iahome_fix.i18n import N_, _
from iahome_fix.identifiers import quoted
from iahome_fix.masks import scrub

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_TABLE = "alter table public.module_access "
_RULES = {
    "instead": N_("the rule {name} acts in place of every INSERT: no grant is written"),
    "conditional": N_(
        "beside the rule {name}, which acts in place of some INSERTs, the Data API can insert no row (0A000)"
    ),
    "also": N_("beside the rule {name}, which acts on each INSERT, the Data API can insert no row (0A000)"),
}


@derived
def obstacles(ctx: Seen) -> tuple[Obstacle, ...]:
    """What on the table refuses or hides the row of a grant, as far as it is certain.

    Raises SqlError where the row itself cannot be worked out.
    """
    rows, on_table = grant_facts.rows(ctx), grant_facts.on_table(ctx)
    # As text every column is worked out, and no cast that somebody made is taken.
    grant_facts.holds(ctx, "module_access::text is not null", rows["grant"])
    return tuple(_obstacles(ctx, rows, on_table))


def _obstacles(
    ctx: Seen, rows: Mapping[str, str], on_table: Sequence[Mapping[str, Any]]
) -> Iterator[Obstacle]:
    untold = frozenset(str(row["name"]).lower() for row in on_table if row["kind"] == "default")
    jobs = [partial(_obstacle, ctx, rows, row, untold) for row in on_table if row["calls"] is None]
    yield from (found for found in ctx.at_once(jobs) if found is not None)


def _obstacle(
    ctx: Seen, rows: Mapping[str, str], row: Mapping[str, Any], untold: frozenset[str]
) -> Obstacle | None:
    name = str(row["name"])
    in_sql = quoted(name)
    kind = row["kind"]
    if kind == "check":
        return _check(ctx, rows, row, name, in_sql)
    if kind == "unique":
        return collisions.unique(ctx, rows, row, name)
    if kind == "reference":
        return _reference(ctx, row, name, in_sql)
    if kind == "trigger":
        return _trigger(ctx, rows, row, name, in_sql, untold)
    if kind == "exclude":
        return collisions.exclude(ctx, rows, row, name, in_sql)
    if kind == "rule":
        return Obstacle(
            _(_RULES[row["keys"]]).format(name=name), f"drop rule {in_sql} on public.module_access"
        )
    if kind == "generated":
        return Obstacle(
            _(
                "{name} is generated, so an INSERT that names it, as the handler's does, is refused (428C9)"
            ).format(name=name),
            _TABLE
            + {
                "a": f"alter column {in_sql} drop identity",
                "s": f"alter column {in_sql} drop expression",
                "v": f"drop column {in_sql}, add column {in_sql} {row['body']}",
            }[row["keys"]],
        )
    if kind == "short":
        return Obstacle(
            _("{name} is {type}, too short for what the handler writes").format(name=name, type=row["body"]),
            f"{_TABLE}alter column {in_sql} type text",
        )
    return None


def _check(
    ctx: Seen, rows: Mapping[str, str], row: Mapping[str, Any], name: str, in_sql: str
) -> Obstacle | None:
    if grant_facts.holds(ctx, f"({row['condition']}) is not false", rows["grant"]):
        return None
    return Obstacle(
        _("the constraint {name} refuses the row of a grant (23514): {condition}").format(
            name=name, condition=row["condition"]
        ),
        f"{_TABLE}drop constraint {in_sql}",
    )


def _reference(ctx: Seen, row: Mapping[str, Any], name: str, in_sql: str) -> Obstacle | None:
    ours, theirs = json.loads(row["keys"])
    answer = grant_facts.ask(
        ctx,
        "checks/grant_strangers",
        {
            "ours": "profiles" if ours == "user_id" else "modules",
            "table": row["body"],
            "column": quoted(str(theirs)),
        },
    )
    if not int(answer["missing"]):
        return None
    return Obstacle(
        _(
            "the foreign key {name} lets {column} only have values of {table}, which lacks {missing} of"
            " {found}: their grants are refused (23503)"
        ).format(name=name, column=ours, table=row["body"], missing=answer["missing"], found=answer["found"]),
        f"{_TABLE}drop constraint {in_sql}",
    )


def _trigger(
    ctx: Seen,
    rows: Mapping[str, str],
    row: Mapping[str, Any],
    name: str,
    in_sql: str,
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
        f"{_TABLE}disable trigger {in_sql}",
        hides=told.effect == "hides",
    )
