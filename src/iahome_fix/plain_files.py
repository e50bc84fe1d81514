"""Files that are read and written by name: regular files, nothing that waits, never ends or does something.

A pipe by name waits for a writer, a device may never end, a socket cannot be opened at all. A descriptor that
the shell opened for this process (`--env-file <(…)`, which is /dev/fd/63, or /dev/stdin) has its writer
already and is read, for as long as that writes.
"""

from __future__ import annotations

import errno
import os
import re
import select
import stat
import time
from typing import TYPE_CHECKING

from iahome_fix.i18n import N_, _

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, N_("it is a folder, not a file")),
    (stat.S_ISFIFO, N_("it is a named pipe, not a file")),
    (stat.S_ISSOCK, N_("it is a socket, not a file")),
    (stat.S_ISCHR, N_("it is a device, not a file")),
    (stat.S_ISBLK, N_("it is a device, not a file")),
)
_OPENED = re.compile(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)|/dev/std(in)")
_PATIENCE = 10.0  # seconds for what a writer on the other side of a pipe takes its time for


class NotAFile(OSError):
    """What has that name is no regular file; `strerror` says what it is."""


def require_regular(path: Path) -> None:
    """Raises NotAFile for what is there and is no regular file, a link that leads nowhere included.

    What is not there at all is no trouble here. Raises OSError where it cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise NotAFile(errno.ENOENT, _("it is a link that leads nowhere")) from None
        return
    if not stat.S_ISREG(mode):
        raise NotAFile(errno.EINVAL, what_it_is(mode))


def unwritable(path: Path, error: OSError) -> str:
    """That a file cannot be written, and why."""
    return _("{path} cannot be written: {reason}").format(
        path=path, reason=error.strerror or type(error).__name__
    )


def put(path: Path, text: str) -> None:
    """Write a file in one step, all of it or nothing, by way of a new one beside it. Raises OSError."""
    fresh = path.with_name(path.name + ".new")
    require_regular(fresh)
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(path)


def what_it_is(mode: int) -> str:
    """What is there instead of a regular file, by `st_mode`."""
    return next((_(words) for is_kind, words in _KINDS if is_kind(mode)), _("it is no regular file"))


def read(path: Path, most: int) -> bytes:
    """The first `most` bytes of a regular file, of the null device, or of a pipe that is open already.

    Raises FileNotFoundError where there is nothing, NotAFile for anything else, OSError.
    """
    mode = path.stat().st_mode
    opened = _OPENED.fullmatch(str(path))
    if stat.S_ISFIFO(mode) and opened is not None:
        return _drained(int(opened[1] or opened[2] or 0), most)
    if not stat.S_ISREG(mode) and not _is_null(path):
        raise NotAFile(errno.EINVAL, what_it_is(mode))
    with path.open("rb") as file:
        return file.read(most)


def _is_null(path: Path) -> bool:
    return path.resolve() == path.__class__(os.devnull).resolve()


def _drained(descriptor: int, most: int) -> bytes:
    """What comes out of an open pipe. Raises TimeoutError where its writer keeps silent."""
    found = bytearray()
    deadline = time.monotonic() + _PATIENCE
    while len(found) < most:
        ready, _writable, _odd = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(errno.ETIMEDOUT, _("nobody writes to this pipe"))
        more = os.read(descriptor, most - len(found))
        if not more:
            break
        found += more
    return bytes(found)
