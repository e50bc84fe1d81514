"""The same project reached over both channels: the env file of each, and commands on it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, Literal

from iahome_fix.sandbox.keys import legacy_key
from iahome_fix.sandbox.management import ManagementServer
from iahome_fix.sandbox.surroundings import clean_environment
from tests import prepared
from tests.commands import call
from tests.prepared import Process

Channel = Literal["session", "management"]
CHANNELS: tuple[Channel, ...] = ("session", "management")


def env_file(folder: Path, channel: Channel, dsn: str, server: ManagementServer, *more: str) -> Path:
    """An env file with the project and one way to its database; no Data API is asked."""
    way = {
        "session": (f'SUPABASE_DB_URL="{dsn}"',),
        "management": (
            f"SUPABASE_ACCESS_TOKEN={server.token}",
            f"SUPABASE_MANAGEMENT_API_URL={server.url}",
        ),
    }[channel]
    lines = (
        f"NEXT_PUBLIC_SUPABASE_URL=https://{server.ref}.supabase.co",
        f"SUPABASE_SERVICE_ROLE_KEY={legacy_key('service_role', server.ref, secrets.token_hex(20))}",
        "IAHOME_FIX_NO_DATA_API=not part of this test",
        "NEXT_PUBLIC_APP_URL=http://127.0.0.1:9",
        *way,
        *more,
    )
    path = folder / f"{channel}.env"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def start(folder: Path, *words: str) -> Process:
    """A command with a JSON answer, running in a clean environment."""
    return prepared.start([*words, "--json"], cwd=folder, env=clean_environment())


def run(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document of one command."""
    done = call(folder, *words, "--json")
    return done.code, done.document
