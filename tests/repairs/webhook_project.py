"""An app that is open to the public key, with the ways by which its webhook's role can be found out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.management import ManagementServer
from tests.cli.test_commands import count, run
from tests.conftest import ServeApi, ServeManagement
from tests.repairs.test_migrate_interlock import guide_world
from tests.sessions import execute

UNKNOWN = "today the public key can do all that the webhook does"
CHECK = "permissions.webhook-role"


@dataclass(frozen=True)
class Project:
    """The guide's table in an app that is open to the public key, its Data API, and its Management API."""

    dsn: str
    gateway: Gateway
    management: ManagementServer
    folder: Path

    def run(self, *words: str, **more: str) -> tuple[int, dict[str, Any]]:
        """A command with the database's address, the access token, and further variables."""
        variables = {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{self.gateway.ref}.supabase.co",
            "SUPABASE_API_URL": self.gateway.url,
            "SUPABASE_DB_URL": self.dsn,
            "SUPABASE_ACCESS_TOKEN": self.management.token,
            "SUPABASE_MANAGEMENT_API_URL": self.management.url,
            "NEXT_PUBLIC_APP_URL": "http://127.0.0.1:9",
            **more,
        }
        path = self.folder / "project.env"
        lines = [f"{name}='{value}'\n" for name, value in variables.items() if value]
        path.write_text("".join(lines), encoding="utf-8")
        return run(self.folder, *words, "--env-file", str(path), "--timeout", "5")

    def migrate(self, *words: str, **more: str) -> dict[str, Any]:
        return self.run("migrate", *(words or ("--dry-run",)), **more)[1]

    def check(self, **more: str) -> dict[str, Any]:
        """What doctor says of the webhook's role."""
        return next(entry for entry in self.run("doctor", **more)[1]["checks"] if entry["id"] == CHECK)


def opened(
    make_database: MakeDatabase, serve_api: ServeApi, serve_management: ServeManagement, folder: Path
) -> Project:
    """The project with everything running."""
    dsn = guide_world(make_database)
    gateway = serve_api(dsn)
    return Project(dsn, gateway, serve_management(dsn, gateway), folder)


def rows(dsn: str) -> int:
    return count(dsn, "select (select count(*) from module_access) + (select count(*) from payments)")


def customer(dsn: str) -> str:
    """The address of somebody in profiles."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(b"select email from public.profiles order by id limit 1").fetchone()
    assert row is not None
    return str(row[0])


def change(dsn: str, statement: str) -> None:
    execute(dsn, statement)
