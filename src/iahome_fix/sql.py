"""Loads the SQL of the project: the folder `sql/`, inside the wheel or beside `src/` in a checkout.

A file takes another one in with `/* include domain/withdrawn */`, so that a rule stands in one place. Words
behind the name fill that file's own marks: `/* include undo/fingerprint held=w.metadata */` puts
`w.metadata` for its `/* held */`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_PACKAGED = Path(__file__).parent / "sql"
_CHECKOUT = Path(__file__).parents[2] / "sql"
_INCLUDE = re.compile(r"/\* include (?P<name>[a-z_/0-9]+)(?P<marks>(?: [a-z_]+=\S+)*) \*/")


def folder() -> Path:
    """Where the SQL files are."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


@cache
def load(name: str) -> str:
    """The text of `sql/<name>.sql` with what it includes.

    Raises FileNotFoundError for a name that is not there.
    """
    text = (folder() / f"{name}.sql").read_text(encoding="utf-8")
    return _INCLUDE.sub(_included, text)


def _included(found: re.Match[str]) -> str:
    text = load(found["name"])
    for mark in found["marks"].split():
        name, _equals, value = mark.partition("=")
        text = text.replace(f"/* {name} */", value)
    return text
