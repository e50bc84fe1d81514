"""The options by which a command makes sales and takes them back, the same wherever they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from iahome_fix.errors import UsageError
from iahome_fix.i18n import N_, _

if TYPE_CHECKING:
    from iahome_fix.facts.context import Rehearsing

Rehearse = Annotated[
    bool,
    typer.Option(
        "--rehearse",
        help=N_(
            "Make sales as the webhook does, as its role and on the real rows, each in a transaction"
            " that is always rolled back (20 at most, 3 s in all): shows what refuses them. Sequences"
            " move on."
        ),
    ),
]
RehearseThrough = Annotated[
    list[str] | None,
    typer.Option(
        "--rehearse-through",
        metavar="NAME",
        help=N_(
            "Rehearse although this is reached, which a rollback does not undo: a function, a foreign"
            " table, an extension or a language, as the report names it (repeatable)."
        ),
    ),
]


def rehearsing(rehearse: bool, through: Sequence[str] | None) -> Rehearsing | None:
    """What the options ask for; None for a run that only reads. Raises UsageError."""
    from iahome_fix.facts.context import Rehearsing

    if through and not rehearse:
        raise UsageError("usage", _("--rehearse-through belongs to --rehearse"))
    return Rehearsing(through=frozenset(through or ())) if rehearse else None
