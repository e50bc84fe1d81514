"""A migrated database with three customers, and the app in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.stripe_ids import random_text
from tests.checks.app_support import App, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase


@pytest.fixture
def broken(tmp_path: Path, make_database: MakeDatabase) -> Iterator[App]:
    """As the operator had it: no table module_access."""
    dsn = make_database()
    with running(tmp_path, dsn) as app:
        app.customers()
        app.sql(
            "insert into public.modules (id, title, price) values (6, 'Cogstudio', 9.90), (15, 'SD', 9.90)"
        )
        yield app


@pytest.fixture
def reader(own: App, databases: DatabaseFactory) -> Iterator[str]:
    """A user of the database who reads everything in public and may not act as anybody."""
    assert own.dsn
    name = "reader_" + random_text(8).lower()
    there = databases.superuser(own.dsn)
    password = str(conninfo_to_dict(there).get("password") or "")
    with psycopg.connect(there, autocommit=True) as administrator:
        known = f" password '{password}'" if password else ""
        administrator.execute(f"create role {name} login bypassrls{known}".encode())
        administrator.execute(f"grant select on all tables in schema public to {name}".encode())
        yield dsn_with(own.dsn, user=name)
        administrator.execute(f"drop owned by {name}".encode())
        administrator.execute(f"drop role {name}".encode())
