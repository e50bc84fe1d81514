"""Gets the text of env files. One that cannot be read is a problem; one that was asked for, an error."""

from __future__ import annotations

import codecs
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iahome_fix import plain_files
from iahome_fix.errors import UsageError
from iahome_fix.i18n import _
from iahome_fix.settings.model import FileProblem
from iahome_fix.settings.names import NEXT_FILES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MOST_BYTES = 1 << 20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class FileText:
    """An env file that was read: its path as shown, and its text."""

    where: str
    text: str = field(repr=False)


def read_given(paths: Sequence[Path]) -> tuple[FileText, ...]:
    """The files of `--env-file`, each once, in their order.

    Raises:
        UsageError: one does not exist, is a folder, cannot be read or is not text.
    """
    texts = []
    for path in dict.fromkeys(paths):
        where = str(path)
        try:
            texts.append(FileText(where, _read(path)))
        except FileNotFoundError:
            raise UsageError(
                "env-file-missing",
                _("The env file {path} does not exist.").format(path=where),
                _missing_hint(path),
            ) from None
        except _UnusableError as unusable:
            raise UsageError(
                unusable.code,
                unusable.message,
                _("Give a text file with lines NAME=value to --env-file."),
            ) from None
    return tuple(texts)


def read_next(folder: Path, shown: Path) -> tuple[tuple[FileText, ...], tuple[FileProblem, ...]]:
    """The files that Next.js reads in `folder`, highest rank first, and those it cannot read.

    Args:
        folder: where to look.
        shown: the folder as it is written in front of the file names (`Path()` for the working folder).
    """
    texts: list[FileText] = []
    problems: list[FileProblem] = []
    for name in NEXT_FILES:
        where = str(shown / name)
        try:
            texts.append(FileText(where, _read(folder / name, where)))
        except FileNotFoundError:
            continue
        except _UnusableError as unusable:
            # Next.js passes over a folder (a virtual environment may be called .env) without a word.
            serious = unusable.code != "env-file-folder"
            problems.append(FileProblem(where, None, unusable.message, serious))
    return tuple(texts), tuple(problems)


class _UnusableError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _missing_hint(path: Path) -> str:
    hint = _("Check the path after --env-file.")
    if path.is_absolute():
        return hint
    try:
        folder = path.parent.absolute()
    except OSError:  # the working folder was deleted
        return hint
    return _("{hint} Looked in {folder}.").format(hint=hint, folder=folder)


def _looks_like_utf_16(content: bytes) -> bool:
    """Whether text in Latin letters was saved as UTF-16 without a mark: then every other byte is 0."""
    start = content[:400]
    return len(start) >= 8 and any(start[side::2].count(0) > 0.9 * len(start[side::2]) for side in (0, 1))


def _read(path: Path, where: str | None = None) -> str:
    where = where or str(path)
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise _UnusableError("env-file-folder", _("{path} is a folder, not a file.").format(path=where))
        content = plain_files.read(path, _MOST_BYTES + 1)
    except FileNotFoundError:
        if path.is_symlink():
            message = _("{path} is a link that leads nowhere.").format(path=where)
            raise _UnusableError("env-file-unreadable", message) from None
        raise
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        message = _("{path} cannot be read ({reason}).").format(path=where, reason=reason)
        raise _UnusableError("env-file-unreadable", message) from None
    if content.startswith(_UTF_16) or _looks_like_utf_16(content):
        message = _("{path} is UTF-16, which Next.js cannot read; save it as UTF-8.").format(path=where)
        raise _UnusableError("env-file-binary", message)
    if b"\0" in content:
        message = _("{path} is not a text file.").format(path=where)
        raise _UnusableError("env-file-binary", message)
    if len(content) > _MOST_BYTES:
        message = _("{path} is larger than 1 MB: that is not a text file with variables.").format(path=where)
        raise _UnusableError("env-file-binary", message)
    # Like Node.js, which puts a replacement character for what is not UTF-8; `file_problems` reports it.
    return content.decode("utf-8", errors="replace")
