"""Consoles of every kind: character sets, widths, closed pipes, full disks, streams that are not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.bad_support import TcpServer, call, env_file, environment, made_up, postgres_saying

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase

ENCODINGS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""},
}
NOWHERE = {
    "NEXT_PUBLIC_APP_URL": "http://127.0.0.1:1",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
    "STRIPE_SECRET_KEY": "sk_" + "test_" + made_up(),
}


@pytest.fixture
def project(make_database: MakeDatabase, tmp_path: Path) -> tuple[str, ...]:
    """Options for a project whose table is missing; nothing else of it is there."""
    dsn = make_database("since", "awkward")
    return ("--env-file", str(env_file(tmp_path, SUPABASE_DB_URL=dsn, **NOWHERE)), "--timeout", "2")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", ["doctor", "migrate"])
def test_every_character_set_shows_the_same_words(
    command: str, encoding: str, project: tuple[str, ...], tmp_path: Path
) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "iahome_fix", command, *project, "--dry-run", "--verbose"],
        cwd=tmp_path,
        env=environment(ENCODINGS[encoding]),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    wanted = "ascii" if encoding == "C" else encoding
    text = shown.stdout.decode(wanted, errors="surrogateescape" if encoding == "C" else "strict")
    said = shown.stderr.decode(wanted, errors="surrogateescape" if encoding == "C" else "strict")
    assert "Traceback" not in said
    assert shown.returncode == (1 if command == "doctor" else 0)
    if command == "doctor":
        assert "\nBROKEN: " in text
        assert ("✗ schema.module-access" if encoding == "utf-8" else "x schema.module-access") in text
    if encoding != "utf-8":
        assert "�" not in text
        assert "???" not in text
    if wanted == "ascii":
        assert text.isascii()


def test_json_is_the_same_in_every_character_set(tmp_path: Path) -> None:
    (tmp_path / "clé.env").write_bytes(b"\0")
    for variables in ENCODINGS.values():
        done = call(tmp_path, "doctor", "--env-file", "clé.env", "--json", more=variables)
        assert done.out.isascii()
        assert (done.code, done.error["code"]) == (2, "env-file-binary")


@pytest.mark.parametrize("columns", ["40", "80", "0", "-5", "wide", "100000"])
def test_without_a_terminal_lines_fit_the_width_that_was_asked_for(
    columns: str, project: tuple[str, ...], tmp_path: Path
) -> None:
    done = call(tmp_path, "doctor", *project, more={"COLUMNS": columns})
    width = {"40": 40, "100000": 100}.get(columns, 80)
    for line in done.out.splitlines():
        assert line == line.rstrip()
        assert "\x1b" not in line
        whole = "iahome-fix" in line or " " not in line.strip()
        assert len(line) <= width or whole, line


def test_twenty_lines_say_what_is_wrong_and_what_to_type_and_the_links_stand_above_when_asked_for(
    project: tuple[str, ...], tmp_path: Path
) -> None:
    done = call(tmp_path, "doctor", *project)
    lines = done.out.splitlines()
    assert len(lines) <= 20, "with the target above and a prompt below it fits 24 lines"
    assert lines[0].startswith("BROKEN: ")
    assert any(line.startswith("cause    ") for line in lines)
    target = " ".join(project[:2])
    end = lines[next(number for number, line in enumerate(lines) if line.startswith("next")) :]
    assert end[1] == f"  iahome-fix migrate {target}"
    assert " ".join(end[2:]) == f"or all of it with one question: iahome-fix repair {target}"
    whole = call(tmp_path, "doctor", *project, "--details").out.splitlines()
    assert whole[-len(end) :] == end
    assert any(line.startswith("✗ schema") for line in whole[: -len(lines)])


@pytest.mark.skipif(sys.platform == "win32", reason="a shell with head")
@pytest.mark.parametrize("command", ["doctor", "migrate"])
def test_a_reader_that_has_had_enough_changes_nothing(
    command: str, project: tuple[str, ...], tmp_path: Path
) -> None:
    words = [sys.executable, "-m", "iahome_fix", command, *project, "--dry-run", "--verbose"]
    with subprocess.Popen(
        words, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(5)
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(60) == (1 if command == "doctor" else 0)
    assert "Traceback" not in said
    assert "Broken" not in said
    assert "Exception" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are closed the POSIX way")
def test_a_plan_is_applied_in_full_although_nobody_reads_on(project: tuple[str, ...], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "iahome_fix", "migrate", *project, "--yes"],
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert call(tmp_path, "migrate", *project, "--json").document["verdict"] == "nothing-to-do"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_full_disk_is_said_and_is_no_success(
    options: tuple[str, ...], project: tuple[str, ...], tmp_path: Path
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "iahome_fix", "migrate", *project, "--dry-run", *options],
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    said = " ".join(done.stderr.decode().split())
    assert done.returncode == 3
    assert "could not be written to stdout: No space left on device" in said
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are closed the POSIX way")
@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_a_process_without_its_streams_works_all_the_same(
    closed: str, project: tuple[str, ...], tmp_path: Path
) -> None:
    words = subprocess.list2cmdline([sys.executable, "-m", "iahome_fix", "migrate", *project])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{words} {closed}"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, "it is asked of nobody, and --yes was not given"
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr
    if "2>&-" not in closed:
        assert b"--yes" in done.stderr


def test_what_a_server_says_cannot_steer_the_terminal_nor_show_a_secret(tmp_path: Path) -> None:
    secret = made_up()
    text = f"\x1b]0;owned\x07\x1b[2J\u202eodd answer for a.person@example.test at postgres://u:{secret}@h/db"
    with TcpServer(postgres_saying("XX000", text)) as server:
        file = env_file(tmp_path, SUPABASE_DB_URL=server.dsn(secret))
        hidden = (secret, "a.person@example.test", "\x1b", "\u202e", "\x07")
        done = call(tmp_path, "migrate", "--env-file", str(file), hidden=hidden)
        document = call(tmp_path, "migrate", "--env-file", str(file), "--json", hidden=hidden)
    assert "odd answer for" in " ".join(done.err.split())
    assert (done.code, document.code) == (3, 3)
