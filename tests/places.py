"""Where the throw-away servers of the tests have their folders."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_ROOM = 4 << 30  # bytes; a server takes a tenth of it


def short() -> str | None:
    """Where short paths begin: in memory if databases fit there, which takes a quarter of the time."""
    if sys.platform == "win32":
        return None
    memory = Path("/dev/shm")  # noqa: S108
    with suppress(OSError, AttributeError):
        room = os.statvfs(memory)
        if (
            os.access(memory, os.W_OK)
            and not room.f_flag & os.ST_NOEXEC
            and room.f_bavail * room.f_frsize > _ROOM
        ):
            return str(memory)
    return "/tmp"  # noqa: S108 - for its shortness
