"""What each active token is due, in other words than sql/backfill/classified.sql, which is held against it.

Ids are compared as text, whatever their types; times are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iahome_fix.repairs.moments import is_past, moment
from tests.repairs.withdrawn_model import Access, Basis, Speaking, Taken, withdrawn

_BLANKS = " \t\r\n\f\v"
_LONGEST = 255
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Token:
    """An active token as the Data API gives it: ids as text, times in ISO 8601 or None."""

    token_id: str
    created_by: str | None
    module_id: str | None
    expires_at: str | None
    created_at: str | None

    @property
    def owner(self) -> str | None:
        return (self.created_by or "").strip(_BLANKS) or None


@dataclass(frozen=True)
class Judged:
    """A token with its verdict: to_create, covered, or why it gets nothing.

    `module_key`: the module's id as the Data API gives it; `taken`: the row by which a person took away what
    it would give, if there is one and nothing else is in force.
    """

    token: Token
    verdict: str
    module_key: Any
    is_over: bool
    taken: Taken | None

    @property
    def pair(self) -> tuple[str, str]:
        """Customer and module, as text."""
        return self.token.owner or "", self.token.module_id or ""


def classify(
    tokens: Iterable[Token],
    modules: Mapping[str, Any],
    accesses: Iterable[Access],
    now: datetime,
    *,
    include_expired: bool = False,
    token_ends: Mapping[str, str | None] | None = None,
    restore: Sequence[str] = (),
) -> tuple[Judged, ...]:
    """Each token with its verdict, in the order given.

    Args:
        tokens: the active ones.
        modules: the id of each module, by its text.
        accesses: all rows of module_access.
        now: UTC without a zone.
        include_expired: expired tokens are due a row that is over.
        token_ends: the end of every token, active or not, by the first 255 characters of its id; those of
            `tokens` where nothing is given.
        restore: ids of withdrawn rows that are given back on purpose.
    """
    rows, every = tuple(accesses), tuple(tokens)
    ends = {t.token_id[:_LONGEST]: t.expires_at for t in every} if token_ends is None else token_ends
    speaking = Speaking(withdrawn(rows, ends, now))
    written = {(row.owner, row.module_id, row.token_id) for row in rows}
    held = {(row.owner, row.module_id) for row in rows if row.is_active and not row.is_over(now)}

    def taken_from(token: Token) -> Taken | None:
        if token.owner is None or (token.owner, token.module_id) in held or is_past(token.expires_at, now):
            return None
        made = moment(token.created_at)
        return speaking.of(Basis("token", token.token_id, token.owner, token.module_id, made))

    taken = [taken_from(token) for token in every]

    def reason(token: Token, gone: Taken | None) -> str | None:
        found = _reason(token, modules, now, include_expired=include_expired)
        if found is None and gone is not None and str(gone.row.row_id) not in restore:
            return WITHDRAWN
        return found

    reasons = [reason(token, gone) for token, gone in zip(every, taken, strict=True)]
    best: dict[tuple[str | None, str | None], Token] = {}
    for token, found in zip(every, reasons, strict=True):
        if found is None:
            pair = (token.owner, token.module_id)
            best[pair] = max(best.get(pair, token), token, key=_lasting)

    def verdict(token: Token) -> str:
        pair = (token.owner, token.module_id)
        if best[pair] is not token:
            return "duplicate"
        # An access that is over is written down once.
        again = is_past(token.expires_at, now) and (*pair, token.token_id[:_LONGEST]) in written
        return "covered" if pair in held or again else "to_create"

    return tuple(
        Judged(
            token,
            found or verdict(token),
            modules.get(token.module_id or ""),
            is_past(token.expires_at, now),
            gone,
        )
        for token, found, gone in zip(every, reasons, taken, strict=True)
    )


def _reason(token: Token, modules: Mapping[str, Any], now: datetime, *, include_expired: bool) -> str | None:
    if token.owner is None or len(token.owner) > _LONGEST:
        return "no_owner"
    if token.module_id is None:
        return "no_module"
    if token.module_id not in modules:
        return "unknown_module"
    return "expired" if is_past(token.expires_at, now) and not include_expired else None


def _lasting(token: Token) -> tuple[bool, int, datetime, bool, datetime, str]:
    """No expiry lasts longest, then the later end; of equals the newest, then the higher id."""
    end, made = moment(token.expires_at), moment(token.created_at)
    beyond = _beyond(token.expires_at or "", end)
    return end is None, beyond, end or datetime.min, made is not None, made or datetime.min, token.token_id


def _beyond(text: str, end: datetime | None) -> int:
    """The order of what no datetime can hold: before all of them, or behind."""
    if text.startswith("-"):
        return -2
    if text.endswith("BC"):
        return -1
    if text == "infinity":
        return 2
    return int(end == datetime.max)
