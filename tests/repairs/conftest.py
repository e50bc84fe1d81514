"""Fixtures of the repair tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from tests.conftest import ServeApi, ServeManagement
from tests.repairs.webhook_project import Project, opened
from tests.sessions import execute


@pytest.fixture
def role(databases: DatabaseFactory) -> Iterator[str]:
    """A role without any right; ask for it before the database in which it gets some: it goes last."""
    name = f"shop_{secrets.token_hex(4)}"
    superuser = databases.superuser("dbname=postgres")
    password = str(conninfo_to_dict(superuser).get("password") or "")
    execute(superuser, f"create role {name} login" + (f" password '{password}'" if password else ""))
    yield name
    execute(superuser, f"drop role {name}")


@pytest.fixture
def project(
    make_database: MakeDatabase, serve_api: ServeApi, serve_management: ServeManagement, tmp_path: Path
) -> Project:
    return opened(make_database, serve_api, serve_management, tmp_path)


@pytest.fixture
def counted(project: Project, databases: DatabaseFactory) -> Project:
    """The same with pg_stat_statements, where the server has it, and without the right to read the logs."""
    with psycopg.connect(databases.superuser(project.dsn), autocommit=True) as connection:
        found = connection.execute(b"show shared_preload_libraries").fetchone()
        if found is None or "pg_stat_statements" not in found[0]:
            pytest.skip("this server does not load pg_stat_statements")
        # As the platform grants it to the role of its read-only endpoint.
        connection.execute(b"grant pg_monitor to supabase_read_only_user")
        connection.execute(
            b'create schema "odd ""place"; create extension pg_stat_statements schema "odd ""place"'
        )
    project.management.missing.add("analytics_logs_read")
    return project
