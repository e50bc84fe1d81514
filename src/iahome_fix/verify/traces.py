"""Which traces a synthetic payment leaves: by its session's id, or by what was not there before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iahome_fix.facts.tables import tables
from iahome_fix.repairs.journal.journal import journal_of
from iahome_fix.verify.bare_traces import BareTraces, Before
from iahome_fix.verify.rows import Row, Traces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.facts.context import Context


def traces(
    ctx: Context,
    *,
    session: str = "",
    leftovers: Sequence[Row] = (),
    note: Callable[[Before], None] = lambda _before: None,
) -> Traces:
    """The traces of a run in the table of the shop's version.

    `session`: of this run; `leftovers`: of earlier ones; `note` puts on record what a later run has to know,
    where the table does not say it.
    """
    if ctx.profile.is_guides:
        return Traces(ctx.database, tables(ctx), ctx.profile)
    database = ctx.settings.database_label
    runs = [run for run in journal_of(ctx.settings).runs() if run.target.get("database") == database]
    found = BareTraces(ctx.database, tables(ctx), ctx.profile, runs=runs, session=session, note=note)
    found.adopt(leftovers)
    return found
