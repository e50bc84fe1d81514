"""What an undo took back, all of it or a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iahome_fix.errors import PartlyApplied, ToolError
from iahome_fix.i18n import _


@dataclass(frozen=True)
class Undone:
    """What was taken back."""

    deleted: int = 0
    restored: int = 0
    emails: int = 0
    schema: int = 0
    endpoints: tuple[str, ...] = ()
    deleted_ids: tuple[Any, ...] = ()
    restored_ids: tuple[Any, ...] = ()

    @property
    def in_database(self) -> bool:
        """Was anything taken back in the database?"""
        return bool(self.deleted or self.restored or self.emails or self.schema)

    def as_json(self) -> dict[str, Any]:
        return {
            "deleted": self.deleted,
            "restored": self.restored,
            "emails": self.emails,
            "schema": self.schema,
            "stripe": list(self.endpoints),
        }

    def __add__(self, other: Undone) -> Undone:
        return Undone(
            self.deleted + other.deleted,
            self.restored + other.restored,
            self.emails + other.emails,
            self.schema + other.schema,
            (*self.endpoints, *other.endpoints),
            (*self.deleted_ids, *other.deleted_ids),
            (*self.restored_ids, *other.restored_ids),
        )


class UndoneInPart(PartlyApplied):
    """A transaction of an undo failed after others were kept; `done`: what those took back."""

    def __init__(self, done: Undone, stop: ToolError) -> None:
        super().__init__(
            stop.code,
            _("{deleted} rows were deleted and {restored} restored, then it stopped: {reason}").format(
                deleted=done.deleted, restored=done.restored, reason=stop.because
            ),
            stop.hint or _("run the same command again: it goes on with what is left"),
        )
        self.done = done
