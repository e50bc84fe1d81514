"""What CONTRIBUTING.md points to is there."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PARTS = ("src/iahome_fix", ".", "sql", "sql/schema")
"""Where a path that is given in short begins."""


def test_every_file_that_is_named_is_there() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[`(]([\w./-]+/[\w.-]*|[\w-]+\.(?:sql|md))[`)]", text))
    assert {"sql/module_access/110_sequence.sql", "checks/steps.py", "docs/architecture.md"} <= named
    folders = [REPOSITORY / part for part in PARTS]
    gone = {name for name in named if not any(_is_there(folder / name) for folder in folders)}
    assert not gone


def _is_there(path: Path) -> bool:
    """Requirements are named without the ending of their files."""
    return path.exists() or path.with_suffix(".sql").exists()
