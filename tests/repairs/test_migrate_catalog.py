"""The texts of sql/module_access, pasted one after the other, and the command make the same catalog."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.supabase import Regime
from iahome_fix.schema.requirements import requirements, steps
from iahome_fix.sql import folder, load
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import ALICE, REGIMES, command
from tests.repairs.shapes import MODULES, SHAPES
from tests.sessions import execute

ROWS = f"""
insert into public.module_access (user_id, module_id, expires_at, created_at, updated_at) values
  ('{ALICE}', 6, null, '2025-08-01', null), ('{ALICE}', 6, '2099-01-01', '2025-08-02', '2025-08-03'),
  ('{ALICE}', 13, null, null, null)
"""
CONTENT = (
    "select to_jsonb(m) - 'updated_at' #- '{metadata,deactivated_run_id}' #- '{metadata,deactivated_at}'"
    " from public.module_access m order by id"
)


@pytest.mark.parametrize(
    ("shape", "regime"),
    [
        *(("nothing", regime) for regime in REGIMES),
        *(("guide", regime) for regime in REGIMES),
        *((shape, "since") for shape in SHAPES if shape not in ("nothing", "guide")),
    ],
)
def test_pasted_files_and_the_command_agree(
    shape: str, regime: Regime, make_database: MakeDatabase, tmp_path: Path
) -> None:
    pasted, commanded = make_database(regime), make_database(regime)
    for dsn in (pasted, commanded):
        execute(dsn, MODULES, SHAPES[shape], ROWS if shape == "guide" else "select 1")

    _statement_by_statement(pasted)
    assert command(tmp_path, commanded, "migrate", "--yes").code == 0
    once = catalog(pasted)
    assert once == catalog(commanded)
    # Pasted once more, the other way, and commanded after it: nothing is left to do.
    _file_by_file(pasted)
    assert catalog(pasted) == once
    assert command(tmp_path, pasted, "migrate", "--yes").verdict == "nothing-to-do"
    if shape == "guide":
        assert execute(pasted, CONTENT) == execute(commanded, CONTENT)
        assert [row[0]["is_active"] for row in execute(pasted, CONTENT)] == [True, False, True]


def test_each_file_says_what_it_is_for() -> None:
    named = {r.id: (r.title, r.why) for r in requirements()}
    assert list(named) == sorted(path.stem for path in (folder() / "module_access").glob("*.sql"))
    assert all(title and why for title, why in named.values())


def _statement_by_statement(dsn: str) -> None:
    """As psql does it, each statement being a transaction; without psql, as an SQL editor does it."""
    psql = shutil.which("psql")
    if psql is None:
        _file_by_file(dsn)
        return
    done = subprocess.run(
        [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsn],
        input="\n".join(_texts()),
        env={**os.environ, "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _file_by_file(dsn: str) -> None:
    """As an SQL editor does it: each text as it is, in one message without parameters."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for text in _texts():
            connection.execute(text.encode())


def _texts() -> list[str]:
    """What is done without being asked for by an option of its own, in its order, with what it includes."""
    return [load(f"module_access/{step.id}") for step in steps()]
