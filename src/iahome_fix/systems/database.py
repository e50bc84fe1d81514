"""What every way to the database can do, whichever channel it goes through."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from iahome_fix.systems.rehearsal import SaleToTry, Tried
    from iahome_fix.systems.wave import Answer

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


@dataclass(frozen=True)
class Question:
    """One query of several that are asked together, as `Database.read` takes it.

    One that begins with `explain` is planned and not run, and gives no rows.
    """

    statement: str
    params: Params | None = None
    login: Login | None = None


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
    in_one_request: bool
    """Whether a unit of work leaves in one request, so that nothing is known of it before its commit."""

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

        As a `login` it is a trial: marked as one, and only if the role may execute each function that the
        query reaches; else MayNotCall is raised and nothing was tried (systems/acting).

        Raises SqlError when the server refuses the query and DatabaseUnreachable when there is none.
        """

    def read_each(self, questions: Sequence[Question], *, patient: bool = False) -> list[Answer]:
        """What comes of each of the questions, asked together: rows, the server's error, or None (not begun:
        the time was over). All of them together have the time of one read.

        Raises DatabaseUnreachable, UnexpectedResponse; SqlError where the server does not take them together.
        """

    def attempt(self, statement: str, *, login: Login) -> None:
        """Have the server check one statement as that login, without running it (EXPLAIN, read-only).

        A trial as in `read`. Raises SqlError for what it refuses, DatabaseUnreachable.
        """

    def rehearse(
        self, sale: SaleToTry, *, login: Login, seconds: float, through: Collection[str] = ()
    ) -> Tried:
        """Make a sale as the webhook's handler does, as that login, and take it back (systems/rehearsal).

        `seconds`: for all of it. `through`: what may be reached although it outlasts the transaction.

        Raises NotRehearsed where something would, MayNotCall as `read` does; then nothing was run. Raises
        SqlError and DatabaseUnreachable where it could not be run, or took too long.
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
