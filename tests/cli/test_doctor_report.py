"""`doctor --report`: where the page goes, what is wrong with the place, and what the exit code is then."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from tests.commands import Done, call
from tests.output.test_page_file import full_disk, nobody


@pytest.fixture
def env(tmp_path: Path) -> tuple[str, str]:
    """An env file with which the link env can be judged; no system is asked by it."""
    file = tmp_path / "shop.env"
    file.write_text("NEXT_PUBLIC_APP_URL=http://127.0.0.1:9\n", encoding="utf-8")
    return ("--env-file", str(file))


def doctor(folder: Path, env: tuple[str, str], *words: str) -> Done:
    return call(folder, "doctor", *env, "--only", "env.files", *words)


def test_a_run_without_payments_makes_a_page_and_an_empty_list(tmp_path: Path, env: tuple[str, str]) -> None:
    done = doctor(tmp_path, env, "--report", "r.HTM", "--report-customers", "c.csv", "--lang", "fr")
    assert done.code == 0
    text = (tmp_path / "r.HTM").read_text(encoding="utf-8")
    assert "env.files" in text
    assert "supabase.key" not in text
    assert (tmp_path / "c.csv").read_text(encoding="utf-8-sig").count("\n") == 1
    assert "r.HTM" in done.err
    if os.name == "posix":
        assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("r.HTM", "c.csv")} == {0o600}
    quiet = doctor(tmp_path, env, "--report", "r.html", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert doctor(tmp_path, env, "--json").document["report"] is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--report", "page.pdf"), "report-file", ".html, .md; page.pdf is neither"),
        (("--report", "page"), "report-file", "neither"),
        (("--report", "."), "report-file", "; . is neither"),
        (("--report", "folder.html"), "report-file", "it is a folder, not a file"),
        (("--report", "missing/page.html"), "report-file", "No such file or directory"),
        (("--report-customers", "shop.env/c.csv"), "report-file", "Not a directory"),
        (("--report", "a.html", "--report-customers", "a.html"), "report-file", "two files"),
        (("--report", "mine.md"), "report-file", "a file is there that this tool did not write"),
        (("--report", "a.html", "--watch", "5"), "usage", "--watch"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(
    tmp_path: Path, env: tuple[str, str], words: tuple[str, ...], code: str, said: str
) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "mine.md").write_text("# My notes\n", encoding="utf-8")
    before = {path.name for path in tmp_path.iterdir()}
    # Without --only: were anything asked, this would take its time.
    done = call(tmp_path, "doctor", *env, *words, "--json")
    assert (done.code, done.error["code"]) == (2, code)
    assert said in done.error["message"]
    assert done.document["checks"] == []
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="folders are forbidden otherwise there")
def test_a_forbidden_place_is_said_before_anything_is_asked(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = short_folder / "report"
    (folder / "forbidden").mkdir(parents=True)
    (folder / "forbidden").chmod(0o555)
    (folder / "shop.env").write_text("NEXT_PUBLIC_APP_URL=http://127.0.0.1:9\n", encoding="utf-8")
    words = ("--env-file", "shop.env", "--report", "forbidden/r.html", "--json")
    # Once as whoever runs the tests: what is imported late may lie where another user does not get.
    call(folder, "doctor", *words, "--only", "env.files")
    (folder / "forbidden" / "r.html").unlink(missing_ok=True)
    monkeypatch.chdir(folder)
    with nobody():
        done = call(folder, "doctor", *words)
    assert (done.code, done.error["code"]) == (2, "report-file")
    assert "forbidden/r.html cannot be written: Permission denied" in done.error["message"]
    assert "in which you may write" in done.error["hint"]
    assert list((folder / "forbidden").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_a_disk_that_is_full_by_then_costs_the_page_and_not_the_report(
    tmp_path: Path, env: tuple[str, str]
) -> None:
    with full_disk(2_000):
        done = doctor(tmp_path, env, "--report", "r.html")
        document = doctor(tmp_path, env, "--report", "r.html", "--json").document
    assert done.code == 3
    assert "HEALTHY" in done.out
    assert "r.html cannot be written: File too large" in done.err
    assert (document["verdict"], document["report"]) == ("healthy", None)
    assert document["error"]["code"] == "report-file"
    assert not (tmp_path / "r.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.env"]
