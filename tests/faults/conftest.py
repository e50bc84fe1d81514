"""Worlds for the catalogue of faults: one template database per worker and regime, copied for each test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from tests.faults import versions
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


class OpenLater(Protocol):
    """Opens a healthy world of a later version (its profile's name), until the test ends."""

    def __call__(self, version: str, regime: Regime = "since", *, kind: type[World] = World) -> World: ...


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


@pytest.fixture
def open_later(databases: DatabaseFactory, postgrest_binary: Path, tmp_path: Path) -> Iterator[OpenLater]:
    """Opens healthy worlds of the later versions; everything of them is stopped when the test ends."""
    with ExitStack() as running:

        def start(version: str, regime: Regime = "since", *, kind: type[World] = World) -> World:
            dsn = databases.copy(version, versions.filling(version), regime)
            running.callback(databases.drop, dsn)
            superuser = databases.superuser(dsn)
            world = running.enter_context(healthy(dsn, superuser, postgrest_binary, tmp_path, kind=kind))
            versions.become(world, version)
            return world

        yield start
