"""A sale made as the webhook's handler makes it, and taken back, for every channel.

The handler's own statements run on the real rows as its role (sql/rehearsal/sale.sql), in a transaction of
their own whose last statement raises with the result as its message: whatever channel carries it, nothing of
it can be kept, and no lock outlives it. Sequences do move. It does not start where what it reaches would
outlast the transaction (sql/rehearsal/lasting.sql).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.profile import MODULE_ACCESS, AppProfile
from iahome_fix.systems import acting, expected
from iahome_fix.systems.acting import Use
from iahome_fix.systems.database import Login, Statement
from iahome_fix.systems.database_errors import Named, SqlError, reached_by

ENDED = "IF023"
"""The SQLSTATE by which sql/rehearsal/sale.sql hands over what came of it."""

LASTING = "IF024"
"""The SQLSTATE by which sql/session/become.sql says what would outlast the transaction; nothing was run."""

IN_ALL = 3.0
"""Seconds that all rehearsals of one run may take together, so that a sale waits no longer for them."""

_MAY_BE = expected.TEXT.or_null
_STEP = expected.Shape(
    {"step": expected.TEXT, "rows": expected.WHOLE.or_null},
    dict.fromkeys(("sqlstate", "message", "detail", "hint", "context"), _MAY_BE)
    | dict.fromkeys(("schema", "table", "column", "constraint"), _MAY_BE),
)
_ANSWER = expected.Shape({"steps": expected.LIST, "seconds": expected.Kind((int, float))})
_REACHED = expected.Shape(
    {"name": expected.TEXT, "what": expected.TEXT}, {"via": expected.LIST.or_null, "caller": _MAY_BE}
)


@dataclass(frozen=True)
class SaleToTry:
    """One sale: whose, and of which module.

    Attributes:
        owner: the profile's id; email: its address, letter by letter.
        module: the module's id; `payment`: what the sale is cited by.
        ends: when the access ends (ISO 8601, UTC).
        noted: whether the app's table `payments` has the columns of the handler's note.
        profile: the version of the app whose handler makes it.
    """

    owner: str
    email: str
    module: str
    payment: str
    ends: str
    noted: bool
    profile: AppProfile = MODULE_ACCESS

    @property
    def row(self) -> dict[str, Any]:
        """The row as the handler hands it to the Data API."""
        number = int(self.module) if self.module.isascii() and self.module.isdigit() else self.module
        table = self.profile.table
        row: dict[str, Any] = {
            table.owner.name: self.owner,
            table.module.name: number,
            **dict(self.profile.handler.writes),
            table.ends.name: self.ends,
            table.active.name: True,
        }
        if table.metadata is not None:
            row[table.metadata.name] = {"session_id": self.payment, "payment_method": "stripe"}
        return row

    @property
    def note(self) -> dict[str, Any]:
        """Its note of the payment."""
        return {
            "session_id": self.payment,
            "customer_email": self.email,
            "amount": 990,
            "currency": "eur",
            "status": "succeeded",
            "module_id": self.module,
            "metadata": {},
        }


NOTED = frozenset(SaleToTry("", "", "", "", "", noted=True).note)
"""The columns of payments that the handler writes."""


@dataclass(frozen=True)
class StepTried:
    """What came of one of the handler's statements.

    `rows`: how many it gave, None where it was refused; then `error` says why. `row`: of the step `kept` the
    new row as it was found at the end, by column; of a change whether it was `done`.
    """

    step: str
    rows: int | None
    row: Mapping[str, Any] | None = None
    error: SqlError | None = None


@dataclass(frozen=True)
class Tried:
    """A rehearsal that ran: its steps in their order, and the seconds that the server took."""

    steps: tuple[StepTried, ...]
    seconds: float


class RehearsalEnded(SqlError):
    """How each rehearsal ends: the server raised its result."""

    def __init__(self, tried: Tried) -> None:
        super().__init__(ENDED, "a rehearsal came to its end")
        self.tried = tried


@dataclass(frozen=True)
class Outlasting:
    """What a rehearsal would reach and the end of its transaction would not take back.

    `name`: the function or table; `what`: the language, extension or call that makes it so.
    """

    name: str
    what: str
    via: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """By what it is named to be reached all the same: a word without blanks."""
        return self.name if " " in self.what else self.what

    @property
    def words(self) -> str:
        """Half a sentence: what reaches it, and why it lasts."""
        thing = reached_by(self.via) or _("the statement")
        return _("{thing} reaches {name} ({what})").format(thing=thing, name=self.name, what=self.what)


class NotRehearsed(SqlError):
    """Nothing was run: it would reach what the end of the transaction does not take back."""

    def __init__(self, reached: tuple[Outlasting, ...]) -> None:
        super().__init__(
            LASTING,
            _("; ").join(one.words for one in reached),
        )
        self.reached = reached


def statements(login: Login, sale: SaleToTry, through: Collection[str]) -> tuple[Statement, ...]:
    """What runs in the transaction, in this order; the last one raises.

    `through`: names of what may be reached although it outlasts the transaction.
    """
    uses = [
        Use("profiles", "select"),
        Use("modules", "select"),
        Use(sale.profile.table.name, "insert", sale.row),
        Use(sale.profile.table.name, "update"),
        *([Use("payments", "insert", sale.note)] if sale.noted else []),
    ]
    told = {
        "owner": sale.owner,
        "email": sale.email,
        "module": sale.module,
        "insert": sale.row,
        "payment": sale.note if sale.noted else None,
    }
    return (
        *acting.become(login, uses, method="POST", through=through),
        Statement(sql.load("session/rehearsed"), {"sale": json.dumps(told)}),
        Statement(sql.load("rehearsal/sale", sale.profile)),
    )


def ended(text: str) -> RehearsalEnded | None:
    """The result behind the message of IF023; None where it is not of this tool's making."""
    try:
        answer = expected.require(expected.parsed(text), _ANSWER)
        steps = tuple(_step(row) for row in expected.rows(answer["steps"], _STEP))
    except expected.Misfit:
        return None
    return RehearsalEnded(Tried(steps, float(answer["seconds"])))


def outlasting(text: str) -> NotRehearsed | None:
    """The refusal behind the message of IF024; None where it is not of this tool's making."""
    try:
        found = expected.rows(expected.parsed(text), _REACHED)
    except expected.Misfit:
        return None
    return NotRehearsed(
        tuple(
            Outlasting(one["name"], one["what"], tuple(str(word) for word in one.get("via") or ()))
            for one in found
        )
    )


def not_ended() -> CouldNotTell:
    """A rehearsal that did not end with its result; it was rolled back all the same."""
    return CouldNotTell("rehearsal", _("the rehearsal did not end as it should; nothing of it was kept"))


def _step(row: Mapping[str, Any]) -> StepTried:
    if row.get("sqlstate") is None:
        kept = row.get("row")
        return StepTried(row["step"], row["rows"], kept if isinstance(kept, dict) else None)

    def clean(name: str) -> str | None:
        return scrub(row[name]) if row.get(name) else None

    named = Named(
        schema=clean("schema"),
        table=clean("table"),
        column=clean("column"),
        constraint=clean("constraint"),
        detail=clean("detail"),
        hint=clean("hint"),
        context=clean("context"),
    )
    return StepTried(row["step"], None, error=SqlError(row["sqlstate"], clean("message") or "", named))
