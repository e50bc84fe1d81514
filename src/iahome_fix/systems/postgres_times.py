"""Times that PostgreSQL has and Python has not: infinity, years before 1 and after 9999. They stay text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    from iahome_fix.systems.database import Row


def show_any_time(connection: psycopg.Connection[Row]) -> None:
    """Make the session read every time: those out of Python's range as the text that the server writes."""
    from psycopg import DataError
    from psycopg.types import datetime as types

    for name, base in (
        ("date", types.DateLoader),
        ("time", types.TimeLoader),
        ("timetz", types.TimetzLoader),
        ("timestamp", types.TimestampLoader),
        ("timestamptz", types.TimestamptzLoader),
        ("interval", types.IntervalLoader),
    ):

        def load(self: Any, data: Any, base: Any = base) -> Any:
            try:
                return base.load(self, data)
            except (DataError, OverflowError, ValueError):
                return bytes(data).decode()

        connection.adapters.register_loader(name, type(f"Any{base.__name__}", (base,), {"load": load}))
