"""What each active token is due, by the rules of sql/backfill/classified.sql, for where no SQL can be run.

Ids are compared as text, whatever their types; times are UTC. A property test holds the two against each
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_BLANKS = " \t\r\n\f\v"
_LONGEST = 255
OURS = "iahome-fix"


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
class Access:
    """A row of `module_access`. `row_id` as the Data API gives it; `deactivated_by` from its metadata."""

    row_id: Any
    owner: str | None
    module_id: str | None
    token_id: str | None
    expires_at: str | None
    is_active: bool | None
    deactivated_by: str | None

    def is_over(self, now: datetime) -> bool:
        return is_past(self.expires_at, now)

    def holds(self, now: datetime) -> bool:
        """Is it an access, or one that a person took away before its end? Neither is written again."""
        if self.is_active is None or self.is_over(now):
            return False
        return self.is_active or self.deactivated_by != OURS


@dataclass(frozen=True)
class Judged:
    """A token with its verdict: to_create, covered, or why it gets nothing.

    `module_key`: the module's id as the Data API gives it; `withdrawn`: covered by what a person took away.
    """

    token: Token
    verdict: str
    module_key: Any
    is_over: bool
    withdrawn: bool

    @property
    def pair(self) -> tuple[str, str]:
        """Customer and module, as text."""
        return self.token.owner or "", self.token.module_id or ""


def moment(text: str | None) -> datetime | None:
    """A time as PostgreSQL writes it in JSON, in UTC without a zone; what no datetime can hold is clipped."""
    if text is None:
        return None
    if text.startswith("-") or text.endswith("BC"):
        return datetime.min
    try:
        read = datetime.fromisoformat(text)
    except ValueError:  # infinity, or a year beyond 9999
        return datetime.max
    return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read


def is_past(text: str | None, now: datetime) -> bool:
    """Whether a time has come; `now` in UTC without a zone."""
    end = moment(text)
    return end is not None and end <= now


def now_utc() -> datetime:
    """The moment, in UTC without a zone, as the timestamps of the tables are."""
    return datetime.now(UTC).replace(tzinfo=None)


def classify(
    tokens: Iterable[Token],
    modules: Mapping[str, Any],
    accesses: Iterable[Access],
    now: datetime,
    *,
    include_expired: bool = False,
) -> tuple[Judged, ...]:
    """Each token with its verdict, in the order given.

    Args:
        tokens: the active ones.
        modules: the id of each module, by its text.
        accesses: all rows of module_access.
        now: UTC without a zone.
        include_expired: expired tokens are due a row that is over.
    """
    held: dict[tuple[str | None, str | None], bool] = {}
    written: set[tuple[str | None, str | None, str | None]] = set()
    for access in accesses:
        pair = (access.owner, access.module_id)
        written.add((*pair, access.token_id))
        if access.holds(now):
            held[pair] = held.get(pair, False) or access.is_active is True
    every = tuple(tokens)
    reasons = [_reason(token, modules, now, include_expired=include_expired) for token in every]
    best: dict[tuple[str | None, str | None], Token] = {}
    for token, reason in zip(every, reasons, strict=True):
        if reason is None:
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
            reason or verdict(token),
            modules.get(token.module_id or ""),
            is_past(token.expires_at, now),
            not held.get((token.owner, token.module_id), True),
        )
        for token, reason in zip(every, reasons, strict=True)
    )


def _reason(token: Token, modules: Mapping[str, Any], now: datetime, *, include_expired: bool) -> str | None:
    if token.owner is None or len(token.owner) > _LONGEST:
        return "no_owner"
    if token.module_id is None:
        return "no_module"
    if token.module_id not in modules:
        return "unknown_module"
    return "expired" if is_past(token.expires_at, now) and not include_expired else None


def _lasting(token: Token) -> tuple[bool, datetime, bool, datetime, str]:
    """No expiry lasts longest, then the later end; of equals the newest, then the higher id."""
    end, made = moment(token.expires_at), moment(token.created_at)
    return end is None, end or datetime.min, made is not None, made or datetime.min, token.token_id
