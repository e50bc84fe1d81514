"""What a person got wrong in an env file is named by line, and never quoted."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import pytest

from iahome_fix.errors import UsageError
from iahome_fix.settings import FileProblem, load_settings, require_something

Found = list[tuple[int | None, bool]]


def problems(folder: Path, text: str | bytes, name: str = ".env") -> tuple[FileProblem, ...]:
    (folder / name).write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return load_settings(folder=folder, environ={}).problems


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n  \n",
        "A=1\n# comment\n  # another\nexport B=2\n",
        "A=\nB=''\n",
        "A: one\n",
        "A\n=one\n",
        "A=\n'one'\n",
        "A='x\nwithout equal\n'\n",
        "A=`x\nwithout equal\n`\nB=1\n",
        'A="x\nwithout equal\n" # c\n',
        "\ufeffA=1\r\nB=2\r\n",
        "A=it's\n",
        'A="a # b" # c\n',
        "A=one # two\n",
        "A='x'#c\n",
    ],
)
def test_nothing_to_say(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == ()


@pytest.mark.parametrize(
    ("text", "expected", "word"),
    [
        ("A=1\njust words\nB=2\n", [(2, False)], "no ="),
        ("\n\nSTRIPE_SECRET_KEY\n", [(3, True)], "no ="),
        ("export STRIPE_SECRET_KEY\n", [(1, True)], "no ="),
        ("STRIPE_SECRET_KEY value\n", [(1, True)], "no ="),
        ("clé=1\n", [(1, False)], "cannot read"),
        ("'STRIPE_SECRET_KEY'=1\n", [(1, True)], "cannot read"),
        ("STRIPE_SECRET_KEY+=1\n", [(1, True)], "cannot read"),
        ("A B=1\n", [(1, False)], "cannot read"),
        ('A="one\n', [(1, False)], "quote"),
        ("STRIPE_SECRET_KEY='one\n", [(1, True)], "quote"),
        ("STRIPE_SECRET_KEY=`one\n", [(1, True)], "quote"),
        ('STRIPE_SECRET_KEY="one" two\n', [(1, True)], "quote"),
        ("A=one#two\n", [(1, False)], "first #"),
        ("A=#two\n", [(1, False)], "first #"),
        ("A=1\nB=$B\n", [(2, True)], "own variable"),
    ],
)
def test_names_the_line(tmp_path: Path, text: str, expected: Found, word: str) -> None:
    found = problems(tmp_path, text)
    assert [(p.line, p.serious) for p in found] == expected
    assert all(word in p.message for p in found)


def test_a_key_over_several_lines_is_one_problem(tmp_path: Path) -> None:
    lines = "\n".join(secrets.token_hex(20) for _line in range(9))
    found = problems(tmp_path, f"KEY=-----BEGIN\n{lines}\n\nSTRIPE_SECRET_KEY\n")
    assert [p.line for p in found] == [2, 12]


def test_a_broken_known_variable_is_named_even_after_another_broken_line(tmp_path: Path) -> None:
    assert [p.line for p in problems(tmp_path, "some words\nSTRIPE_SECRET_KEY\n")] == [1, 2]


def test_a_key_pasted_alone_is_not_shown(tmp_path: Path) -> None:
    key = "wh" + "sec_" + secrets.token_hex(16)
    found = problems(tmp_path, f"{key}\n'{key}'=1\nA=\"{key}\n")
    assert found
    assert key not in repr(found)


def test_not_utf_8(tmp_path: Path) -> None:
    assert [(p.line, p.serious) for p in problems(tmp_path, "A=1\n# é\nB=2\n".encode("latin-1"))] == [
        (2, False)
    ]
    known = "A=1\nSTRIPE_SECRET_KEY=é\n".encode("latin-1")
    assert [(p.line, p.serious) for p in problems(tmp_path, known)] == [(2, True)]
    assert load_settings(folder=tmp_path, environ={}).text("STRIPE_SECRET_KEY") == "\ufffd"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"A=1\n\x00\x01", "not a text file"),
        ("STRIPE_SECRET_KEY=1\n".encode("utf-16"), "UTF-16"),
        (b"A=" + b"x" * (1 << 20), "not a text file"),
    ],
)
def test_binary(tmp_path: Path, content: bytes, word: str) -> None:
    (found,) = problems(tmp_path, content)
    assert found.line is None
    assert found.serious
    assert word in found.message
    with pytest.raises(UsageError, match=word) as error:
        load_settings([tmp_path / ".env"], environ={})
    assert error.value.code == "env-file-binary"


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / ".env.local").write_text("A=1\n", encoding="utf-8")
    settings = load_settings(folder=tmp_path, environ={})
    (found,) = settings.problems
    assert (found.path, found.serious) == (str(tmp_path / ".env"), False)
    assert "folder" in found.message
    assert settings.files_read == (str(tmp_path / ".env.local"),)


@pytest.mark.skipif(sys.platform == "win32", reason="links need special rights there")
def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.symlink_to(file)
    (found,) = load_settings(folder=tmp_path, environ={}).problems
    assert found.serious
    assert "cannot be read" in found.message
    with pytest.raises(UsageError) as error:
        load_settings([file], environ={})
    assert error.value.code == "env-file-unreadable"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_is_read(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"STRIPE_SECRET_KEY=x\n")
    os.close(write_end)
    try:
        assert load_settings([Path(f"/dev/fd/{read_end}")], environ={}).stripe_secret_key == "x"
    finally:
        os.close(read_end)


@pytest.mark.parametrize(("name", "code"), [("nothing", "env-file-missing"), (".", "env-file-folder")])
def test_a_given_file_must_be_there(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(UsageError) as error:
        load_settings([tmp_path / name], environ={"STRIPE_SECRET_KEY": "x"})
    assert error.value.code == code
    assert error.value.exit_code == 2
    assert str(tmp_path / name) in error.value.message
    assert "--env-file" in (error.value.hint or "")


def test_a_path_that_cannot_be_a_path(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        load_settings([tmp_path / "a\0b"], environ={})
    assert error.value.code == "env-file-unreadable"


def test_no_configuration(tmp_path: Path) -> None:
    settings = load_settings(
        folder=tmp_path, environ={"HOME": "x", "NEXT_PUBLIC_OTHER": "y", "STRIPE_API_KEY": " "}
    )
    with pytest.raises(UsageError, match="no configuration") as error:
        require_something(settings)
    assert error.value.code == "no-configuration"
    hint = error.value.hint or ""
    for word in (".env.production.local", ".env.local", ".env.production", str(tmp_path), "--env-file"):
        assert word in hint


@pytest.mark.parametrize("name", ["STRIPE_API_KEY", "SUPABASE_URL", "IAHOME_FIX_NO_DATA_API"])
def test_one_variable_is_a_configuration(tmp_path: Path, name: str) -> None:
    require_something(load_settings(folder=tmp_path, environ={name: "x"}))
