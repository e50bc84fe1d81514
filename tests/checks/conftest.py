"""Fixtures of the source checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.checks import app_support
from tests.checks.source_support import Source

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase


@pytest.fixture
def bare(tmp_path: Path) -> Source:
    """A healthy checkout, and no database."""
    return Source(tmp_path)


@pytest.fixture
def deployed(make_database: MakeDatabase, tmp_path: Path) -> Source:
    """A healthy checkout, and the database it belongs to."""
    dsn = make_database()
    app_support.migrated(dsn)
    return Source(tmp_path, dsn)
