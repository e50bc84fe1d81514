"""The check `schema.updates-accepted`: can an access be deactivated, as every renewal needs it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.checks.rehearsed import grants as rehearsed_grants
from iahome_fix.checks.rehearsed import words as rehearsal_words
from iahome_fix.checks.schema import row_triggers, trigger_bodies
from iahome_fix.facts import grants as grant_facts
from iahome_fix.facts import rehearsals
from iahome_fix.facts.tables import accesses, gaps
from iahome_fix.i18n import N_, _, joined
from iahome_fix.identifiers import quoted
from iahome_fix.masks import scrub
from iahome_fix.model import Finding, fail, ok

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


@dataclass(frozen=True)
class _Refusal:
    """The trigger that refuses, and the column that it names and the table lacks, if that is why."""

    trigger: str
    missing: str | None


@check(
    "schema.updates-accepted",
    N_("the table takes the change of an access"),
    needs=("schema.columns", "schema.types", "schema.profiles", "schema.modules"),
    beside=("supabase.writable",),
    queries=(
        *grant_facts.QUERIES,
        "checks/grant_tried",
        "checks/tables",
        "module_access/020_columns",
        *rehearsals.QUERIES,
        "domain/terms",
        *rehearsal_words.QUERIES,
        *row_triggers.QUERIES,
    ),
)
def updates_accepted(ctx: Seen) -> Finding:
    """First purchases work, and renewals fail: a trigger that refuses an UPDATE, or that writes a column
    which the table does not have, keeps every access as it is. What deactivates or extends one is refused,
    repairs of this tool among it.

    Found by: the source of the triggers that fire on an update of `is_active`, followed as far as it is
    certain, for an access that is deactivated; what such a trigger does beyond that, `doctor --rehearse`
    tries: an access is extended and deactivated, and all of it rolled back.
    Repair: by hand: add the column that the trigger writes, or correct its function; then `reconcile`.
    Never: drop a trigger function that other tables use; turn off all triggers.
    """
    found = list(_refusals(ctx))
    if not found:
        return rehearsed_grants.of_changes(ctx) or ok(_("nothing on the table is known to refuse it"))
    missing = {told.missing for _words, told in found}
    if missing <= {gap.item for gap in gaps(ctx, "020_columns")}:
        return fail(
            joined(*(words for words, _told in found)),
            hint=_("migrate makes the column that the trigger writes"),
            fix=ctx.fix("migrate", undoable=True),
            obstacles=len(found),
        )
    return fail(
        joined(*(words for words, _told in found)),
        hint=_("ask what it is for; then, in the SQL editor: {statements}; then {command}").format(
            statements="; ".join(_remedy(told) for _words, told in found),
            command=commands.then_reconcile(ctx),
        ),
        obstacles=len(found),
    )


def _refusals(ctx: Seen) -> Iterator[tuple[str, _Refusal]]:
    """What refuses or swallows an update of an access, in words, and what is known of it."""
    columns = accesses(ctx).columns
    for row in grant_facts.on_table(ctx):
        if row["kind"] != "update" or row["calls"] is not None:
            continue
        told = _told(ctx, row, columns)
        if told is None or told.effect == "hides":
            continue
        names = {"trigger": row["name"], "function": row["keys"], "words": scrub(told.words)}
        said = (
            _("the trigger {trigger} ({function}) refuses every update of an access: {words}")
            if told.effect == "raises"
            else _("the trigger {trigger} ({function}) drops every update of an access, without an error")
        )
        yield said.format(**names), _Refusal(str(row["name"]), told.missing)


def _remedy(found: _Refusal) -> str:
    if found.missing is not None:
        return f"alter table public.module_access add column {quoted(found.missing)} timestamp default now()"
    return f"alter table public.module_access disable trigger {quoted(found.trigger)}"


def _told(ctx: Seen, row: Mapping[str, Any], columns: Iterable[str]) -> trigger_bodies.Told | None:
    rows = grant_facts.rows(ctx)

    def holds(condition: str) -> bool | None:
        # Beside the row as it is to be, the row as it was.
        beside = f"new cross join (select {rows['grant']}) as old"
        return grant_facts.tried(ctx, f"({condition}) is true", rows["ended"], name=beside)

    when = row["condition"]
    if when and not (trigger_bodies.readable(when) and holds(when)):
        return None
    return trigger_bodies.read(
        str(row["body"]), holds, drops=bool(row["drops"]), columns=columns, event="UPDATE"
    )
