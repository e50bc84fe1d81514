"""What a check gets of the database: reading, and nothing else.

The server refuses writes in a read-only transaction; what is left is to end that transaction, and to ask for
one that writes. Both are refused here, before anything is sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from iahome_fix.errors import Refused
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from iahome_fix.systems.database import Database, Login, Params, Question, Row
    from iahome_fix.systems.database_errors import DatabaseUnreachable
    from iahome_fix.systems.rehearsal import SaleToTry, Tried
    from iahome_fix.systems.wave import Answer

# Literals, quoted names, dollar quotes and comments: a semicolon in them ends no statement.
_QUOTED = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/""",
    re.DOTALL,
)


class Silent:
    """A database that let the time pass without an answer: whatever it is asked, that is what comes of it."""

    label = ""

    def __init__(self, error: DatabaseUnreachable) -> None:
        self._error = error

    def __getattr__(self, _name: str) -> Callable[..., NoReturn]:
        def refuse(*_words: object, **_more: object) -> NoReturn:
            raise self._error

        return refuse


class ReadOnly:
    """A database on which nothing can be changed; what does not only read raises Refused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def label(self) -> str:
        return self._database.label

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
    ) -> list[Row]:
        """As Database.read; one statement only, since a second one could stand behind a `commit`."""
        _one_statement(statement)
        return self._database.read(statement, params, login=login, patient=patient)

    def read_each(self, questions: Sequence[Question], *, patient: bool = False) -> list[Answer]:
        """As Database.read_each."""
        for question in questions:
            _one_statement(question.statement)
        return self._database.read_each(questions, patient=patient)

    def attempt(self, statement: str, *, login: Login) -> None:
        """As Database.attempt: the statement is planned and not run."""
        _one_statement(statement)
        self._database.attempt(statement, login=login)

    def rehearse(
        self, sale: SaleToTry, *, login: Login, seconds: float, through: Collection[str] = ()
    ) -> Tried:
        """As Database.rehearse: what is run there is this tool's own, and always taken back."""
        return self._database.rehearse(sale, login=login, seconds=seconds, through=through)

    def __getattr__(self, name: str) -> NoReturn:
        raise _refused()


def _one_statement(statement: str) -> None:
    if ";" in _QUOTED.sub(" ", statement).rstrip().rstrip(";"):
        raise _refused()


def _refused() -> Refused:
    return Refused("check-writes", _("a check may only read, one statement at a time; nothing was sent"))
