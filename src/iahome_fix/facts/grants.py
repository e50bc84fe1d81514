"""The row of a grant, and what on the table it meets, for the checks that hold one against the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from iahome_fix import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iahome_fix.facts.context import Context

QUERIES = ("checks/grant_calls", "checks/grant_rows", "checks/grant_obstacles")
"""What these read."""


def rows(ctx: Context) -> Mapping[str, str]:
    """The columns of a SELECT that is the row, and others beside it, by name (sql/checks/grant_rows.sql)."""

    def read() -> dict[str, str]:
        told = ctx.database.read(filled("checks/grant_rows", calls()))
        return {str(row["name"]): str(row["columns"]) for row in told}

    return ctx.fact("grant-rows", read)


def on_table(ctx: Context) -> Sequence[Mapping[str, Any]]:
    """What the row meets there (sql/checks/grant_obstacles.sql)."""

    def read() -> list[Mapping[str, Any]]:
        return [dict(row) for row in ctx.database.read(filled("checks/grant_obstacles", calls()))]

    return ctx.fact("grant-obstacles", read)


def holds(ctx: Context, condition: str, columns: str, *, name: str = "module_access") -> bool:
    """Whether a condition holds for a row, which it knows as `name`. Raises SqlError."""
    marks = {"condition": condition, "columns": columns, "name": name}
    return bool(ask(ctx, "checks/grant_tried", marks)["holds"])


def ask(ctx: Context, file: str, marks: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one row of a query whose marks stand for what the catalog says."""
    return ctx.database.read(filled(file, marks))[0]


def calls() -> Mapping[str, str]:
    """The mark that both queries have: which functions the table reaches."""
    return {"calls": sql.load("checks/grant_calls")}


def filled(file: str, marks: Mapping[str, Any]) -> str:
    """The query with its marks replaced, all at once: what stands for one may hold the letters of another."""
    return re.sub(r"/\* (\w+) \*/", lambda found: str(marks.get(found[1], found[0])), sql.load(file))
