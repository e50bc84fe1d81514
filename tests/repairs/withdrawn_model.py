"""What a person took away: a model that sql/domain/withdrawn.sql and taken.sql are held against."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from iahome_fix.repairs import fingerprint
from iahome_fix.repairs.moments import is_past, moment

OURS = "iahome-fix"
_LATEST_MADE = datetime(9999, 12, 1)
_HOUR, _MINUTE, _SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
_WRITTEN = timedelta(hours=72)
"""The term that the app writes."""
_CLOCKS = timedelta(minutes=5)
_NOTES = frozenset({
    "deactivated_by", "deactivated_because", "deactivated_run_id", "deactivated_at", "deactivated_before",
    "deactivated_for_session", "lengthened_before",
})  # fmt: skip


@dataclass(frozen=True)
class Access:
    """A row of `module_access` as the Data API gives it: ids as text, times in ISO 8601."""

    row_id: Any
    owner: str | None
    module_id: str | None
    token_id: str | None
    access_type: str | None
    expires_at: str | None
    is_active: bool | None
    created_at: str | None
    updated_at: str | None
    metadata: Any = field(repr=False, default=None)

    @property
    def made(self) -> datetime | None:
        made = moment(self.created_at)
        return None if made is None else min(made, _LATEST_MADE)

    def cites(self, name: str) -> str | None:
        """`metadata ->> name`, None where it is empty."""
        return field_of(self.metadata, name) or None

    @property
    def cited_token(self) -> str | None:
        return self.token_id or (self.cites("token_id") or "")[:255] or None

    def is_over(self, now: datetime) -> bool:
        return is_past(self.expires_at, now)


@dataclass(frozen=True)
class Taken:
    """A row that a person took away. `why`, `taken_at` (UTC without a zone): as sql/domain/withdrawn.sql."""

    row: Access
    why: str

    @property
    def taken_at(self) -> datetime | None:
        made, ends, changed = self.row.made, moment(self.row.expires_at), moment(self.row.updated_at)
        if self.why == "ended" and ends is not None and made is not None and ends >= made:
            return ends
        return changed if changed is not None and made is not None and changed - _SECOND > made else None


@dataclass(frozen=True)
class Basis:
    """What may be due an access, a sale or a token.

    `since`: when it was paid or made (UTC without a zone); `payment_id`: what a row may cite for a session.
    """

    kind: str
    key: str
    owner: str | None
    module_id: str | None
    since: datetime | None
    payment_id: str | None = None


def field_of(metadata: Any, name: str) -> str | None:
    """`metadata ->> name`."""
    value = metadata.get(name) if isinstance(metadata, dict) else None
    return value if value is None or isinstance(value, str) else json.dumps(value)


def withdrawn(
    rows: Iterable[Access], token_ends: Mapping[str, str | None], now: datetime
) -> tuple[Taken, ...]:
    """Those of the rows that a person took away.

    `token_ends`: the end of every token by (the first 255 characters of) its id; `now`: UTC without a zone.
    """
    found = ((row, _why(row, token_ends, now)) for row in rows)
    return tuple(Taken(row, why) for row, why in found if why is not None)


class Speaking:
    """Finds the withdrawn row that speaks for a sale or a token: of several the one that was made last."""

    def __init__(self, found: Iterable[Taken]) -> None:
        self._by_session: dict[tuple[str | None, str | None], list[Taken]] = defaultdict(list)
        self._by_payment: dict[tuple[str | None, str | None], list[Taken]] = defaultdict(list)
        self._by_token: dict[str | None, list[Taken]] = defaultdict(list)
        self._by_pair: dict[tuple[str | None, str | None], list[Taken]] = defaultdict(list)
        for taken in found:
            row = taken.row
            self._by_session[row.cites("session_id"), row.module_id].append(taken)
            self._by_payment[row.cites("payment_id"), row.module_id].append(taken)
            self._by_token[row.cited_token].append(taken)
            self._by_pair[row.owner, row.module_id].append(taken)

    def of(self, basis: Basis) -> Taken | None:
        """The row, None where nobody took it away."""
        if basis.kind == "sale":
            cited = self._by_session.get((basis.key, basis.module_id), []) if basis.module_id else []
            if basis.payment_id and basis.module_id:
                cited = [*cited, *self._by_payment.get((basis.payment_id, basis.module_id), ())]
        else:
            cited = self._by_token.get(basis.key[:255], [])
        others: list[Taken] = []
        if basis.owner is not None and basis.module_id is not None:
            others = [
                t for t in self._by_pair.get((basis.owner, basis.module_id), ()) if _older(basis, t.row)
            ]
        return max([*cited, *others], key=made_last, default=None)


def _older(basis: Basis, row: Access) -> bool:
    if basis.kind == "sale" and (row.cites("session_id") or row.cites("payment_id")):
        return False
    return basis.since is None or row.made is None or basis.since <= row.made + _CLOCKS


def made_last(taken: Taken) -> tuple[bool, datetime, str]:
    """The order in which several of them speak."""
    made = taken.row.made
    return made is not None, made or datetime.min, str(taken.row.row_id)


def _why(row: Access, token_ends: Mapping[str, str | None], now: datetime) -> str | None:
    over = row.is_over(now)
    if row.is_active is None or (row.is_active and not over):
        return None
    by_a_person = not row.is_active and not _ours(row, over=over)
    if not over:
        return "inactive" if by_a_person else None
    made, ends = row.made, moment(row.expires_at) or datetime.min
    changed = moment(row.updated_at)
    if changed is not None and made is not None and changed <= _plus(made, _MINUTE):
        changed = None  # not since it was made
    if made is not None and by_a_person and changed is not None and changed < _plus(ends, -_MINUTE):
        return "inactive"
    if _as_written(row):
        return None
    if made is None:
        before = changed is None or changed <= _plus(ends, _SECOND)
        return "ended" if by_a_person and before else None
    if ends <= _plus(made, -_CLOCKS):
        return "ended" if changed is not None and not _ours(row, over=over) else None
    if _shortened(row, made, ends, token_ends, by_a_person=by_a_person):
        return "ended"
    at_once = changed is not None and abs(changed - ends) <= _SECOND
    return "moment" if by_a_person and at_once else None


def _shortened(
    row: Access, made: datetime, ends: datetime, token_ends: Mapping[str, str | None], *, by_a_person: bool
) -> bool:
    if isinstance(row.metadata, dict) and "reconciled" in row.metadata:
        return by_a_person
    if row.cited_token is None or row.cited_token not in token_ends:
        return ends < made + _WRITTEN - _HOUR
    of_token = moment(token_ends[row.cited_token])
    earlier = of_token is None or ends < _plus(of_token, -_HOUR)
    return earlier and not made + _WRITTEN - _HOUR <= ends <= made + _WRITTEN + _HOUR


def _ours(row: Access, *, over: bool) -> bool:
    """Did this tool deactivate it, and is it as it left it?"""
    held = row.metadata
    if row.is_active or not isinstance(held, dict) or field_of(held, "deactivated_by") != OURS:
        return False
    noted = field_of(held, "deactivated_at")
    if noted is not None and noted[:19] != _iso(row.updated_at):
        return False
    before = held.get("deactivated_before")
    if isinstance(before, dict) and before.get("expires_at") != row.expires_at:
        return False
    return over or field_of(held, "deactivated_because") != "expired"


def _iso(text: str | None) -> str | None:
    """A time as PostgreSQL writes a timestamp without a zone in JSON, to the second."""
    read = moment(text)
    return None if read is None else read.isoformat()[:19]


def _as_written(row: Access) -> bool:
    """Does it bear this tool's fingerprint, active or not?"""
    if not isinstance(row.metadata, dict) or "fingerprint" not in row.metadata:
        return False
    held = {
        "user_id": row.owner,
        "module_id": row.module_id,
        "access_type": row.access_type,
        "token_id": row.token_id,
        "expires_at": row.expires_at,
        "metadata": {name: value for name, value in row.metadata.items() if name not in _NOTES},
    }
    marks = {fingerprint.of({**held, "is_active": active}) for active in (True, False)}
    return row.metadata["fingerprint"] in marks - {None}


def _plus(when: datetime, span: timedelta) -> datetime:
    try:
        return when + span
    except OverflowError:
        return when
