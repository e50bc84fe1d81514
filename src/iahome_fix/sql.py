"""Loads the SQL of the project: the folder `sql/`, inside the wheel or beside `src/` in a checkout.

A file takes another one in with `/* include domain/withdrawn */`, so that a rule stands in one place. Words
behind the name fill that file's own marks: `/* include undo/fingerprint held=w.metadata */` puts
`w.metadata` for its `/* held */`. What is taken in is indented as the line that takes it in.

What depends on the app's version is given with the app profile (`profile/marks.py`): `/* profile table */`
stands for its table of accesses, `/* profile owner */` for the column that holds the customer, and so on.
`/* include profile/accesses */` is that table under the names that the rules read.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from iahome_fix.profile import marks

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile

_PACKAGED = Path(__file__).parent / "sql"
_CHECKOUT = Path(__file__).parents[2] / "sql"
_INCLUDE = re.compile(r"/\* include (?P<name>[a-z_/0-9]+)(?P<marks>(?: [a-z_]+=\S+)*) \*/")
_ACCESSES = "profile/accesses"
_MARK = re.compile(r"/\* profile (?P<name>[a-z_]+) \*/")


def folder() -> Path:
    """Where the SQL files are."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


@cache
def load(name: str, profile: AppProfile | None = None) -> str:
    """The text of `sql/<name>.sql` with what it includes, for that version of the app.

    Raises FileNotFoundError for a name that is not there, ValueError where the text depends on the app's
    version and none was given.
    """
    text = (folder() / f"{name}.sql").read_text(encoding="utf-8")
    if name == _ACCESSES:
        text = marks.accesses(text, _needed(profile, name))
    text = _MARK.sub(lambda found: marks.of(found["name"], _needed(profile, name)), text)
    return _INCLUDE.sub(lambda found: _included(found, profile), text)


def _included(found: re.Match[str], profile: AppProfile | None) -> str:
    text = load(found["name"], profile)
    for mark in found["marks"].split():
        key, _equals, value = mark.partition("=")
        text = text.replace(f"/* {key} */", value)
    line = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
    return text.rstrip("\n").replace("\n", "\n" + line[: len(line) - len(line.lstrip())])


def _needed(profile: AppProfile | None, name: str) -> AppProfile:
    if profile is None:
        raise ValueError(f"{name} depends on the app's version")
    return profile
