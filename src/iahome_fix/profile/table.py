"""The table of accesses: which column means what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from iahome_fix.identifiers import identifier

KINDS = {"active": "boolean", "ends": "time", "created": "time", "updated": "time", "metadata": "json"}
"""What the values are of a column by its meaning; text where it is not named."""
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
"""A name of a table, a column or a profile, as iahome-fix.toml may have it."""


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: as the table has it.
        kind: what its values are: text (ids of whatever type, too), time (UTC), boolean or json.
        optional: not every table that goes by this profile has it.
    """

    name: str
    kind: str = "text"
    optional: bool = False


@dataclass(frozen=True)
class AccessTable:
    """A table whose rows are accesses: one customer may use one module until a moment.

    Attributes:
        name: of the table.
        schema: in which it is.
        id: the row's key.
        owner: the customer's id, that of a profile.
        module: the module's id.
        origin: how the customer came by it: a purchase, a token, or the level that was bought.
        token: the token by which it was opened, None where the table does not say.
        ends: until when it lasts; empty for ever.
        active: whether it is one at all.
        created: when it was made.
        updated: when it was last changed, None where the table does not say.
        metadata: what else is known of it, the payment that it cites first of all; None where there is none.
        title: the module's title, None where only the module has one.
    """

    name: str
    id: Column
    owner: Column
    module: Column
    token: Column | None
    origin: Column
    ends: Column
    active: Column
    created: Column
    updated: Column | None
    metadata: Column | None
    title: Column | None = None
    schema: str = "public"

    @property
    def place(self) -> str:
        """Schema and name, as SQL takes them."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All of them."""
        found = (
            *(self.id, self.owner, self.module, self.title, self.token, self.origin),
            *(self.active, self.ends, self.created, self.updated, self.metadata),
        )
        return tuple(column for column in found if column is not None)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all of them."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The names of those that every such table has."""
        return tuple(column.name for column in self.columns if not column.optional)
