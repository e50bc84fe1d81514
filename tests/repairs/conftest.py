"""Fixtures of the repair tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.sandbox.databases import DatabaseFactory
from tests.repairs.repair_support import execute


@pytest.fixture
def role(databases: DatabaseFactory) -> Iterator[str]:
    """A role without any right; ask for it before the database in which it gets some: it goes last."""
    name = f"shop_{secrets.token_hex(4)}"
    superuser = databases.superuser("dbname=postgres")
    password = str(conninfo_to_dict(superuser).get("password") or "")
    execute(superuser, f"create role {name} login" + (f" password '{password}'" if password else ""))
    yield name
    execute(superuser, f"drop role {name}")
