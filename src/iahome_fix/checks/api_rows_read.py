"""The rows of the app's tables as the Data API gives them, each table read once per run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iahome_fix.addresses import folded
from iahome_fix.repairs import api_tables
from iahome_fix.repairs.moments import moment, now_utc
from iahome_fix.repairs.token_rules import Token
from iahome_fix.repairs.withdrawn_rules import Access, field_of
from iahome_fix.systems import api_rows
from iahome_fix.systems.database import SqlError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iahome_fix.checks.context import Context, T


@dataclass(frozen=True)
class Profile:
    """A customer: the id as text, the address as it is written and in the form that logins have."""

    user_id: str
    written: str | None

    @property
    def email(self) -> str | None:
        return plain(self.written)


@dataclass(frozen=True)
class Held:
    """A row of module_access with its metadata."""

    access: Access

    @property
    def metadata(self) -> Any:
        return self.access.metadata

    @property
    def pair(self) -> tuple[str | None, str | None]:
        return self.access.owner, self.access.module_id

    @property
    def session_id(self) -> str | None:
        return field_of(self.metadata, "session_id")

    @property
    def ends(self) -> datetime | None:
        return moment(self.access.expires_at)

    def in_force(self, now: datetime) -> bool:
        """Active, and its end, if it has one, lies ahead."""
        return self.access.is_active is True and not self.access.is_over(now)


class Rows:
    """Reads tables when they are asked for first. Everything raises SqlError for what PostgreSQL refuses, and
    CouldNotTell for what the Data API does not answer."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def now(self) -> datetime:
        """The moment of this run, UTC without a zone."""
        return self._ctx.fact("api-now", now_utc)

    def tokens(self) -> tuple[Token, ...]:
        return self._read("tokens", lambda: api_tables.tokens(self._ctx.data_api))

    def token_ends(self) -> Mapping[str, str | None]:
        """The end of every token, active or not, by its id."""
        return self._read("token-ends", lambda: api_tables.token_ends(self._ctx.data_api))

    def modules(self) -> Mapping[str, Any]:
        """The id of each module, by its text."""
        return self._read("modules", lambda: api_tables.modules(self._ctx.data_api))

    def profiles(self) -> tuple[Profile, ...]:
        def read() -> tuple[Profile, ...]:
            found = self.all_of("profiles", "id,key:id::text,email::text")
            return tuple(Profile(row["key"], row["email"]) for row in found)

        return self._read("profiles", read)

    def accesses(self) -> tuple[Held, ...]:
        def read() -> tuple[Held, ...]:
            return tuple(Held(row) for row in api_tables.accesses(self._ctx.data_api))

        return self._read("accesses", read)

    def all_of(self, table: str, columns: str) -> list[dict[str, Any]]:
        """Every row of a table, read anew."""
        return [row for page in api_rows.pages(self._ctx.data_api, table, columns) for row in page]

    def _read(self, name: str, find: Callable[[], T]) -> T:
        def read() -> T:
            try:
                return find()
            except api_rows.ApiRefusal as refusal:
                code = refusal.reply.code or ""
                if api_rows.is_of_postgres(code):
                    raise SqlError(code, refusal.reply.message) from None
                raise

        return self._ctx.fact(f"api-{name}", read)


def plain(email: str | None) -> str | None:
    """An address in the form in which addresses are compared (sql/domain/address.sql)."""
    return folded(email) if email is not None else None
