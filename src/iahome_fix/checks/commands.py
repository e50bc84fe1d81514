"""The next commands that findings name, on the terms of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.facts.sales import now, terms

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
