"""Refusals that another command helps against name it as it is typed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from iahome_fix import errors
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.cli.frame import Frame


@contextmanager
def naming_migrate(frame: Frame) -> Iterator[None]:
    """A refusal that `migrate` helps against names that command."""
    try:
        yield
    except errors.Refused as refusal:
        if refusal.code != "not-migrated":
            raise
        raise errors.Refused(
            refusal.code,
            refusal.message,
            _("bring the tables to their shape first: {command}").format(
                command=frame.settings.command("migrate")
            ),
        ) from None
