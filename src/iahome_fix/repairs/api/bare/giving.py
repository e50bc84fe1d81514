"""Giving accesses over the Data API in a later version's table: as its handler writes them, nothing twice.

Each request is a transaction of its own, so the order is such that nobody has less than before wherever a
run is killed: a row that is over is switched off first, then the new one is made; an access that still runs
is given its end in its own row, and bears the moment of that as its making, as a new row would.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from iahome_fix.repairs.api.bare.record import mark
from iahome_fix.repairs.moments import is_past, moment, now_utc
from iahome_fix.systems.api_rows import ApiRefusal
from iahome_fix.systems.expected import UnexpectedResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iahome_fix.errors import ToolError
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.api.bare.record import BareWritten
    from iahome_fix.repairs.api.bare.table import BareTable, Held
    from iahome_fix.systems.data_api import Reply
    from iahome_fix.systems.database import Row

_SECOND_LOOKS = (0.0, 0.5, 1.5)  # seconds before another look at what became of a request
_WITHOUT_ZONE = 19  # characters of a time without fraction and zone


@dataclass(frozen=True)
class Due:
    """An access that is due: its end in ISO 8601 (UTC), None for ever; `lengthens`: the access that still
    runs and ends before, as it was judged."""

    owner: str
    module: str
    title: str | None
    ends: str | None
    lengthens: Row | None = None

    @property
    def pair(self) -> tuple[str | None, str | None]:
        return self.owner, self.module


def give(table: BareTable, due: Sequence[Due], written: BareWritten) -> list[Due]:
    """Make these accesses; those to be judged anew, as somebody else gave or changed one, come back.

    `written` counts what was done. Raises ApiRefusal, UnexpectedResponse.
    """
    now = now_utc()
    wanted = {one.pair for one in due}
    there = [row for row in table.active([one.owner for one in due]) if _pair(row) in wanted]
    running = {_pair(row) for row in there if not is_past(row.ends, now)}
    over = [row for row in there if _pair(row) not in running]
    ended: list[Held] = []
    for row in over:
        reply = _done(table, table.change(row, {table.columns.active.name: False}))
        ended += map(table.held, reply.rows)
    if ended:
        written.deactivated(ended)
    missed = [one for one in due if one.pair in running]
    return [*missed, *_insert(table, [one for one in due if one.pair not in running], written)]


def lengthen(table: BareTable, due: Due, written: BareWritten) -> bool:
    """Give the access that `due.lengthens` shows the end that is due; False where somebody changed it since.

    A lost answer is looked up. Raises ApiRefusal, UnexpectedResponse.
    """
    judged = due.lengthens or {}
    row = table.by_key(judged["id"])
    if row is None or not _is_as_judged(judged, row):
        return False
    at, ends = mark(), _with_zone(due.ends)
    written.lengthening(row, ends, at)
    values = {table.columns.ends.name: ends, table.columns.created.name: at}
    try:
        reply = table.change(row, values)
    except UnexpectedResponse as lost:
        return _looked_up(table, row, at, written, lost)
    if reply.code == "network":
        return _looked_up(table, row, at, written, ApiRefusal(table.name, reply))
    written.lengthened(table.held(reply.rows[0]) if reply.rows else None)
    _done(table, reply)
    return bool(reply.rows)


def as_written(profile: AppProfile, due: Due) -> Row:
    """The row as the handler writes it, its times apart (profile/marks.py has the same for SQL)."""
    table = profile.table
    row: Row = dict(profile.handler.writes)
    row |= {table.owner.name: due.owner, table.module.name: due.module}
    if table.title is not None:
        row[table.title.name] = due.title
    return row | {table.ends.name: _with_zone(due.ends), table.active.name: True}


def _insert(table: BareTable, due: Sequence[Due], written: BareWritten) -> list[Due]:
    """Insert these rows, in halves where somebody made one of them meanwhile; those come back."""
    if not due:
        return []
    at = mark()
    written.deciding([(one.owner, one.module, _with_zone(one.ends)) for one in due], at)
    rows = [as_written(table.profile, one) | {table.columns.created.name: at} for one in due]
    try:
        reply = table.insert(rows)
    except UnexpectedResponse as lost:
        made = _made(table, at, due, lost)
    else:
        if reply.code == "network":
            made = _made(table, at, due, ApiRefusal(table.name, reply))
        elif reply.code is not None:
            written.nothing()
            return _apart(table, due, written, reply)
        else:
            made = [table.held(row) for row in reply.rows]
    written.made(made)
    written.missing += len(due) - len(made) + _settle(table, made, written)
    return []


def _apart(table: BareTable, due: Sequence[Due], written: BareWritten, reply: Reply) -> list[Due]:
    """What becomes of rows that were refused together."""
    keys = {table.columns.owner.name, table.columns.module.name}
    covered = reply.code == "23505" and set((reply.key or "").split(", ")) == keys
    if not covered and reply.code != "57014":
        raise ApiRefusal(table.name, reply)
    if len(due) == 1:
        if covered:
            return list(due)
        raise ApiRefusal(table.name, reply)
    middle = len(due) // 2
    return [*_insert(table, due[:middle], written), *_insert(table, due[middle:], written)]


def _settle(table: BareTable, made: Sequence[Held], written: BareWritten) -> int:
    """Take back what is double by now; how many of the rows are not there.

    No index keeps a customer from two: a sale that came in at the same moment, or another run, may have made
    one beside ours. The one that lasts longest stays, of two that last alike the one that was there first.
    """
    rows: dict[tuple[str | None, str | None], list[Held]] = defaultdict(list)
    for row in table.active(sorted({one.owner for one in made if one.owner})):
        rows[_pair(row)].append(row)
    there = {row.key for several in rows.values() for row in several}
    surplus: dict[str, list[str]] = defaultdict(list)
    for own in made:
        if own.key in there and any(_stays_before(row, own) for row in rows[_pair(own)]):
            surplus[own.version].append(own.key)
    for version, keys in surplus.items():
        written.taken_back(table.delete(version, keys))
    return sum(own.key not in there for own in made)


def _stays_before(row: Held, own: Held) -> bool:
    if row.key == own.key:
        return False
    theirs, ours = _end(row.ends), _end(own.ends)
    return theirs > ours or (theirs == ours and _is_older(row.version, own.version))


def _is_older(version: str, than: str) -> bool:
    """Numbers of transactions go round."""
    return 0 < (int(than) - int(version)) % 2**32 < 2**31


def _made(table: BareTable, at: str, due: Sequence[Due], lost: ToolError) -> list[Held]:
    """The rows of a request whose answer got lost. Raises `lost` where nothing tells that they are there."""
    wanted = {one.pair for one in due}
    found = _after(lambda: [row for row in table.made_at(at) if _pair(row) in wanted], lost)
    if not found:
        raise lost
    return found


def _looked_up(table: BareTable, row: Held, at: str, written: BareWritten, lost: ToolError) -> bool:
    """The same of an access that was to be lengthened."""
    found = _after(lambda: [now for now in table.made_at(at) if now.key == row.key], lost)
    if not found:
        raise lost
    written.lengthened(found[0])
    return True


def _after(look: Callable[[], list[Held]], lost: ToolError) -> list[Held]:
    for pause in _SECOND_LOOKS:
        time.sleep(pause)
        try:
            found = look()
        except (ApiRefusal, UnexpectedResponse):
            raise lost from None
        if found:
            return found
    return []


def _done(table: BareTable, reply: Reply) -> Reply:
    if reply.code is not None:
        raise ApiRefusal(table.name, reply)
    return reply


def _is_as_judged(judged: Row, row: Held) -> bool:
    """Whether a row is still what the verdict rests on."""
    same = (judged["user_id"], judged["module_id"], judged["is_active"])
    times = (judged["expires_at"], judged["created_at"])
    return same == (row.owner, row.module, row.active) and [*map(moment, times)] == [
        moment(row.ends),
        moment(row.created),
    ]


def _pair(row: Held) -> tuple[str | None, str | None]:
    return row.owner, row.module


def _end(text: str | None) -> datetime:
    return moment(text) or datetime.max


def _with_zone(ends: str | None) -> str | None:
    """The end as a column with a zone reads it as well as one without."""
    if ends is None or "T" not in ends or ends.endswith("BC") or len(ends) < _WITHOUT_ZONE:
        return ends
    return ends if ends.endswith("Z") or "+" in ends else f"{ends}+00:00"
