"""Worlds for the catalogue of faults: one template database per worker and regime, copied for each test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple, Protocol

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.sandbox.dsn import dsn_with
from iahome_fix.sandbox.postgres import create_database, drop_database
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


@pytest.fixture(scope="session")
def filled() -> dict[str, str]:
    """The template of each regime that was asked for, as its URL."""
    return {}


@pytest.fixture
def copy_database(filled: dict[str, str], databases: DatabaseFactory) -> Iterator[CopyDatabase]:
    """Copies the template; makes it when it is asked for the first time."""
    made: list[tuple[str, str]] = []

    def copy(regime: Regime = "since") -> Copied:
        if regime not in filled:
            fill(template := databases.create(regime))
            filled[regime] = template
        template = filled[regime]
        source = str(conninfo_to_dict(template)["dbname"])
        name = f"{source}_{len(made)}"
        server = dsn_with(databases.superuser(template), database="postgres")
        with psycopg.connect(server, autocommit=True) as connection:
            create_database(connection, name, source)
        made.append((server, name))
        return Copied(dsn_with(template, database=name), dsn_with(server, database=name))

    yield copy
    for server, name in made:
        with psycopg.connect(server, autocommit=True) as connection:
            drop_database(connection, name)


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
