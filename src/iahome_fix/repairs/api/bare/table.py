"""The table of accesses of a later version, over the Data API: its rows, each with its version (xmin)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import Refused
from iahome_fix.i18n import _
from iahome_fix.repairs.bare import require_stated
from iahome_fix.systems import api_rows
from iahome_fix.systems.api_rows import NO_COLUMN, ApiRefusal
from iahome_fix.systems.open import no_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.data_api import DataApi, Reply
    from iahome_fix.systems.database import Row

VERSION = "xmin"
"""The number of the transaction that wrote a row last (PostgreSQL, "System Columns")."""


@dataclass(frozen=True)
class Held:
    """A row: ids as text, times as the Data API writes them; `said`: in the columns that the handler fills
    alike for everybody."""

    key: str
    version: str
    owner: str | None
    module: str | None
    ends: str | None
    active: bool | None
    created: str | None
    said: tuple[str | None, ...] = ()


class BareTable:
    """Requests about the rows of the table. All of them raise ApiRefusal and UnexpectedResponse."""

    def __init__(self, api: DataApi, profile: AppProfile) -> None:
        """Raises Refused where the Data API does not lead to the table."""
        if profile.table.schema != "public":
            raise Refused.unchanged(
                "other-schema",
                _(
                    "{table} is in the schema {schema}: the Data API is asked for the tables of public alone"
                ).format(table=profile.table.name, schema=profile.table.schema),
                no_sql().hint,
            )
        self.api, self.profile = api, profile
        self.name, self.columns = profile.table.name, profile.table

    def require_fit(self) -> None:
        """Refuse what is no table, or what nobody can write a row into. Raises Refused (not-a-table,
        other-version, columns-missing)."""
        require_stated(self.profile)
        self.require_versions()
        missing = [name for name in self.profile.handler.fills if self._lacks(name)]
        if missing:
            raise Refused.unchanged(
                "columns-missing",
                _("{table} has no {columns}, which the app's webhook writes").format(
                    table=self.name, columns=", ".join(missing)
                ),
            )

    def require_versions(self) -> None:
        """Refuse a view, whose rows have no versions. Raises Refused (not-a-table)."""
        if self._lacks(VERSION, cast="::text"):
            raise Refused.unchanged(
                "not-a-table",
                _("{table} is not a table: its rows do not show what a run wrote").format(table=self.name),
                _("say in iahome-fix.toml which table the app has, or by --profile which version it is"),
            )

    def active(self, owners: Sequence[str]) -> Iterator[Held]:
        """The active rows of these customers."""
        for some in api_rows.portions(owners):
            where: dict[str, str | bool] = {self.columns.active.name: True}
            yield from self._pages(where, (self.columns.owner.name, some))

    def by_key(self, key: str) -> Held | None:
        """One row; None where it is gone."""
        return next(self._pages({self.columns.id.name: key}, None), None)

    def written_by(self, versions: Sequence[str]) -> Iterator[Held]:
        """The rows that these transactions wrote last."""
        for some in api_rows.portions(versions):
            yield from self._pages({}, (VERSION, some))

    def made_at(self, moment: str) -> Iterator[Held]:
        """The rows whose time of making is that, to the microsecond."""
        yield from self._pages({self.columns.created.name: moment}, None)

    def insert(self, rows: Sequence[Row]) -> Reply:
        """Insert all or none; the rows that were made come back."""
        return api_rows.insert_told(self.api, self.name, rows, self._select)

    def change(self, row: Held, values: Mapping[str, Any]) -> Reply:
        """Change a row, if nobody changed it since it was read; what is changed comes back."""
        unchanged = {self.columns.id.name: row.key, VERSION: row.version}
        return api_rows.update(self.api, self.name, dict(values), unchanged, columns=self._select)

    def delete(self, version: str, keys: Sequence[str]) -> list[str]:
        """Delete those of the rows that this transaction wrote last; the keys of those that went."""
        gone: list[str] = []
        for some in api_rows.portions(keys):
            reply = api_rows.delete(self.api, self.name, {VERSION: version}, some, key=self.columns.id.name)
            if reply.code is not None:
                raise ApiRefusal(self.name, reply)
            gone += [row["key"] for row in reply.rows]
        return gone

    def held(self, row: Mapping[str, Any]) -> Held:
        """A row of an answer."""
        return Held(
            row["key"],
            row["version"],
            row["owner"],
            row["module"],
            row["ends"],
            row["active"],
            row["created"],
            tuple(row[f"said_{number}"] for number, _column in enumerate(self._said)),
        )

    @property
    def written(self) -> tuple[str, ...]:
        """What the handler writes for everybody, the title apart."""
        return tuple(value for _column, value in self._said.items())

    @cached_property
    def _said(self) -> Mapping[str, str]:
        title = self.columns.title.name if self.columns.title else None
        return {column: value for column, value in self.profile.handler.writes if column != title}

    @cached_property
    def _select(self) -> str:
        table = self.columns
        return (
            f"key:{table.id.name}::text,version:{VERSION}::text,owner:{table.owner.name}::text,"
            f"module:{table.module.name}::text,ends:{table.ends.name},active:{table.active.name},"
            f"created:{table.created.name}"
        ) + "".join(f",said_{number}:{column}::text" for number, column in enumerate(self._said))

    def _lacks(self, column: str, *, cast: str = "") -> bool:
        reply = self.api.select(self.name, f"{column}{cast}", limit=0)
        if reply.code is not None and reply.code not in NO_COLUMN:
            raise ApiRefusal(self.name, reply)
        return reply.code is not None

    def _pages(
        self, where: Mapping[str, str | bool], among: tuple[str, Sequence[Any]] | None
    ) -> Iterator[Held]:
        key = self.columns.id.name
        for page in api_rows.pages(
            self.api, self.name, f"{key},{self._select}", where=where, among=among, key=key
        ):
            yield from map(self.held, page)
