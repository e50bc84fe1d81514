"""The check `schema.customers-refused`: does the table take the rows of those who are owed one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands, needed
from iahome_fix.checks.registry import check
from iahome_fix.checks.rehearsed import words as rehearsal_words
from iahome_fix.checks.schema import refusals, row_triggers
from iahome_fix.errors import ToolError
from iahome_fix.facts import rehearsals, sales
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.masks import scrub
from iahome_fix.model import Finding, fail, ok, unknown
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.domain.sale import Key, Sale
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
ID = "schema.customers-refused"


@check(
    ID,
    N_("the table takes the rows of those who wait for one"),
    needs=(*needed.READING, "schema.types"),
    after=("schema.grant-accepted", "permissions.service-role"),
    beside=("supabase.writable",),
    queries=(
        *sales.OWED,
        "rehearsal/owners",
        *rehearsals.QUERIES,
        *rehearsal_words.QUERIES,
        *row_triggers.QUERIES,
    ),
)
def customers_refused(ctx: Seen) -> Finding:
    """A constraint may take the rows of most customers and refuse those of some: a foreign key to a
    table that lacks them (`auth.users`, for customers who have a profile only), a condition that their id,
    module or time does not meet, a unique index or an exclusion that another row fills. Their payments are
    lost one by one, while everybody else is served.

    Found by: the row of each sale that is owed, held against every check, foreign key, unique index and
    exclusion of the table, in one query each. Nothing is written. `doctor --rehearse` makes some of them as
    the webhook's role, one of each kind, and rolls each back: what a trigger does with them shows then.
    Repair: by hand: correct the constraint that the finding names, then `reconcile`.
    Never: insert into `auth.users` by SQL; drop profiles; drop a constraint without asking what it is for.
    """
    if not sales.insertable(ctx):
        return ok(_("nobody waits for one"))
    found = sales.refusals.or_why(ctx)
    if isinstance(found, SqlError):
        return unknown(_("could not be tried: {reason}").format(reason=scrub(found.message)))
    if isinstance(found, ToolError):
        raise found
    if not found:
        return _rehearsed(ctx, sales.insertable(ctx)) or ok(_("nothing on the table refuses them"))
    lost = [sale for sale in sales.unexplained(ctx) if sale.key in sales.refused(ctx)]
    ids = sorted({sale.session.id for sale in lost})
    said = ngettext(
        "the table refuses the row of {count} payment that is owed, not those of others: {reasons}",
        "the table refuses the rows of {count} payments that are owed, not those of others: {reasons}",
        len(ids),
    )
    return fail(
        said.format(count=len(ids), reasons=joined(*(refusals.words(one) for one in found))),
        hint=_("ask what it is for; to remove it, in the SQL editor: {statements}; then {command}").format(
            statements="; ".join(refusals.statement(one) for one in found),
            command=commands.reconcile(ctx, lost).command,
        ),
        sessions=ids[:_MOST_SHOWN],
        payments=len(ids),
    )


def tried(ctx: Seen) -> frozenset[Key]:
    """The sales that were made and taken back, and whose row the table did not take; none where the run only
    reads."""
    if ctx.rehearsing is None:
        return frozenset()
    found = rehearsals.owed_sales.or_why(ctx)
    if isinstance(found, ToolError):
        return frozenset()
    return frozenset(
        (str(one.sale.payment), one.sale.module)
        for one in found.ones
        if one.own_right is None and one.of_grant is not None
    )


def _rehearsed(ctx: Seen, lost: Sequence[Sale]) -> Finding | None:
    """What was tried and taken back for some of them; None where nothing was, or all were accepted."""
    tried = rehearsals.of_owed_sales(ctx)
    met = [(one, one.of_grant) for one in tried.ones if one.own_right is None] if tried else []
    refused = [(one, obstacle) for one, obstacle in met if obstacle is not None]
    if tried is None or not refused:
        return None
    first = refused[0][1]
    ids = sorted({one.sale.payment for one, _obstacle in refused})
    said = ngettext(
        "the table does not take the row of {count} payment that is owed (tried as {role}, and rolled"
        " back; of {tried} tried): module {modules}: {what}",
        "the table does not take the rows of {count} payments that are owed (tried as {role}, and"
        " rolled back; of {tried} tried): module {modules}: {what}",
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
            command=commands.reconcile(ctx, [s for s in lost if s.session.id in ids]).command,
        ),
        sessions=ids[:_MOST_SHOWN],
        payments=len(ids),
        named=rehearsal_words.named(first),
        **rehearsal_words.evidence(tried),
    )
