"""`sandbox`: an IAHome that stays, the env file that leads to it, and its end."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.cli.running import said, started, wait_for
from tests.cli.test_commands import count, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as on Unix")


@pytest.fixture
def place(short_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the user who runs PostgreSQL can enter."""
    folder = short_folder / tmp_path_factory.mktemp("sandbox").name
    folder.mkdir()
    short_folder.chmod(0o755)
    folder.chmod(0o755)
    return folder


def ready(place: Path) -> bool:
    return wait_for(lambda: "in another terminal" in said(place))


def variable(env_file: Path, name: str) -> str:
    """The value of one variable of the env file."""
    return next(
        line.partition("=")[2].strip("'\n")
        for line in env_file.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"{name}=")
    )


def test_the_commands_work_on_it_and_the_database_outlives_it(place: Path) -> None:
    env_file = place / "own" / "sandbox.env"
    # A variable for the interpreter's start: a process from nothing, as no prepared one is.
    with started(place, "sandbox", "own", more={"PYTHONWARNINGS": "error::EncodingWarning"}) as process:
        assert ready(place)
        options = ("--env-file", str(env_file))
        assert run(place, "doctor", *options)[1]["causes"][0] == "schema.module-access"
        assert run(place, "migrate", "--yes", *options)[0] == 0
        assert run(place, "backfill", "--yes", *options)[1]["applied"]["created"] == 9
        assert env_file.stat().st_mode & 0o077 == 0
        project = variable(env_file, "NEXT_PUBLIC_SUPABASE_URL")

        (place / "second").mkdir()
        with started(place / "second", "sandbox", "../own") as other:
            assert other.wait(timeout=30) == 1
        assert "already runs" in (place / "second" / "err").read_text(encoding="utf-8")

        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert not env_file.exists()

    with started(place, "sandbox", "own") as process:
        assert ready(place)
        assert variable(env_file, "NEXT_PUBLIC_SUPABASE_URL") == project
        dsn = variable(env_file, "SUPABASE_DB_URL")
        assert count(dsn, "select count(*) from public.module_access") == 9
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_file_is_no_folder(place: Path) -> None:
    (place / "taken").write_text("", encoding="utf-8")
    with started(place, "sandbox", "taken") as process:
        assert process.wait(timeout=30) == 2
    assert "not a folder" in (place / "err").read_text(encoding="utf-8")
