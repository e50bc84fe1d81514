"""Whose folder it is, is nobody's affair: a shell reads `~` as well."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path, PurePath, PureWindowsPath


def home_folder() -> Path | None:
    """The home folder of who runs this; None where there is none (a user without a name, in a container)."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def without_home(text: str, home: PurePath | None) -> str:
    """The text with `~` wherever it names the home folder or something in it."""
    if home is None or len(home.parts) < 2:
        return text
    return _pattern(home).sub("~", text)


@cache
def _pattern(home: PurePath) -> re.Pattern[str]:
    # On Windows both strokes part folders, and capitals mean nothing.
    windows = isinstance(home, PureWindowsPath)
    stroke = r"[\\/]" if windows else "/"
    name = stroke.join(re.escape(part.rstrip("\\/")) for part in home.parts)
    return re.compile(rf"{name}(?={stroke}|$|[\s'\",;:)])", re.IGNORECASE if windows else 0)
