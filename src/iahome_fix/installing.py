"""How a package is added to the environment in which the tool runs: by what made that environment."""

from __future__ import annotations

import sys
from pathlib import Path

from iahome_fix.command_lines import quoted


def to_add(requirement: str, prefix: Path | None = None) -> str:
    """The command that installs `requirement` where the tool finds it.

    `prefix`: another environment's folder, for the tests.
    """
    folder = prefix or Path(sys.prefix)
    python = sys.executable or "python"
    if (folder / "pipx_metadata.json").exists():
        return quoted(["pipx", "inject", "iahome-fix", requirement])
    if (folder / "uv-receipt.toml").exists():
        return quoted(["uv", "pip", "install", "--python", python, requirement])
    return quoted([python, "-m", "pip", "install", requirement])
