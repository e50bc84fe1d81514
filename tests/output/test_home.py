"""The home folder stays out of a page: here, on Windows, and where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from iahome_fix.output.page.home import home_folder, without_home

ANNA = PureWindowsPath(r"C:\Users\Anna Ølsen")
LEA = PurePosixPath("/home/lea")


@pytest.mark.parametrize(
    ("home", "text", "shown"),
    [
        (LEA, "--env-file /home/lea/shop/.env.local", "--env-file ~/shop/.env.local"),
        (LEA, "/home/lea and '/home/lea'", "~ and '~'"),
        (LEA, "/home/leander/x /srv/home/lea2", "/home/leander/x /srv/home/lea2"),
        (ANNA, r"C:\Users\Anna Ølsen\shop\.env.local", r"~\shop\.env.local"),
        (ANNA, r'"c:/users/anna ølsen/shop" is a folder', '"~/shop" is a folder'),
        (ANNA, r"C:\Users\Anna Ølsenberg\x", r"C:\Users\Anna Ølsenberg\x"),
        (PurePosixPath("/"), "/x", "/x"),
        (PureWindowsPath("C:\\"), r"C:\x", r"C:\x"),
        (None, "/home/lea/x", "/home/lea/x"),
    ],
)
def test_it_is_written_as_a_tilde(home: PurePath | None, text: str, shown: str) -> None:
    assert without_home(text, home) == shown


def test_it_is_the_one_of_who_runs_this(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    assert home_folder() == tmp_path


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root may become a stranger")
def test_a_user_without_a_name_has_none() -> None:
    # As in a container that is run with a number for a user: nobody knows a home folder of that one.
    line = "from iahome_fix.output.page import home; import os; os.setuid(54321); print(home.home_folder())"
    variables = {name: text for name, text in os.environ.items() if name != "HOME"}
    done = subprocess.run(
        [sys.executable, "-c", line], env=variables, capture_output=True, text=True, check=False
    )
    assert done.stdout == "None\n", done.stderr
