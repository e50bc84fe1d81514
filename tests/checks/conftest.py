"""Fixtures of the source checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.checks.source_support import Source

if TYPE_CHECKING:
    from tests.conftest import MakeMigrated


@pytest.fixture
def bare(tmp_path: Path) -> Source:
    """A healthy checkout, and no database."""
    return Source(tmp_path)


@pytest.fixture
def deployed(make_migrated: MakeMigrated, tmp_path: Path) -> Source:
    """A healthy checkout, and the database it belongs to."""
    return Source(tmp_path, make_migrated())
