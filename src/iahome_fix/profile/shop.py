"""Which profile a shop goes by, from what was seen of it. Pure: facts in, a choice out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from iahome_fix.i18n import _
from iahome_fix.profile.module_access import MODULE_ACCESS
from iahome_fix.profile.user_applications import USER_APPLICATIONS_MONTH, USER_APPLICATIONS_YEAR

if TYPE_CHECKING:
    from iahome_fix.profile.model import AppProfile

GUIDE = MODULE_ACCESS.table.name
LATER = USER_APPLICATIONS_YEAR.table.name
_TOOK_OVER = timedelta(days=30)
"""How long nothing was written in the one table while the other was, for the change to be over."""
_ONLY_MONTH = frozenset(("usage_count", "max_usage"))
"""Columns that only the versions of 2026 write."""


@dataclass(frozen=True)
class TableSeen:
    """What was seen of a table of accesses.

    Attributes:
        kind: `r` for a table, another letter for something else of that name, None where there is none.
        columns: which it has.
        rows: whether it has any, None where that could not be read.
        unread: it is there, and its rows could not be read: that is no empty table.
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
    newest: datetime | None = None
    unmatched: datetime | None = None
    version: str | None = None
    reads: int = 0
    writes: int = 0


@dataclass(frozen=True)
class Seen:
    """What was seen of a shop: its tables of accesses, and those that the page's source reads (if given)."""

    tables: Mapping[str, TableSeen] = field(default_factory=dict)
    page: frozenset[str] = frozenset()
    told: bool = True

    def table(self, name: str) -> TableSeen:
        """What was seen of one; nothing where nothing was."""
        return self.tables.get(name, TableSeen())


@dataclass(frozen=True)
class Shop:
    """The profile that a run goes by.

    Attributes:
        profile: itself.
        why: half a sentence for a person.
        other: the table of another version that may be the one just as well, None where nothing speaks for
            it.
        page_seen: whether the page was seen to read the profile's table, by its source or its statements.
        chosen: where the operator said so; None where it was found.
        certain: False where what would tell could not be read. Nothing is written then.
    """

    profile: AppProfile
    why: str
    other: str | None = None
    page_seen: bool = False
    chosen: str | None = None
    certain: bool = True


def shop_of(seen: Seen) -> Shop:
    """The profile by which a shop that looks so is judged; that of the guide where nothing says otherwise."""
    guide, later = seen.table(GUIDE), seen.table(LATER)
    if not seen.told:
        return Shop(MODULE_ACCESS, _("nothing could be read of its tables, so it is taken for the guide's"))
    if len(seen.page & {GUIDE, LATER}) == 1:
        (read,) = seen.page & {GUIDE, LATER}
        return _of(read, seen, _("the source of its page reads {table}"), page_seen=True)
    customers = _read_by_customers(seen)
    if (guide.unread and later.newest) or (later.unread and not guide.newest):
        unread = GUIDE if guide.unread else LATER
        why = _("the rows of {table} could not be read, so it is not known which version writes")
        return Shop(MODULE_ACCESS, why.format(table=unread), other=LATER, certain=False)
    if guide.newest is not None:
        fresh = later.unmatched if later.unmatched and later.unmatched > guide.newest else None
        if fresh is None:
            return _of(GUIDE, seen, _("its webhook wrote {table} last"), page_seen=customers == GUIDE)
        if customers is not None:
            return _of(customers, seen, _("its customers are seen to read {table}"), page_seen=True)
        if fresh - guide.newest > _TOOK_OVER:
            why = _("its webhook writes {table}, and has not written {other} for {days} days")
            days = (fresh - guide.newest).days
            return _of(LATER, seen, why.replace("{days}", str(days)), other=GUIDE)
        why = _("{table} has rows of its webhook, as has {other}, whose newest are newer")
        return _of(GUIDE, seen, why, other=LATER)
    if later.newest is not None:
        if customers == GUIDE:
            why = _("its customers are seen to read {table}, while its webhook writes {other}")
            return _of(GUIDE, seen, why, other=LATER, page_seen=True)
        why = _("its webhook writes {table}, and nothing in {other} is of it")
        other = GUIDE if guide.kind and guide.rows and customers is None else None
        return _of(LATER, seen, why, other=other, page_seen=customers == LATER)
    if guide.kind is None and later.kind is not None:
        if customers == LATER:
            return _of(LATER, seen, _("its customers are seen to read {table}"), page_seen=True)
        if later.columns >= _ONLY_MONTH:
            return _of(LATER, seen, _("it has {table} as the versions of 2026 have it, and no {other}"))
        why = _("there is no {table}, and nothing in {other} is of a webhook")
        return _of(GUIDE, seen, why, other=LATER if later.rows else None)
    return _of(GUIDE, seen, _("nothing speaks for another version than the guide's, with {table}"))


def _read_by_customers(seen: Seen) -> str | None:
    """The one table in which customers are seen to read their rows; None for none, or both."""
    found = [name for name in (GUIDE, LATER) if seen.table(name).reads]
    return found[0] if len(found) == 1 else None


def _of(name: str, seen: Seen, why: str, *, other: str | None = None, page_seen: bool = False) -> Shop:
    second = LATER if name == GUIDE else GUIDE
    words = why.format(table=name, other=second)
    return Shop(_profile(name, seen), words, other=other, page_seen=page_seen)


def _profile(name: str, seen: Seen) -> AppProfile:
    if name == GUIDE:
        return MODULE_ACCESS
    later = seen.table(LATER)
    if later.version is not None:
        return USER_APPLICATIONS_MONTH if later.version == "month" else USER_APPLICATIONS_YEAR
    return USER_APPLICATIONS_MONTH if later.columns >= _ONLY_MONTH else USER_APPLICATIONS_YEAR
