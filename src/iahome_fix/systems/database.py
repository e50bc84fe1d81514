"""What every way to the database can do, whichever channel it goes through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from iahome_fix.errors import CouldNotTell, ToolError

Row = dict[str, Any]
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Login:
    """Who a query is evaluated as: a role of the Data API and the claims of its token."""

    role: str
    claims: Mapping[str, Any] = field(default_factory=dict)

    @property
    def claims_json(self) -> str:
        return json.dumps({"role": self.role, **self.claims})


class SqlError(ToolError):
    """The server answered a statement with an error; `sqlstate` is its five-character code."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__("sql", message)
        self.sqlstate = sqlstate


class DatabaseUnreachable(CouldNotTell):
    """No session could be had; `reason` is a stable word (refused, dns, password, timeout, …)."""

    def __init__(self, reason: str, message: str, hint: str | None = None) -> None:
        super().__init__("database-unreachable", message, hint)
        self.reason = reason


class Transaction(Protocol):
    """One unit of work: all of it is kept, or nothing."""

    def run(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run SQL; returns the rows of the last statement that gives rows. Raises SqlError."""


class Database(Protocol):
    """SQL on the operator's project."""

    label: str

    def read(
        self, sql: str, params: Params | None = None, *, login: Login | None = None, patient: bool = False
    ) -> list[Row]:
        """Rows of one query in a read-only transaction that is rolled back.

        `patient`: the query may take minutes, since it looks at every row of a large table.

        Raises SqlError when the server refuses the query and DatabaseUnreachable when there is none.
        """

    def write(self, *, wait_for_turn: float = 60.0) -> AbstractContextManager[Transaction]:
        """A transaction under the repair lock; commits at the end, rolls back on any exception.

        `wait_for_turn`: seconds to wait for another repair that is under way.
        """

    def close(self) -> None:
        """End all sessions."""
