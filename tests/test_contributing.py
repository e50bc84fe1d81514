"""What CONTRIBUTING.md and docs/architecture.md point to is there, and every part has its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PARTS = ("src/iahome_fix", ".", "sql", "sql/schema", "docs", "src/iahome_fix/source")
"""Where a path that is given in short begins."""
ARCHITECTURE = REPOSITORY / "docs" / "architecture.md"


@pytest.mark.parametrize(
    ("file", "among"),
    [
        (REPOSITORY / "CONTRIBUTING.md", {"sql/module_access/110_sequence.sql", "checks/steps.py"}),
        (ARCHITECTURE, {"domain/money.py", "sql/domain/verdict.sql", "tests/checks/by_hand/unseen.py"}),
    ],
)
def test_every_file_that_is_named_is_there(file: Path, among: set[str]) -> None:
    text = file.read_text(encoding="utf-8")
    named = set(re.findall(r"[`(]([\w./-]+/[\w.-]*|[\w-]+\.(?:sql|md))[`)]", text))
    assert among <= named
    folders = [REPOSITORY / part for part in PARTS]
    gone = {name for name in named if not any(_is_there(folder / name) for folder in folders)}
    assert not gone


def test_every_part_of_the_package_is_described() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    parts = (REPOSITORY / "src" / "iahome_fix").iterdir()
    names = {f"{part.name}/" if part.is_dir() else part.name for part in parts if part.suffix in ("", ".py")}
    left_out = {name for name in names if not name.startswith("__") and f"`{name}" not in text}
    assert left_out == set()


def _is_there(path: Path) -> bool:
    """Requirements are named without the ending of their files."""
    return path.exists() or path.with_suffix(".sql").exists()
