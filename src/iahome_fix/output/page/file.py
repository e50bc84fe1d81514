"""A file that a person named: all of it or nothing, for its owner alone, and tried before it is needed."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from iahome_fix.i18n import _
from iahome_fix.plain_files import NotAFile, require_regular

_HEAD = 4_000


def require_place(path: Path, marker: str) -> None:
    """Raises OSError where no file of that name could be written now: tried, and taken away again.

    A file that is there is replaced where it holds the marker of this tool's, and no other one.
    """
    target = _target(path)
    if target.exists():
        with target.open("rb") as file:
            head = file.read(_HEAD)
        if head and marker.encode() not in head:
            raise NotAFile(errno.EEXIST, _("a file is there that this tool did not write"))
    handle, name = _beside(target)
    os.close(handle)
    Path(name).unlink()


def write(path: Path, text: str) -> None:
    """Write beside the place and move it there, so that nobody ever finds half of it.

    UTF-8, line ends as they are, readable for its owner alone. Raises OSError.
    """
    target = _target(path)
    handle, name = _beside(target)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _target(path: Path) -> Path:
    """Where it goes: what a link leads to stays one file."""
    if "\0" in str(path):
        raise NotAFile(errno.EINVAL, _("no file can have such a name"))
    require_regular(path)
    return path.resolve()


def _beside(target: Path) -> tuple[int, str]:
    """A new file in the same folder, mode 0600."""
    return tempfile.mkstemp(prefix=".iahome-fix-", suffix=".new", dir=target.parent)
