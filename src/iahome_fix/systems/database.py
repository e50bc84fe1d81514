"""What every way to the database can do, whichever channel it goes through."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from iahome_fix.errors import CouldNotTell, Refused, ToolError
from iahome_fix.i18n import _

Row = dict[str, Any]
"""One row. Values are what JSON has: a query casts anything else (a time, a uuid) to text."""

Params = Mapping[str, Any]
"""Values by placeholder: str, int, float, bool, None, datetime, a list of these, or a dict (jsonb)."""

TURN_TAKEN = "IF001"
"""The SQLSTATE by which sql/session/lock.sql says that another repair is still under way."""


@dataclass(frozen=True)
class Statement:
    """One statement with its values."""

    sql: str
    params: Params | None = None


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


def not_storable() -> SqlError:
    """A value holds a null character or half a surrogate pair (22021, as the server says of such text)."""
    return SqlError("22021", _("a value holds a character that PostgreSQL cannot store"))


def turn_taken() -> Refused:
    """Another repair had its turn for longer than this one waited."""
    return Refused(
        "turn-taken",
        _("another repair is under way on this database; nothing was changed"),
        _("run the same command again when it has ended"),
    )


class OutcomeUnknown(CouldNotTell):
    """The answer to a commit got lost, and it could not be looked up what became of it.

    All of it was kept, or nothing. `xid`: the number of the transaction, where it is known; the server tells
    by it (`pg_xact_status`).
    """

    def __init__(self, xid: str | None = None) -> None:
        super().__init__(
            "outcome-unknown",
            _("it cannot be told whether the change was made: the answer of the database got lost"),
            _(
                "either all of it was applied, or nothing: `select pg_xact_status('{xid}')` tells; the same"
                " command can be run again, and does only what is not done yet"
            ).format(xid=xid)
            if xid
            else _(
                "either all of it was applied, or nothing; the same command can be run again, and does only"
                " what is not done yet"
            ),
        )
        self.xid = xid


class TooLong(CouldNotTell):
    """A unit of work took longer than it may, and nothing of it was kept; `seconds`: how long it may."""

    def __init__(self, seconds: float, message: str, hint: str) -> None:
        super().__init__("too-long", message, hint)
        self.seconds = seconds


def too_long(seconds: float) -> TooLong:
    """A unit of work that sales could not wait for any longer."""
    return TooLong(
        seconds,
        _(
            "a step took longer than customers who buy may have to wait ({seconds} s); nothing was changed"
        ).format(seconds=f"{seconds:g}"),
        _("run the same command again at a quieter moment"),
    )


@dataclass(frozen=True)
class Decided:
    """A transaction that is about to be committed: its last rows, and its number (None: it wrote nothing)."""

    rows: Sequence[Row]
    xid: str | None


Witness = Callable[[Decided], None]
"""Hears of a transaction right before it is committed, to note what is looked up if the answer is lost."""


def nobody(_decided: Decided) -> None:
    """For a unit of work that nobody keeps a record of."""


class Transaction(Protocol):
    """One unit of work: all of it is kept, or nothing."""

    def run(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run SQL; returns the rows of the last statement that gives rows. Raises SqlError."""


class Database(Protocol):
    """SQL on the operator's project."""

    label: str

    def read(
        self,
        sql: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
        settled: bool = False,
    ) -> list[Row]:
        """Rows of one query in a read-only transaction that is rolled back.

        `patient`: the query may take minutes, since it looks at every row of a large table. `settled`: wait
        for the end of the repair that is under way, if any, whose answer may have been lost.

        Raises SqlError when the server refuses the query and DatabaseUnreachable when there is none.
        """

    def attempt(self, statement: str, *, login: Login) -> None:
        """Have the server check one statement as that login, without running it (EXPLAIN, read-only).

        Raises SqlError for what it refuses, DatabaseUnreachable.
        """

    def transact(
        self,
        unit: Sequence[Statement],
        *,
        wait_for_turn: float = 60.0,
        longest: float | None = None,
        witness: Witness = nobody,
    ) -> list[Row]:
        """Run the statements in one transaction under the repair lock; the rows of the last, a plain query.

        All of it is kept, or nothing. Nothing is decided between the statements but in SQL: over the
        Management API they leave in one request. The last rows are few and short: a client that stops while
        it reads would keep the locks.

        `wait_for_turn`: seconds to wait for another repair that is under way. `longest`: seconds for one
        statement; None for what sales may wait for. `witness` hears of it right before the commit, where the
        channel has such a moment: not over the Management API.

        Raises SqlError for the statement that the server refuses, Refused when the turn never came, TooLong,
        DatabaseUnreachable when there is no server, OutcomeUnknown when its last word got lost.
        """

    def write(
        self, *, wait_for_turn: float = 60.0, longest: float | None = None
    ) -> AbstractContextManager[Transaction]:
        """A transaction under the repair lock; commits at the end, rolls back on any exception.

        It needs a session: over the Management API it is refused. Repairs use `transact`.

        `wait_for_turn`, `longest`: as for `transact`.
        """

    def alone(self, *, wait_for_turn: float = 60.0) -> AbstractContextManager[Callable[[str], None]]:
        """For statements that may not stand in a transaction: what is given runs one, each by itself.

        Meanwhile this repair has its turn, where the channel has sessions to keep it; over the Management API
        nothing keeps another repair out, and a statement has to bear that.

        `wait_for_turn`: seconds to wait for another repair that is under way.

        Raises SqlError for a statement that the server refuses, Refused when the turn never came,
        DatabaseUnreachable when there is no server, OutcomeUnknown when its last word got lost.
        """

    def close(self) -> None:
        """End all sessions."""
