"""Adds variables to an env file, so that the app reads exactly what was meant; what stands there stays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from iahome_fix import plain_files
from iahome_fix.errors import UsageError
from iahome_fix.i18n import _
from iahome_fix.settings import dotenv_next
from iahome_fix.settings.expansion import EndlessReferenceError, expand

_MODE = 0o600


def line(name: str, value: str) -> str:
    """`NAME=value` with the quotes that it takes. Raises UsageError for a value that no env file can hold."""
    escaped = value.replace("$", "\\$")
    for quote in ("", "'", '"', "`"):
        written = f"{name}={quote}{escaped}{quote}"
        if _read_back(written, name) == value:
            return written
    raise UsageError("env-value", _("this value of {name} cannot stand in an env file").format(name=name))


def add(path: Path, values: Mapping[str, str], comment: str) -> None:
    """Put the variables behind what the file holds, in one step; its mode is 0600 afterwards.

    Of a name that is there already the last line counts, which is the new one. Raises UsageError.
    """
    try:
        plain_files.require_regular(path)
        before = path.read_bytes() if path.exists() else b""
        lines = "\n".join([f"# {comment}", *(line(name, value) for name, value in values.items())])
        _replace(path.resolve(), _ended(before) + lines.encode() + b"\n")
    except OSError as error:
        raise UsageError(
            "env-file-unwritable",
            plain_files.unwritable(path, error),
        ) from None


def _ended(text: bytes) -> bytes:
    return text if not text or text.endswith((b"\n", b"\r")) else text + b"\n"


def _replace(path: Path, text: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


def _read_back(written: str, name: str) -> str | None:
    """What the app reads of this one line."""
    found = dotenv_next.read(written + "\n")
    if len(found) != 1 or found[0].name != name:
        return None
    try:
        return expand({name: found[0].value}, {})[name]
    except EndlessReferenceError:
        return None
