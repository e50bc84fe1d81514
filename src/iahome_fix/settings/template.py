"""Writes a template of an env file: names and where their values are found, no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from iahome_fix import plain_files
from iahome_fix.errors import UsageError
from iahome_fix.settings import dotenv_next


def write_template(path: Path, variables: Mapping[str, Sequence[str]]) -> list[str]:
    """Add what the template does not have yet; returns those names. `variables`: comments by name.

    Raises UsageError where it cannot be written.
    """
    try:
        plain_files.require_regular(path)
        before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        there = {one.name for one in dotenv_next.read(before)}
        added = [name for name in variables if name not in there]
        if added:
            parts = [before.rstrip("\n") + "\n"] if before.strip() else []
            parts += ["".join(f"# {c}\n" for c in variables[name] if c) + f"{name}=\n" for name in added]
            path.write_text("\n".join(parts), encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(
            "env-file-unwritable",
            plain_files.unwritable(path, error),
        ) from None
    return added
