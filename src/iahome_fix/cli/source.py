"""The app's source, for a command that can take it into account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.facts.context import Context


def give_source(ctx: Context, folder: Path | None) -> None:
    """Read the source below `folder`, if one was given; nothing in it is run.

    Raises UsageError, also without the parser: what was asked to take the source into account does not go on
    as if there were none.
    """
    if folder is None:
        return
    from iahome_fix.errors import MissingExtra, UsageError
    from iahome_fix.source.app import keep
    from iahome_fix.source.files import read_checkout
    from iahome_fix.source.parser import required

    try:
        required()
    except MissingExtra as error:
        raise UsageError(error.code, error.message, error.hint) from None
    keep(ctx, read_checkout(folder))
