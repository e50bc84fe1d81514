"""The row of a grant, and what on the table it meets, for the checks that hold one against the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.facts.queries import records
from iahome_fix.facts.seen import fact
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.facts.context import Context
    from iahome_fix.facts.queries import Answer, Record
    from iahome_fix.facts.seen import Seen
    from iahome_fix.profile import AppProfile

QUERIES = ("checks/grant_calls", "checks/grant_rows", "checks/grant_obstacles")
"""What these read."""


@fact
def rows(ctx: Context) -> Mapping[str, str]:
    """The columns of a SELECT that is the row, and others beside it, by name (sql/checks/grant_rows.sql)."""
    told = ctx.database.read(filled("checks/grant_rows", calls(ctx.profile), ctx.profile))
    return {str(row["name"]): str(row["columns"]) for row in told}


@fact
def on_table(ctx: Context) -> Answer:
    """What the row meets there (sql/checks/grant_obstacles.sql)."""
    query = "checks/grant_obstacles"
    return records(query, ctx.database.read(filled(query, calls(ctx.profile), ctx.profile)))


def holds(ctx: Seen, condition: str, columns: str, *, name: str = "module_access") -> bool:
    """Whether a condition holds for a row, which it knows as `name`. Raises SqlError."""
    return bool(ask(ctx, "checks/grant_tried", _held(condition, columns, name))["holds"])


def tried(ctx: Seen, condition: str, columns: str, *, name: str) -> bool | None:
    """The same; None where the server refuses to say. Raises what is no refusal."""
    found = ask.or_why(ctx, "checks/grant_tried", _held(condition, columns, name))
    if isinstance(found, SqlError):
        return None
    if isinstance(found, ToolError):
        raise found
    return bool(found["holds"])


def _held(condition: str, columns: str, name: str) -> Mapping[str, str]:
    return {"condition": condition, "columns": columns, "name": name}


@fact
def ask(ctx: Context, file: str, marks: Mapping[str, Any]) -> Record:
    """The one row of a query whose marks stand for what the catalog says. Raises SqlError."""
    return records(file, ctx.database.read(filled(file, marks, ctx.profile))).only(file)


@fact
def all_of(ctx: Context, file: str, marks: Mapping[str, Any]) -> Answer:
    """All rows of such a query. Raises SqlError."""
    return records(file, ctx.database.read(filled(file, marks, ctx.profile)))


def calls(profile: AppProfile) -> Mapping[str, str]:
    """The mark that both queries have: which functions the table reaches."""
    return {"calls": sql.load("checks/grant_calls", profile)}


def filled(file: str, marks: Mapping[str, Any], profile: AppProfile) -> str:
    """The query with its marks replaced, all at once: what stands for one may hold the letters of another."""
    text = sql.load(file, profile)
    return re.sub(r"/\* (\w+) \*/", lambda found: str(marks.get(found[1], found[0])), text)
