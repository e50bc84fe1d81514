"""The next commands that findings name, on the terms of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.facts.sales import now, terms
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen
    from iahome_fix.model import Fix


def words(ctx: Seen) -> tuple[str, ...]:
    """The options by which another command has this run's terms."""
    return terms(ctx).words(now(ctx))


def then_reconcile(ctx: Seen) -> str:
    """The command that serves what is owed, on this run's terms, once something was repaired by hand."""
    return ctx.settings.command("reconcile", *words(ctx))


def again(ctx: Seen, *more: str) -> str:
    """Doctor once more, on this run's terms."""
    return ctx.settings.command("doctor", *more, *words(ctx))


def rehearse(ctx: Seen) -> str:
    """The command that makes sales and takes them back, of those that this run looks at."""
    return ctx.settings.command("doctor", "--rehearse", *words(ctx))


def reconcile(ctx: Seen, lost: Iterable[Sale]) -> Fix:
    """The command that serves these sales, on this run's terms: from now, where all of them are over."""
    options = terms(ctx).words(now(ctx), from_now=all(sale.over for sale in lost))
    return ctx.fix("reconcile", *options, undoable=True)


def repair(ctx: Seen, *, undoable: bool = False) -> Fix | None:
    """The command that does by SQL what no other one does; None where no SQL can be run."""
    return None if ctx.only_data_api else ctx.fix("repair", *words(ctx), undoable=undoable)


def by_sql(ctx: Seen, hint: str) -> str:
    """The hint about that command; without SQL with what it takes first."""
    if not ctx.only_data_api:
        return hint
    return _(
        "this takes SQL, by a SUPABASE_DB_URL in the env file that works (Supabase, Connect); then {command}:"
        " {hint}"
    ).format(command=ctx.settings.command("repair", *words(ctx)), hint=hint)
