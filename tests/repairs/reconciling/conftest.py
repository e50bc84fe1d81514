"""A running app with three customers, for the tests of reconcile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checks.app_support import App, migrated, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase


@pytest.fixture(scope="module")
def shared(embedded_databases: DatabaseFactory) -> Iterator[str]:
    """A migrated database for the tests that leave its tables as they are."""
    dsn = embedded_databases.create()
    migrated(dsn)
    yield dsn
    embedded_databases.drop(dsn)


@pytest.fixture
def app(tmp_path: Path, shared: str) -> Iterator[App]:
    """Three customers; nobody bought anything yet."""
    with running(tmp_path, shared) as app:
        app.empty()
        app.customers()
        yield app


@pytest.fixture
def own(tmp_path: Path, make_database: MakeDatabase) -> Iterator[App]:
    """The same in a database of its own, whose tables the test may change."""
    dsn = make_database()
    migrated(dsn)
    with running(tmp_path, dsn) as app:
        app.customers()
        yield app
