"""The check `schema.sequence`: is the next id free?"""

from __future__ import annotations

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.tables import gaps
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok


@check(
    "schema.sequence",
    N_("the next id is free"),
    needs=("schema.columns",),
    queries=("module_access/110_sequence", "checks/sequence_end"),
)
def sequence(ctx: Seen) -> Finding:
    """After an import or a restore the sequence may stand behind the highest id: the next buyers get nothing.

    Found by: the sequence's value against the highest id, and against its own end and that of the column.
    Repair: `migrate` moves it forward; one that is at its end gets a wider type by hand.
    Never: read every 23505 as "already granted"; set the sequence lower.
    """
    behind = gaps(ctx, "110_sequence")
    if behind:
        return fail(
            _(
                "the sequence of module_access is behind its ids ({what}): the next payments are refused"
            ).format(what=behind[0].what),
            hint=_("migrate moves it forward; reconcile then serves those that were refused meanwhile"),
            fix=ctx.fix("migrate", undoable=True),
        )
    ended = of_database(ctx, "checks/sequence_end")
    if ended:
        return fail(
            _("the sequence {name} of module_access is at its end ({last}): no row gets an id").format(
                name=ended[0]["name"], last=ended[0]["last_value"]
            ),
            hint=_(
                "in the SQL editor: alter table public.module_access alter column id type bigint;"
                " alter sequence {name} as bigint no maxvalue; then {command}"
            ).format(name=ended[0]["name"], command=commands.then_reconcile(ctx)),
        )
    return ok(_("the sequence of module_access is ahead of its ids"))
