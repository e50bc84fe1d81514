"""Fixtures of the commands: a whole IAHome to run them on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iahome_fix.sandbox.house import House


@pytest.fixture
def house(
    short_folder: Path, tmp_path_factory: pytest.TempPathFactory, other_server: str | None
) -> Iterator[House]:
    """A broken IAHome of this test's own, with its env file."""
    short_folder.chmod(0o755)
    folder = short_folder / tmp_path_factory.mktemp("house").name
    with House(folder, server=other_server) as running:
        yield running
