"""The customer's tokens, accesses and modules, read from tables of whatever shape."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.domain.verdicts import TOKEN_COLUMNS, storable
from iahome_fix.errors import ToolError
from iahome_fix.facts.tables import tables

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context

OURS = "iahome-fix"
_JUDGED: Mapping[str, tuple[str, ...]] = {
    "access_tokens": TOKEN_COLUMNS,
    "modules": ("id",),
}
"""What sql/backfill/classified.sql reads beside the accesses."""


@dataclass(frozen=True)
class Term:
    """Until when something holds (UTC). `endless`: it has no end, or one beyond what a calendar shows."""

    ends: datetime | None
    endless: bool
    over: bool


@dataclass(frozen=True)
class Access:
    """A row of `module_access`.

    Attributes:
        active: what `is_active` says; None when it says nothing.
        session: the payment that it cites (sql/domain/cites.sql).
        metadata: as the row has it, an empty one for anything that is no JSON object.
        says_why: they tell that switching it off was meant, says_it_ended: that ending it early was
            (sql/domain/says_why.sql).
    """

    id: str
    owner: str
    module: str | None
    kind: str | None
    token: str | None
    active: bool | None
    term: Term
    created: datetime | None
    updated: datetime | None
    metadata: Mapping[str, Any] = field(repr=False)
    session: str | None = None
    says_why: bool = False
    says_it_ended: bool = False

    @property
    def in_force(self) -> bool:
        return self.active is True and not self.term.over

    @property
    def switched_off(self) -> bool:
        """Before its end, and not by a repair of this tool."""
        return self.active is not True and not self.term.over and self.metadata.get("deactivated_by") != OURS


@dataclass(frozen=True)
class Token:
    """A row of `access_tokens`, without what it opens with."""

    id: str
    owner: str
    module: str | None
    active: bool | None
    term: Term
    created: datetime | None

    @property
    def in_force(self) -> bool:
        return self.active is True and not self.term.over


@dataclass(frozen=True)
class Module:
    """A row of `modules`. `free`: its price is zero."""

    id: str
    title: str | None
    free: bool


def read_accesses(ctx: Context, owners: Iterable[str]) -> tuple[Access, ...]:
    """The accesses of these owners, newest first. Raises SqlError, CouldNotTell and MissingCredential."""
    accesses = ctx.profile.table
    if not _has(ctx, accesses.name, accesses.owner.name):
        return ()
    rows = ctx.rows.read(sql.load("explain/accesses", ctx.profile), {"owners": [storable(o) for o in owners]})
    return tuple(_access(row) for row in rows)


def read_carrying(ctx: Context, sessions: Iterable[str]) -> tuple[Access, ...]:
    """The accesses that carry one of these sessions, whoever has them."""
    ids = sorted({storable(session) for session in sessions})
    accesses = ctx.profile.table
    if not ids or accesses.metadata is None:
        return ()
    if not _has(ctx, accesses.name, accesses.owner.name, accesses.metadata.name):
        return ()
    return tuple(
        _access(row)
        for row in ctx.rows.read(sql.load("explain/accesses_of_sessions", ctx.profile), {"sessions": ids})
    )


def read_tokens(ctx: Context, owners: Iterable[str]) -> tuple[Token, ...]:
    """The tokens of these owners, newest first."""
    if not _has(ctx, "access_tokens", "created_by"):
        return ()
    rows = ctx.rows.read(sql.load("explain/tokens"), {"owners": [storable(o) for o in owners]})
    return tuple(
        Token(
            id=str(row["id"]),
            owner=str(row["owner"]),
            module=row["module_id"],
            active=_boolean(row["is_active"]),
            term=_term(row["expires_at"], row["asked"]),
            created=moment(row["created_at"]),
        )
        for row in rows
    )


def read_taken(ctx: Context, owners: Iterable[str]) -> Mapping[str, str] | None:
    """The tokens of these owners that would give what a person took away: token id to the id of the row.

    None where the tables are not whole, or do not tell.
    """
    read = {**_JUDGED, ctx.profile.table.name: ctx.profile.table.names}
    whole = all(_has(ctx, table, *columns) for table, columns in read.items())
    if not whole:
        return None
    parameters = {
        "owners": [storable(owner) for owner in owners],
        "include_expired": False,
        "restore": [],
    }
    try:
        found = ctx.rows.read(
            sql.load("backfill/classified", ctx.profile) + sql.load("explain/taken_tokens"),
            parameters,
            patient=True,
        )
    except ToolError:
        return None
    return {str(row["token_id"]): str(row["taken_row"]) for row in found}


def read_modules(ctx: Context, ids: Iterable[str]) -> dict[str, Module]:
    """Those of the modules that exist, by id."""
    wanted = sorted({storable(module) for module in ids})
    if not wanted or not _has(ctx, "modules", "id"):
        return {}
    rows = ctx.rows.read(sql.load("explain/modules"), {"ids": wanted})
    return {str(r["id"]): Module(str(r["id"]), r["title"] or None, _is_zero(r["price"])) for r in rows}


def moment(text: object) -> datetime | None:
    """A time as PostgreSQL writes it in JSON, in UTC; None for none, and for one beyond the calendar."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:  # within hours of the last day that a calendar shows
        return None


def _access(row: Mapping[str, Any]) -> Access:
    found = row["access"]
    return Access(
        id=str(found.get("id")),
        owner=str(found.get("user_id")),
        module=_text(found.get("module_id")),
        kind=_text(found.get("access_type")),
        token=_text(found.get("token_id")),
        active=_boolean(found.get("is_active")),
        term=_term(found.get("expires_at"), row["asked"]),
        created=moment(found.get("created_at")),
        updated=moment(found.get("updated_at")),
        metadata=_object(found.get("metadata")),
        session=row["cites"],
        says_why=row["says_why"],
        says_it_ended=row["says_it_ended"],
    )


def _term(ends: object, asked: object) -> Term:
    if not isinstance(ends, str):
        return Term(None, endless=True, over=False)
    found = moment(ends)
    if found is None:  # infinity, or a year that has no four digits
        past = ends.startswith("-") or ends.endswith(" BC")
        return Term(None, endless=not past, over=past)
    now = moment(asked) or datetime.now(UTC)
    return Term(found, endless=False, over=found <= now)


def _boolean(value: object) -> bool | None:
    """A boolean column, or one of text that holds such a word."""
    if isinstance(value, bool):
        return value
    return {"true": True, "t": True, "false": False, "f": False}.get(str(value).lower())


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _object(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def _is_zero(price: object) -> bool:
    try:
        return price is not None and float(str(price)) == 0
    except ValueError:
        return False


def _has(ctx: Context, table: str, *columns: str) -> bool:
    found = tables(ctx)[table]
    return found.kind is not None and set(columns) <= set(found.columns)
