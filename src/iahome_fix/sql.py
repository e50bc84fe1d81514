"""Loads the SQL of the project: the folder `sql/`, inside the wheel or beside `src/` in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGED = Path(__file__).parent / "sql"
_CHECKOUT = Path(__file__).parents[2] / "sql"


def folder() -> Path:
    """Where the SQL files are."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


@cache
def load(name: str) -> str:
    """The text of `sql/<name>.sql`. Raises FileNotFoundError for a name that is not there."""
    return (folder() / f"{name}.sql").read_text(encoding="utf-8")
