"""An env file of the app in a folder above, for who stands in the wrong one."""

from __future__ import annotations

from pathlib import Path

from iahome_fix import plain_files
from iahome_fix.settings import dotenv_next
from iahome_fix.settings.names import KNOWN, NEXT_FILES

_MOST_FOLDERS = 4
_MOST_BYTES = 1 << 20


def file_above(folder: Path) -> Path | None:
    """The nearest one that sets a variable of the app, as it is named from `folder`; None without one.

    The home folder is the last that is looked into.
    """
    try:
        here, home = folder.resolve(), Path.home().resolve()
    except (OSError, RuntimeError):
        return None
    shown = Path()
    for above in list(here.parents)[:_MOST_FOLDERS]:
        if here == home:
            return None
        here, shown = above, shown / ".."
        found = next((name for name in NEXT_FILES if _is_of_the_app(above / name)), None)
        if found is not None:
            return shown / found
    return None


def _is_of_the_app(path: Path) -> bool:
    try:
        text = plain_files.read(path, _MOST_BYTES).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return False
    return any(one.name in KNOWN and one.value for one in dotenv_next.read(text))
