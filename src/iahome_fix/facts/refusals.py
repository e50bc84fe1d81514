"""What on `module_access` would refuse the row of one customer and take those of others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.domain.verdicts import storable
from iahome_fix.facts import grants as grant_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iahome_fix.domain.sale import Key, Sale
    from iahome_fix.facts.context import Context
    from iahome_fix.profile import AppProfile

QUERIES = (
    *grant_facts.QUERIES,
    "checks/customers_refused",
    "checks/refused_by_key",
    "checks/refused_by_rows",
)
"""What `refusals` reads."""

_ONE_ACCESS = {"user_id", "module_id"}
"""The key by which a customer has one access to a module: a row that fills it is in the way of the next one
(data.row-in-the-way), and `reconcile` makes room; the index is right. One that counts inactive rows is not:
no room can be made then."""


@dataclass(frozen=True)
class Refused:
    """A constraint, a foreign key, a unique index or an exclusion that refuses the rows of some sales.

    `kind`, `name`, `table`, `condition`: as sql/checks/grant_obstacles.sql has them.
    """

    kind: str
    name: str
    table: str
    condition: str
    sales: frozenset[Key]


def refusals(ctx: Context, lost: Sequence[Sale]) -> Iterator[Refused]:
    """What refuses the rows of these sales. Nothing is written. Raises SqlError, MissingCredential."""
    listed = json.dumps(
        [{"payment": storable(s.session.id), "module_id": s.module, "owner": s.owner} for s in lost]
    )
    keys = {(storable(s.session.id), s.module): s.key for s in lost}
    columns = grant_facts.rows(ctx)["sale"]
    for row in grant_facts.on_table(ctx):
        refused = None if row["calls"] is not None else _refused(row, ctx.profile)
        if refused is None:
            continue
        marks = {"columns": columns, "refused": refused}
        query = grant_facts.filled("checks/customers_refused", marks, ctx.profile)
        found = ctx.database.read(query, {"sales": listed}, patient=True)
        if found:
            some = frozenset(keys[str(one["payment"]), one["module_id"]] for one in found)
            yield Refused(str(row["kind"]), str(row["name"]), str(row["body"]), str(row["condition"]), some)


def _refused(row: Mapping[str, Any], profile: AppProfile) -> str | None:
    """The condition over a row, as module_access, by which the constraint refuses it."""
    kind = row["kind"]
    if kind == "check":
        return f"({row['condition']}) is false"
    if kind == "key":
        pairs = json.loads(row["keys"])
        return grant_facts.filled(
            "checks/refused_by_key",
            {
                "known": " and ".join(f"module_access.{ours} is not null" for ours, _theirs in pairs),
                "table": row["body"],
                "same": " and ".join(
                    f"r.{theirs}::text = module_access.{ours}::text" for ours, theirs in pairs
                ),
            },
            profile,
        )
    if kind not in ("unique", "exclude"):
        return None
    if kind == "unique" and set(json.loads(row["keys"])) == _ONE_ACCESS and row["condition"] != "true":
        return None
    return grant_facts.filled("checks/refused_by_rows", excluded(row), profile)


def excluded(row: Mapping[str, Any]) -> Mapping[str, str]:
    """The marks of a query that holds a row n against a row o by a unique index or an exclusion."""
    keys = json.loads(row["keys"])
    pairs = keys if row["kind"] == "exclude" else [(key, "=") for key in keys]
    return {
        "keys": ", ".join(f"({key}) as k{place}" for place, (key, _operator) in enumerate(pairs)),
        "condition": str(row["condition"]),
        "same": " and ".join(
            f"n.k{place} {operator} o.k{place}" for place, (_key, operator) in enumerate(pairs)
        ),
    }
