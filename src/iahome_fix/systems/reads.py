"""How a read is put to a database: the statements of its transaction, in their order, for every channel.

They leave together, so that a read costs one way to the server and back, however far away that is.
"""

from __future__ import annotations

from functools import lru_cache

from iahome_fix import sql
from iahome_fix.systems import acting
from iahome_fix.systems.database import Login, Params
from iahome_fix.systems.limits import begin_statement
from iahome_fix.systems.literals import one_statement, render, unambiguous


def written(statement: str, params: Params | None = None) -> str:
    """One statement with its values in it, as it is read whatever the server's settings are.

    Raises ValueError where more than one stands there, SqlError for text that PostgreSQL cannot hold.
    """
    return render(_plain(statement), params or None) + "\n"


def beginning(limits: Params) -> list[str]:
    """How a transaction that only reads begins; `limits` as sql/session/begin.sql takes them."""
    return [sql.load("session/read_only"), written(begin_statement(), limits)]


def whole() -> str:
    """What comes before a statement of whoever asks, who sees all rows or an error."""
    return sql.load("session/whole")


def acting_as(login: Login | None, statement: str) -> list[str]:
    """What comes before a statement: as that login, or as whoever asks."""
    if login is None:
        return [whole()]
    return [written(step.sql, step.params) for step in acting.steps(login, statement)]


def query(statement: str, params: Params | None, login: Login | None) -> str:
    """The query itself; of a trial with its marker."""
    return written(statement if login is None else acting.marked(statement), params)


@lru_cache(maxsize=256)
def _plain(statement: str) -> str:
    return unambiguous(one_statement(statement)).rstrip()
