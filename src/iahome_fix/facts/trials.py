"""What a role may really do: PostgreSQL is handed the statement as that role, and says what is in its way.

The statements are those of the app, in sql/trials. They are planned and not run (EXPLAIN, in a read-only
transaction): that is when the rights to schema, table, columns and functions are checked. What is checked row
by row, policies for new rows and sequences, is judged elsewhere.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell
from iahome_fix.facts.seen import fact
from iahome_fix.systems.database import Login
from iahome_fix.systems.database_errors import MayNotCall, SqlError

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context

_STATEMENTS = {
    "select": "trials/select",
    "insert": "trials/insert",
    "update": "trials/update",
    "delete": "trials/delete",
}
COMMANDS = tuple(_STATEMENTS)
FILES = (*_STATEMENTS.values(), "trials/reads")
_NO_RIGHT = "42501"


class MayNotAct(CouldNotTell):
    """The database user may not act as that role; nothing can be tried."""

    def __init__(self, refusal: SqlError) -> None:
        super().__init__("may-not-act", refusal.message)


@fact
def denied(ctx: Context, role: str) -> tuple[str, ...]:
    """The commands on module_access that the server does not let the role do, each tried by itself.

    Raises MayNotAct, MayNotCall when a function that a command reaches may not be executed, and SqlError when
    a statement fails for another reason than a right.
    """
    may = ctx.at_once([partial(_may, ctx, role, command) for command in COMMANDS])
    return tuple(command for command, allowed in zip(COMMANDS, may, strict=True) if not allowed)


@fact
def planned(ctx: Context, role: str, statement: str) -> bool:
    """That the server would do one statement of sql/trials as a role. Raises SqlError where it refuses."""
    ctx.database.attempt(sql.load(statement, ctx.profile), login=Login(role))
    return True


@fact
def not_read(ctx: Context, role: str, table: str) -> SqlError | None:
    """The refusal that a role meets when it reads a table of the app, or a view in its place; None for none.

    Raises MayNotCall where a function that the view reaches may not be executed.
    """
    try:
        ctx.database.attempt(sql.load("trials/reads").replace("/* table */", table), login=Login(role))
    except MayNotCall:
        raise
    except SqlError as error:
        return error if error.sqlstate == _NO_RIGHT and "set role" not in error.message else None
    return None


def _may(ctx: Context, role: str, command: str) -> bool:
    try:
        ctx.database.attempt(sql.load(_STATEMENTS[command], ctx.profile), login=Login(role))
    except MayNotCall:
        raise
    except SqlError as error:
        if error.sqlstate != _NO_RIGHT:
            raise
        if "set role" in error.message:
            raise MayNotAct(error) from error
        return False
    return True
