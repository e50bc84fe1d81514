"""The file of a page: all of it or nothing, whatever is in the way."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iahome_fix.output.page.file import require_place, write


def test_it_is_written_whole_for_its_owner_alone_and_nothing_is_left_beside(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("before", encoding="utf-8")
    require_place(file, "befo")
    assert file.read_text(encoding="utf-8") == "before"
    write(file, "äfter\r\n")
    assert file.read_bytes() == "äfter\r\n".encode()
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_a_link_leads_to_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "page.html").touch()
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "there" / "page.html")
    write(link, "x")
    assert link.is_symlink()
    assert (tmp_path / "there" / "page.html").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("name", ["folder", "missing/x.html", "file/x.html", "pipe", "\0.html", "lost"])
def test_a_place_where_nothing_can_be_written_is_known_before(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "lost").symlink_to(tmp_path / "nowhere" / "x")
    if name == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("there are no pipes by name here")
        os.mkfifo(tmp_path / "pipe")
    before = sorted(os.listdir(tmp_path))  # noqa: PTH208
    with pytest.raises(OSError, match=r".") as early:
        require_place(tmp_path / name, "x")
    with pytest.raises(OSError, match=r".") as late:
        write(tmp_path / name, "x")
    assert early.value.strerror
    assert early.value.strerror == late.value.strerror
    assert sorted(os.listdir(tmp_path)) == before  # noqa: PTH208


@contextmanager
def nobody() -> Iterator[None]:
    """Without the rights of root, where the tests have them."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="folders are forbidden otherwise there")
def test_a_forbidden_folder_is_known_before_and_stays_as_it_is(short_folder: Path) -> None:
    folder = short_folder / "forbidden"
    folder.mkdir()
    (folder / "report.html").write_text("befo", encoding="utf-8")
    folder.chmod(0o555)
    with nobody():
        for name in ("report.html", "new.html"):
            with pytest.raises(PermissionError) as early:
                require_place(folder / name, "befo")
            with pytest.raises(PermissionError) as late:
                write(folder / name, "x")
            assert early.value.strerror == late.value.strerror == "Permission denied"
    folder.chmod(0o755)
    assert [path.name for path in folder.iterdir()] == ["report.html"]
    assert (folder / "report.html").read_text(encoding="utf-8") == "befo"


def test_what_this_tool_did_not_write_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("# My shop", encoding="utf-8")
    with pytest.raises(OSError, match="this tool did not write"):
        require_place(file, "<!-- marker -->")
    file.write_text("", encoding="utf-8")
    require_place(file, "<!-- marker -->")
    assert file.read_text(encoding="utf-8") == ""


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file of this process may grow beyond `most` bytes, as on a disk that is full."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("the last one", encoding="utf-8")
    with full_disk(1_000), pytest.raises(OSError, match=r".") as failure:
        write(file, "x" * 100_000)
    assert failure.value.errno == errno.EFBIG
    assert file.read_text(encoding="utf-8") == "the last one"
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208
