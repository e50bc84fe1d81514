"""The check `schema.customers-refused`: does the table take the rows of those who are owed one?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iahome_fix.checks import grant_facts, rehearsal_words, rehearsals, row_triggers, sales
from iahome_fix.checks.registry import check
from iahome_fix.domain.verdicts import storable
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.masks import scrub
from iahome_fix.model import Finding, fail, ok, unknown
from iahome_fix.systems.database import SqlError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iahome_fix.checks.context import Context
    from iahome_fix.domain.sale import Sale

_MOST_SHOWN = 10
_STATES = {"check": "23514", "unique": "23505", "exclude": "23P01", "key": "23503"}
ID = "schema.customers-refused"
_ONE_ACCESS = {"user_id", "module_id"}
"""The key by which a customer has one access to a module: a row that fills it is in the way of the next one
(data.row-in-the-way), and `reconcile` makes room; the index is right."""


@check(
    ID,
    N_("the table takes the rows of those who wait for one"),
    needs=(*sales.READING, "schema.types"),
    after=("schema.grant-accepted", "permissions.service-role"),
    queries=(
        *sales.QUERIES,
        *grant_facts.QUERIES,
        "checks/customers_refused",
        "checks/refused_by_key",
        "checks/refused_by_rows",
        "rehearsal/owners",
        *rehearsals.QUERIES,
        *rehearsal_words.QUERIES,
        *row_triggers.QUERIES,
    ),
)
def customers_refused(ctx: Context) -> Finding:
    """A constraint may take the rows of most customers and refuse those of some: a foreign key to a
    table that lacks them (`auth.users`, for customers who have a profile only), a condition that their id,
    module or time does not meet, a unique index or an exclusion that another row fills. Their payments are
    lost one by one, while everybody else is served.

    Found by: the row of each sale that is owed, held against every check, foreign key, unique index and
    exclusion of the table, in one query each. Nothing is written. `doctor --rehearse` makes some of them as
    the webhook's role, one of each kind, and takes each back: what a trigger does with them shows then.
    Repair: by hand: correct the constraint that the finding names, then `reconcile`.
    Never: insert into `auth.users` by SQL; drop profiles; drop a constraint without asking what it is for.
    """
    # A renewal lengthens the row that is there, and is no row of its own.
    lost = [s for s in sales.owed(ctx) if not (s.is_renewal and (s.open or s.row_in_way))]
    if not lost:
        return ok(_("nobody waits for one"))
    try:
        found = list(_refusals(ctx, lost))
    except SqlError as error:
        return unknown(_("could not be tried: {reason}").format(reason=scrub(error.message)))
    if not found:
        return _rehearsed(ctx, lost) or ok(_("nothing on the table refuses them"))
    ids = sorted({payment for _words, _statement, payments in found for payment in payments})
    said = ngettext(
        "the table refuses the row of {count} payment that is owed, not those of others: {reasons}",
        "the table refuses the rows of {count} payments that are owed, not those of others: {reasons}",
        len(ids),
    )
    return fail(
        said.format(count=len(ids), reasons="; ".join(words for words, _statement, _ids in found)),
        hint=_("ask what it is for; to take it away, in the SQL editor: {statements}; then {command}").format(
            statements="; ".join(statement for _words, statement, _ids in found),
            command=sales.reconcile(ctx, [s for s in lost if s.session.id in ids]).command,
        ),
        sessions=ids[:_MOST_SHOWN],
        payments=len(ids),
    )


def _rehearsed(ctx: Context, lost: Sequence[Sale]) -> Finding | None:
    """What was tried and taken back for some of them; None where nothing was, or all were accepted."""
    tried = rehearsals.of_owed_sales(ctx, lost)
    met = [(one, one.of_grant) for one in tried.ones if one.own_right is None] if tried else []
    refused = [(one, obstacle) for one, obstacle in met if obstacle is not None]
    if tried is None or not refused:
        return None
    first = refused[0][1]
    ids = sorted({one.sale.payment for one, _obstacle in refused})
    said = ngettext(
        "the table does not take the row of {count} payment that is owed (tried as {role}, and taken back; of"
        " {tried} tried): module {modules}: {what}",
        "the table does not take the rows of {count} payments that are owed (tried as {role}, and taken back;"
        " of {tried} tried): module {modules}: {what}",
        len(ids),
    )
    return fail(
        said.format(
            count=len(ids),
            role=tried.role,
            tried=len(tried.ones),
            modules=rehearsal_words.modules_of([one for one, _obstacle in refused]),
            what=rehearsal_words.met(ctx, first),
        ),
        hint=_("{way}; then {command}").format(
            way=rehearsal_words.hint(ctx, first, tried.role),
            command=sales.reconcile(ctx, [s for s in lost if s.session.id in ids]).command,
        ),
        sessions=ids[:_MOST_SHOWN],
        payments=len(ids),
        named=rehearsal_words.named(first),
        **rehearsal_words.evidence(tried),
    )


def _refusals(ctx: Context, lost: Sequence[Sale]) -> Iterator[tuple[str, str, list[str]]]:
    listed = json.dumps(
        [{"payment": storable(s.session.id), "module_id": s.module, "owner": s.owner} for s in lost]
    )
    columns = grant_facts.rows(ctx)["sale"]
    for row in grant_facts.on_table(ctx):
        refused = None if row["calls"] is not None else _refused(row)
        if refused is None:
            continue
        query = grant_facts.filled("checks/customers_refused", {"columns": columns, "refused": refused})
        found = ctx.database.read(query, {"sales": listed}, patient=True)
        if found:
            yield _words(row), _statement(row), [str(one["payment"]) for one in found]


def _refused(row: Mapping[str, Any]) -> str | None:
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
        )
    if kind not in ("unique", "exclude"):
        return None
    keys = json.loads(row["keys"])
    if kind == "unique" and set(keys) == _ONE_ACCESS:
        return None
    pairs = keys if kind == "exclude" else [(key, "=") for key in keys]
    return grant_facts.filled(
        "checks/refused_by_rows",
        {
            "keys": ", ".join(f"({key}) as k{place}" for place, (key, _operator) in enumerate(pairs)),
            "condition": row["condition"],
            "same": " and ".join(
                f"n.k{place} {operator} o.k{place}" for place, (_key, operator) in enumerate(pairs)
            ),
        },
    )


def _words(row: Mapping[str, Any]) -> str:
    names = {
        "name": row["name"],
        "state": _STATES[row["kind"]],
        "table": row["body"],
        "condition": row["condition"],
    }
    return {
        "check": _("the constraint {name} ({state}): {condition}"),
        "key": _("the foreign key {name}, whose table {table} does not have them ({state})"),
        "unique": _("the unique index {name}, which another row fills ({state})"),
        "exclude": _("the exclusion {name}, which another row fills ({state})"),
    }[row["kind"]].format(**{key: scrub(str(text)) for key, text in names.items()})


def _statement(row: Mapping[str, Any]) -> str:
    if row["kind"] == "unique":
        return _("drop index {name} (or the constraint of that name)").format(name=row["name"])
    quoted = '"' + str(row["name"]).replace('"', '""') + '"'
    return f"alter table public.module_access drop constraint {quoted}"
