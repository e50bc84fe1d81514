"""The same schema as a migration of the Supabase CLI: the repository does not drift from the project.

Files are `supabase/migrations/<version>_<name>.sql` with a UTC timestamp as version; the CLI compares
versions with `supabase_migrations.schema_migrations` (Supabase, "Database migrations").
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from iahome_fix import plain_files, sql
from iahome_fix.errors import Refused, UsageError
from iahome_fix.i18n import _
from iahome_fix.schema.requirements import PLAIN, Shape, steps
from iahome_fix.systems.database import Statement
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.systems.database import Database

NAME = "module_access"
_HEADER = """\
-- module_access as IAHome needs it: table, indexes, row level security, policy and grants.
-- Written by iahome-fix. Every statement may run again: on a project that has all of it nothing changes.
"""


@dataclass(frozen=True)
class MigrationFile:
    """One migration: where it goes and what it holds. `is_new`: no file of the folder holds the same yet."""

    path: Path
    version: str
    text: str
    statements: tuple[str, ...]
    is_new: bool


def plan(folder: Path, now: datetime | None = None, shape: Shape = PLAIN) -> MigrationFile:
    """The file to write below `folder`: a repository, its `supabase` folder or its `migrations` folder.

    A file there with the very same text is taken as it is. Raises UsageError when `folder` is not a folder.
    """
    if not folder.is_dir():
        raise UsageError(
            "folder",
            _("{folder} is not a folder").format(folder=folder),
            _("give the folder of the repository that holds supabase/migrations"),
        )
    target = _migrations(folder)
    statements = tuple(r.repair.strip() for r in steps(shape))
    text = _HEADER + "".join(f"\n-- {r.title}\n{r.repair.strip()}\n" for r in steps(shape))
    for file in sorted(target.glob(f"*_{NAME}.sql")):
        if _holds(file, text):
            return MigrationFile(file, file.name.partition("_")[0], text, statements, is_new=False)
    version = f"{now or datetime.now(UTC):%Y%m%d%H%M%S}"
    return MigrationFile(target / f"{version}_{NAME}.sql", version, text, statements, is_new=True)


def _holds(file: Path, text: str) -> bool:
    """Whether a file has the very same text. Raises UsageError for what is no file or cannot be read."""
    try:
        return plain_files.read(file, len(text.encode()) + 1) == text.encode()
    except OSError as error:
        raise UsageError(
            "migration-file",
            _("{path} cannot be read: {reason}").format(
                path=file, reason=error.strerror or type(error).__name__
            ),
            _("move it away, then run the same command again"),
        ) from None


def write(planned: MigrationFile) -> None:
    """Write the file, all of it or nothing. Raises Refused when the folder does not let us."""
    if not planned.is_new:
        return
    try:
        planned.path.parent.mkdir(parents=True, exist_ok=True)
        plain_files.put(planned.path, planned.text)
    except OSError as error:
        raise Refused(
            "migration-file",
            plain_files.unwritable(planned.path, error),
        ) from None


def record(db: Database, planned: MigrationFile) -> bool:
    """Note the migration as applied in the project's history; False when it was there already.

    Raises Refused when the project keeps no history, or does not let this user write it.
    """
    if not db.read(sql.load("migrate/has_history"))[0]["found"]:
        raise Refused(
            "no-history",
            _("this project keeps no history of migrations (supabase_migrations.schema_migrations)"),
            _("the CLI makes it with the first `supabase db push`; the file alone is enough until then"),
        )
    if db.read(sql.load("migrate/recorded"), {"version": planned.version})[0]["found"]:
        return False
    values = {
        "version": planned.version,
        "name": NAME,
        "statements": json.dumps(planned.statements),
    }
    try:
        db.transact(
            (
                Statement(sql.load("migrate/record"), values),
                Statement(sql.load("migrate/recorded"), {"version": planned.version}),
            )
        )
    except SqlError as error:
        raise Refused(
            "history",
            _("the history of migrations was not written ({state}): {reason}").format(
                state=error.sqlstate, reason=error.said
            ),
        ) from None
    return True


def _migrations(folder: Path) -> Path:
    if folder.name == "migrations":
        return folder
    return folder / "migrations" if folder.name == "supabase" else folder / "supabase" / "migrations"
