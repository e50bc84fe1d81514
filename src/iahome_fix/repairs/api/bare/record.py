"""What a run over the Data API puts on record before each request, and once it knows what came of it.

A table of a later version says nothing of runs, and the number of a transaction is not known before it is
committed. So a request is on record before it is sent: the moment that its rows bear as that of their making,
to the microsecond, as nobody else writes it, and what they hold. Whoever reads the journal knows the rows
even where the run was killed before the answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from iahome_fix.repairs import bare
from iahome_fix.repairs.units import Wrote

if TYPE_CHECKING:
    from iahome_fix.errors import ToolError
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.api.bare.table import Held

Keep = Callable[[Mapping[str, Any], bool], None]
"""Puts what is known of a run's rows on record; True right before a request whose answer may get lost."""


def mark() -> str:
    """A moment to know rows by: now, in microseconds that no program with milliseconds writes."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000 + 1 + secrets.randbelow(999)).isoformat()


@dataclass
class BareWritten:
    """What a run wrote into such a table.

    Attributes:
        created: accesses that it made or lengthened, ended: rows that it deactivated as they were over.
        wrote: what the journal has to know of them.
        missing: rows that the database took and did not keep; doubles: rows that it took back at once, as
            somebody else had given such an access at the same moment.
        stop: why it ended before its end.
    """

    profile: AppProfile
    keep: Keep
    created: int = 0
    ended: int = 0
    wrote: Wrote = field(default_factory=Wrote)
    missing: int = 0
    doubles: int = 0
    stop: ToolError | None = None

    def on_record(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return bare.on_record(self.profile, self.created, self.wrote)

    def deciding(self, pending: Sequence[tuple[str, str, str | None]], at: str) -> None:
        """Right before rows are made: their customer, module and end."""
        self.wrote.pending = {"at": at, "rows": [list(one) for one in pending]}
        self.keep(self.on_record(), True)

    def lengthening(self, row: Held, ends: str | None, at: str) -> None:
        """Right before an access is given that end."""
        before = {"id": row.key, "ends": row.ends, "created": row.created}
        self.wrote.lengthened.append({**before, "to": ends, "at": at})
        self.keep(self.on_record(), True)

    def made(self, rows: Sequence[Held]) -> None:
        """The accesses that a request made."""
        self.created += len(rows)
        self.wrote.made += [row.key for row in rows]
        self._known(rows)

    def deactivated(self, rows: Sequence[Held]) -> None:
        """The rows that requests switched off."""
        self.ended += len(rows)
        self.wrote.ended += [row.key for row in rows]
        self._known(rows)

    def lengthened(self, row: Held | None) -> None:
        """The access as it is now; None where it was not lengthened."""
        if row is None:
            self.wrote.lengthened.pop()
        self.created += row is not None
        self._known([row] if row else [])

    def taken_back(self, keys: Sequence[str]) -> None:
        """Accesses that are gone again, as somebody else had given them at the same moment."""
        self.created -= len(keys)
        self.doubles += len(keys)
        self.wrote.made = [key for key in self.wrote.made if key not in set(keys)]
        self._known([])

    def nothing(self) -> None:
        """The request did nothing."""
        self._known([])

    def _known(self, rows: Sequence[Held]) -> None:
        versions = self.wrote.versions
        versions += [v for v in dict.fromkeys(row.version for row in rows) if v not in versions]
        self.wrote.pending = None
        self.keep(self.on_record(), False)
