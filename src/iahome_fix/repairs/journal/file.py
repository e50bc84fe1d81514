"""Reads one file of the journal as what it is: input, which may be damaged, huge, or no file at all."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

from iahome_fix.i18n import _

MOST_BYTES = 32 * 1024 * 1024
"""Ten times what the longest run leaves (10,000 ids of each kind, 1,000 images, 10,000 addresses)."""


class Unusable(Exception):
    """A file of the journal that nothing is taken from; `reason` is a sentence without any of its content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Damaged(Unusable):
    """It cannot be read as what this tool writes."""


class Foreign(Unusable):
    """It can be read, and says what this tool cannot have written."""


def content(file: Path) -> dict[str, Any] | None:
    """The object that the file holds; None where there is no such file. Raises Damaged."""
    data = _bytes(file)
    if data is None:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Damaged(_("it is no text in UTF-8")) from None
    try:
        found = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except RecursionError:
        raise Damaged(_("it is nested too deeply")) from None
    except ValueError:
        raise Damaged(_("it is no complete JSON document")) from None
    if not isinstance(found, dict):
        raise Damaged(_("it holds no object"))
    return found


def _bytes(file: Path) -> bytes | None:
    try:
        if stat.S_ISLNK(os.lstat(file).st_mode):
            raise Damaged(_("it is a link, not a file"))
        # A pipe that nobody writes to must not be waited for.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(file, flags | getattr(os, "O_BINARY", 0)), "rb") as opened:
            found = os.fstat(opened.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Damaged(_("it is no regular file"))
            if found.st_size > MOST_BYTES:
                raise Damaged(_("it has more than {most} MB").format(most=MOST_BYTES // 1024 // 1024))
            return opened.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        raise Damaged(_("no file can have such a name")) from None
    except OSError as error:
        raise Damaged(
            _("it cannot be read ({reason})").format(reason=error.strerror or type(error).__name__)
        ) from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Damaged(_("a name stands twice in one of its objects"))
    return found


def _no_number(_name: str) -> NoReturn:
    raise Damaged(_("it holds a number that is none"))
