"""The embedded server that benchmarks measure on."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Run, environment, run
from iahome_fix.systems.embedded.postgres import EmbeddedPostgres


@contextmanager
def embedded() -> Iterator[tuple[Path, EmbeddedPostgres]]:
    """A running server, and a folder for files; both are gone after the block."""
    say("starting the embedded PostgreSQL …")
    with tempfile.TemporaryDirectory(prefix="iahome-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with EmbeddedPostgres(folder / "cluster") as server:
            yield folder, server


def command(folder: Path, dsn: str, name: str) -> Run:
    """One of the tool's commands on a database, applied without a question."""
    file = folder / "bench.env"
    file.write_text(f'SUPABASE_DB_URL="{dsn}"\n', encoding="utf-8")
    words = [sys.executable, "-m", "iahome_fix", name, "--yes", "--json", "--env-file", str(file)]
    return run(words, environment())


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)
