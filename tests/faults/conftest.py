"""Worlds for the catalogue of faults: one template database per worker and regime, copied for each test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from tests.faults.world import World, fill, healthy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iahome_fix.sandbox.databases import DatabaseFactory
    from iahome_fix.sandbox.supabase import Regime


class Copied(NamedTuple):
    """A filled database: its URL as `postgres`, and as the server's superuser."""

    dsn: str
    superuser_dsn: str


class CopyDatabase(Protocol):
    """Copies the filled database of a regime, until the test ends."""

    def __call__(self, regime: Regime = "since") -> Copied: ...


class OpenWorld(Protocol):
    """Opens a healthy world, until the test ends."""

    def __call__(self, regime: Regime = "since") -> World: ...


@pytest.fixture
def copy_database(databases: DatabaseFactory) -> Iterator[CopyDatabase]:
    """Copies the template; makes it when it is asked for the first time."""
    made: list[str] = []

    def copy(regime: Regime = "since") -> Copied:
        made.append(databases.copy("a healthy day", fill, regime))
        return Copied(made[-1], databases.superuser(made[-1]))

    yield copy
    for dsn in made:
        databases.drop(dsn)


@pytest.fixture
def open_world(copy_database: CopyDatabase, postgrest_binary: Path, tmp_path: Path) -> Iterator[OpenWorld]:
    """Opens healthy worlds; everything of them is stopped when the test ends."""
    with ExitStack() as running:

        def start(regime: Regime = "since") -> World:
            copied = copy_database(regime)
            return running.enter_context(
                healthy(copied.dsn, copied.superuser_dsn, postgrest_binary, tmp_path)
            )

        yield start
