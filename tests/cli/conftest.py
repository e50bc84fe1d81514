"""Fixtures of the commands: a whole IAHome to run them on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.house import House


@pytest.fixture
def house(tmp_path: Path, make_database: MakeDatabase) -> Iterator[House]:
    """A broken IAHome of this test's own, with its env file, on the server of this worker."""
    with House(tmp_path / "house", dsn=make_database("since", "awkward")) as running:
        yield running
