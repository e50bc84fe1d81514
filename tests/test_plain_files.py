"""Whatever a path that a person gives leads to, it is said at once: nothing waits and nothing is drained."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from iahome_fix.cli import migrate_by_hand
from iahome_fix.cli.new_secret import Receiver
from iahome_fix.errors import UsageError
from iahome_fix.repairs.migrate import migration_file
from iahome_fix.settings import load_settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and sockets by name are of POSIX")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _nowhere(path: Path) -> None:
    path.symlink_to(path.parent / "gone")


def _loop(path: Path) -> None:
    path.symlink_to(path)


ODD = {
    "pipe": (_fifo, "named pipe"),
    "folder": (_folder, "folder"),
    "socket": (_socket, "socket"),
    "device": (_device, "device"),
    "dangling": (_nowhere, "nowhere"),
    "loop": (_loop, "Too many levels"),
}


def _as_env_file(path: Path) -> object:
    return load_settings([path], environ={})


def _as_sql_file(path: Path) -> None:
    migrate_by_hand._write(path, "select 1;\n")


def _as_secret_file(path: Path) -> None:
    Receiver(file=path).prepare()


@pytest.mark.parametrize("use", [_as_env_file, _as_sql_file, _as_secret_file])
@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_file_is_said_at_once(
    use: Callable[[Path], object], kind: str, short_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    make, word = ODD[kind]
    path = short_folder / f"{tmp_path_factory.mktemp('odd').name}.{kind}"  # a socket's path is short
    make(path)
    started = time.monotonic()
    with pytest.raises(UsageError) as caught:
        use(path)
    assert time.monotonic() - started < 2
    assert caught.value.exit_code == 2
    if use is not _as_secret_file:  # there, anything that exists is in the way
        assert word in caught.value.message
    assert path.name in caught.value.message
    assert path.is_symlink() == (kind in ("device", "dangling", "loop")), "it is as it was"


def test_a_migration_that_is_no_file_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    os.mkfifo(folder / f"20260101000000_{migration_file.NAME}.sql")
    with pytest.raises(UsageError, match="named pipe"):
        migration_file.plan(tmp_path)


def test_an_open_pipe_is_read_and_nobody_waits_for_its_writer_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("iahome_fix.plain_files._PATIENCE", 0.2)
    read_end, write_end = os.pipe()
    try:
        with pytest.raises(UsageError, match="nobody writes"):
            load_settings([Path(f"/dev/fd/{read_end}")], environ={})
        os.write(write_end, b"STRIPE_SECRET_KEY=x\n")
        os.close(write_end)
        assert load_settings([Path(f"/dev/fd/{read_end}")], environ={}).stripe_secret_key == "x"
    finally:
        os.close(read_end)


def test_the_null_device_is_an_empty_env_file() -> None:
    assert load_settings([Path(os.devnull)], environ={}).stripe_secret_key is None
