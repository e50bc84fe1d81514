"""What was seen of a shop by which its version is told. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from iahome_fix.profile.module_access import MODULE_ACCESS
from iahome_fix.profile.signs import Outside
from iahome_fix.profile.user_applications import USER_APPLICATIONS_YEAR

if TYPE_CHECKING:
    from iahome_fix.errors import ToolError

GUIDE = MODULE_ACCESS.table.name
LATER = USER_APPLICATIONS_YEAR.table.name
FIRST = "user_subscriptions"
"""In which the very first version granted; no profile is of it."""
ONLY_MONTH = frozenset(("usage_count", "max_usage"))
"""Columns that only the versions of 2026 write."""


@dataclass(frozen=True)
class TableSeen:
    """What was seen of a table of accesses.

    Attributes:
        kind: `r` for a table, another letter for something else of that name, None where there is none.
        columns: which it has.
        rows: whether it has any, None where that could not be read.
        unread: it is there, and its rows could not be read: that is no empty table.
        hidden: row level security keeps rows of it from the database user: one without a row may have some.
        newest: when the app's handler wrote it last, by what the rows say.
        unmatched: the same of rows whose access the other table does not have; None where that is not told.
        version: of the newest row of a handler: year or month.
        reads: how often customers were seen to read their rows in it.
        writes: how often the app's server was seen to write it.
    """

    kind: str | None = None
    columns: frozenset[str] = frozenset()
    rows: bool | None = None
    unread: bool = False
    hidden: bool = False
    newest: datetime | None = None
    unmatched: datetime | None = None
    version: str | None = None
    reads: int = 0
    writes: int = 0

    @property
    def untold(self) -> bool:
        """It is there, and whether a webhook wrote it is not known."""
        return self.newest is None and (self.unread or self.hidden)


@dataclass(frozen=True)
class Seen:
    """What was seen of a shop.

    Attributes:
        tables: its tables of accesses.
        page: from which of these the page's source reads; empty where it was not given.
        handler: into which of these the handler's source writes.
        told: False where nothing could be read of the tables; failure: why, where a system said so.
        outside: what Stripe and the site say; None where they were not asked, as the tables tell.
    """

    tables: Mapping[str, TableSeen] = field(default_factory=dict)
    page: frozenset[str] = frozenset()
    handler: frozenset[str] = frozenset()
    told: bool = True
    failure: ToolError | None = None
    outside: Outside | None = None

    def table(self, name: str) -> TableSeen:
        """What was seen of one; nothing where nothing was."""
        return self.tables.get(name, TableSeen())

    @property
    def settled(self) -> bool:
        """Whether source, tables and rows tell the version, so that nobody else has to be asked."""
        guide, later = self.table(GUIDE), self.table(LATER)
        if not self.told or only_one(self.page) or only_one(self.handler):
            return True
        if untold_table(self) is not None:
            return False
        written = guide.newest or later.newest
        return bool(written or used(self) or (guide.kind is None and later.columns >= ONLY_MONTH))


def untold_table(seen: Seen) -> str | None:
    """The table whose rows would decide and cannot be read; None where it is known what they would say."""
    guide, later = seen.table(GUIDE), seen.table(LATER)
    if guide.untold and later.newest:
        return GUIDE
    return LATER if later.untold and not guide.newest else None


def used(seen: Seen) -> str | None:
    """The one table that customers are seen to read, else that the server is seen to write; None for none."""
    written = [name for name in (GUIDE, LATER) if seen.table(name).writes]
    return read_by_customers(seen) or (only_one(written))


def only_one(names: Collection[str]) -> str | None:
    """The one of the tables of accesses that is named; None for none, or both."""
    found = [name for name in (GUIDE, LATER) if name in names]
    return found[0] if len(found) == 1 else None


def read_by_customers(seen: Seen) -> str | None:
    """The one table in which customers are seen to read their rows; None for none, or both."""
    return only_one([name for name in (GUIDE, LATER) if seen.table(name).reads])
