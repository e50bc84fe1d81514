"""A running shop, and the commands run on it as an operator runs them: with an env file."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.keys import legacy_key, project_ref
from iahome_fix.sandbox.surroundings import clean_environment
from tests import prepared
from tests.checks.app_support import App, migrated, running
from tests.commands import Done, call
from tests.prepared import Process

if TYPE_CHECKING:
    from collections.abc import Iterator

_REF = project_ref()
SOURCE = Path(__file__).parents[2] / "src"


@dataclass(frozen=True)
class Ran:
    """One command with --json: its exit code, its document, and what it said on stderr."""

    code: int
    document: dict[str, Any]
    err: str

    @property
    def verdict(self) -> str:
        return str(self.document["verdict"])

    @property
    def error(self) -> str | None:
        return self.document["error"]["code"] if self.document["error"] else None

    def check(self, check_id: str) -> dict[str, Any]:
        return next(entry for entry in self.document["checks"] if entry["id"] == check_id)


@dataclass
class Shop:
    """The parts, and the folder in which the commands run."""

    app: App
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def arguments(self, *words: str) -> list[str]:
        """The words of the command line, env file included."""
        path = self.folder / "shop.env"
        values = {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{_REF}.supabase.co",
            "SUPABASE_SERVICE_ROLE_KEY": legacy_key("service_role", _REF, "-" * 40),
            "IAHOME_FIX_NO_DATA_API": "not part of this test",
            **self.app.environ(),
        }
        lines = [f"{name}='{value}'" for name, value in values.items() if value]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [*words, "--env-file", str(path)]

    def environ(self) -> dict[str, str]:
        return {**clean_environment(), "PYTHONPATH": str(SOURCE), "COLUMNS": "100", **self.environment}

    def run(self, *words: str) -> Ran:
        """A command with --json and nobody at a terminal."""
        done = self._done(*words, "--json")
        ran = Ran(done.code, done.document, done.err)
        assert ran.error != "defect", ran.document["error"]
        return ran

    def say(self, *words: str) -> tuple[int, str, str]:
        """A command for people, but with nobody at a terminal: exit code, stdout, stderr."""
        done = self._done(*words)
        return done.code, done.out, done.err

    def started(self, *words: str) -> Process:
        """The command, running."""
        return prepared.start(self.arguments(*words), cwd=self.folder, env=self.environ())

    def _done(self, *words: str) -> Done:
        return call(self.folder, *self.arguments(*words), more={"COLUMNS": "100", **self.environment})

    def journal(self) -> list[dict[str, Any]]:
        """The runs on record, the oldest first."""
        files = sorted((self.folder / ".iahome-fix" / "runs").glob("*.json"))
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]


@contextmanager
def shop(folder: Path, dsn: str | None = None) -> Iterator[Shop]:
    """A healthy shop; with `dsn` on a database that is migrated and has three customers and four modules."""
    if dsn is not None:
        migrated(dsn)
    with running(folder, dsn) as app:
        if dsn is not None:
            app.customers()
        yield Shop(app, folder)
