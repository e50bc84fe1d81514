"""Env files that are no env files: one clear error, exit code 2, and nothing of what stands in them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.bad_support import COMMANDS, call, env_file, made_up

SECRET = made_up()
ASSIGNMENT = f'STRIPE_SECRET_KEY="sk_{"test"}_{SECRET}"\n'

UNUSABLE = {
    "binary": (bytes(range(256)) * 8 + ASSIGNMENT.encode(), "is not a text file"),
    "utf-16": (ASSIGNMENT.encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": (ASSIGNMENT.encode("utf-16-le"), "UTF-16"),
    "huge": (ASSIGNMENT.encode() + b"# " + b"x" * (1 << 20), "larger than 1 MB"),
    "empty": (b"", "no variable of the app is set"),
    "prose": (b"the keys are in the other drawer\n", "no variable of the app is set"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_file_that_cannot_be_used_is_one_error_that_names_it(kind: str, tmp_path: Path) -> None:
    content, words = UNUSABLE[kind]
    (tmp_path / "odd.env").write_bytes(content)

    done = call(tmp_path, "doctor", "--env-file", "odd.env", "--json", hidden=(SECRET,))
    assert done.code == 2
    assert words in done.error["message"]
    assert "odd.env" in done.error["message"] + done.error["hint"]
    assert done.document["verdict"] == "error"

    plain = call(tmp_path, "migrate", "--env-file", "odd.env", hidden=(SECRET,))
    assert (plain.code, plain.out) == (2, "")
    assert plain.err.startswith("error: ")
    assert "\nhint:" in plain.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_file_and_a_folder_are_told_apart(command: str, tmp_path: Path) -> None:
    (tmp_path / "folder.env").mkdir()
    for name, code, words in (
        ("gone.env", "env-file-missing", "does not exist"),
        ("folder.env", "env-file-folder", "is a folder"),
    ):
        done = call(tmp_path, command, "--env-file", name, "--json")
        assert (done.code, done.error["code"]) == (2, code)
        assert name in done.error["message"]
        assert words in done.error["message"]
    assert str(tmp_path) in call(tmp_path, command, "--env-file", "gone.env").err.replace("\n       ", "")


@pytest.mark.skipif(sys.platform == "win32", reason="a file without read permission is POSIX")
def test_a_file_that_may_not_be_read_is_one_error(tmp_path: Path) -> None:
    file = env_file(tmp_path, STRIPE_SECRET_KEY="sk_" + "test_" + SECRET)
    file.chmod(0)
    # Root reads everything, so the command lays that down when it has loaded what it needs.
    drop = (
        "import contextlib, io, os, sys; from iahome_fix.cli.entry import run\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    run(['doctor', '--env-file', 'gone.env', '--json'])\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "sys.exit(run(sys.argv[1:]))"
    )
    done = call(tmp_path, "doctor", "--env-file", str(file), "--json", hidden=(SECRET,), program=("-c", drop))
    assert (done.code, done.error["code"]) == (2, "env-file-unreadable")
    assert "Permission denied" in done.error["message"]


def test_a_half_written_file_is_read_as_the_app_reads_it_and_its_line_is_named(tmp_path: Path) -> None:
    elsewhere = "NEXT_PUBLIC_APP_URL=http://127.0.0.1:1\nSTRIPE_API_BASE=http://127.0.0.1:1\n"
    text = f'# keys\nSTRIPE_WEBHOOK_SECRET="whsec_{SECRET}\n{elsewhere}STRIPE_SECRET_KEY=sk_{"test"}_{SECRET}'
    (tmp_path / "half.env").write_text(text, encoding="utf-8")

    done = call(tmp_path, "doctor", "--env-file", "half.env", "--json", "--timeout", "1", hidden=(SECRET,))
    detail = {entry["id"]: entry["detail"] for entry in done.document["checks"]}["env.files"]
    assert done.status("env.files") == "fail"
    assert "half.env:2: " in detail

    plain = call(tmp_path, "migrate", "--env-file", "half.env", hidden=(SECRET,))
    assert "warning: half.env:2: " in plain.err, "a command that reports no checks says it, too"


@pytest.mark.parametrize("name", [".env.local", ".env"])
def test_an_unusable_file_of_the_app_itself_is_said_although_nobody_named_it(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(ASSIGNMENT.encode("utf-16"))
    done = call(tmp_path, "doctor", "--json", hidden=(SECRET,))
    assert (done.code, done.error["code"]) == (2, "no-configuration")
    assert f"{name} is UTF-16" in done.error["message"]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    text = f"\ufeffSUPABASE_DB_URL=postgresql://u:{SECRET}@127.0.0.1:1/app\r\nSTRIPE_API_BASE=http://127.0.0.1:1\r\n"
    (tmp_path / "windows.env").write_bytes(text.encode())
    done = call(tmp_path, "migrate", "--env-file", "windows.env", "--json", hidden=(SECRET,))
    assert done.document["target"]["database"] == "127.0.0.1:1/app"
    assert (done.code, done.error["message"]) == (3, "nothing listens at 127.0.0.1:1/app")


@pytest.mark.parametrize("command", ["migrate", "backfill", "doctor"])
@pytest.mark.parametrize("placeholder", ["[YOUR-PASSWORD]", "<password>", "your-password"])
def test_a_placeholder_for_the_password_is_named_before_anything_is_asked(
    command: str, placeholder: str, tmp_path: Path
) -> None:
    file = env_file(
        tmp_path,
        SUPABASE_DB_URL=f"postgresql://postgres:{placeholder}@db.example.test:5432/postgres",
        NEXT_PUBLIC_APP_URL="http://127.0.0.1:1",
    )
    done = call(tmp_path, command, "--env-file", str(file), "--json", "--timeout", "1")
    if command == "doctor":
        said = {entry["id"]: entry["detail"] for entry in done.document["checks"]}["supabase.database"]
        assert done.document["verdict"] != "healthy"
    else:
        said = done.error["message"]
        assert (done.code, done.error["code"]) == (2, "database-url")
        assert "Connect" in done.error["hint"]
    assert "placeholder" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that somebody stands in")
def test_a_folder_that_was_deleted_under_the_shell_is_one_error(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    leave = (
        f"import os, sys; os.rmdir({str(gone)!r}); from iahome_fix.cli.entry import run;"
        " sys.exit(run(sys.argv[1:]))"
    )
    for words, code in ((("doctor",), "no-folder"), (("doctor", "--env-file", "a.env"), "env-file-missing")):
        gone.mkdir(exist_ok=True)
        done = call(gone, *words, "--json", program=("-c", leave))
        assert (done.code, done.error["code"]) == (2, code)


@pytest.mark.parametrize("home", ["", "/nowhere/at/all", "relative"])
def test_a_strange_home_changes_nothing(home: str, tmp_path: Path) -> None:
    more = {"HOME": home, "USERPROFILE": home, "XDG_CACHE_HOME": home}
    done = call(tmp_path, "migrate", "--env-file", "gone.env", "--json", more=more)
    assert (done.code, done.error["code"]) == (2, "env-file-missing")
