"""Wrong words on the command line: exit code 2, a sentence, where to look; one document with --json."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.bad_support import COMMANDS, call

MISTAKES = {
    ("docter",): "Did you mean 'doctor'?",
    ("doctor", "--no-such-option"): "No such option: --no-such-option",
    ("doctor", "surplus"): "surplus",
    ("doctor", "--timeout", "abc"): "--timeout",
    ("doctor", "--timeout", "0"): "--timeout",
    ("doctor", "--timeout", "nan"): "--timeout",
    ("doctor", "--timeout"): "--timeout",
    ("doctor", "--env-file"): "--env-file",
    ("migrate", "--yes=1"): "--yes",
    ("doctor", "--from", "later"): "'--from': 'later' is not one of",
    ("migrate", "--lang", "xx"): "en, fr",
    ("--env-file", "a.env", "doctor"): "--env-file",
    ("-v", "backfill"): "-v",
}


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_sentence_and_where_to_look(words: tuple[str, ...], tmp_path: Path) -> None:
    done = call(tmp_path, *words)
    assert (done.code, done.out) == (2, "")
    said = " ".join(done.err.split())
    assert said.startswith("error: ")
    assert MISTAKES[words] in said
    if "--lang" not in words:
        assert "iahome-fix" in said.partition("hint:")[2]
    if words[0].startswith("-"):
        assert "options stand behind the command" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_with_json_a_mistake_is_a_whole_document(command: str, tmp_path: Path) -> None:
    wrong = call(tmp_path, command, "--json", "--no-such-option")
    right = call(tmp_path, command, "--json")  # without any configuration: the same keys
    assert (wrong.code, wrong.error["code"]) == (2, "usage")
    assert (right.code, right.error["code"]) == (2, "no-configuration")
    assert wrong.document.keys() == right.document.keys()
    assert wrong.document["command"] == command
    assert wrong.document["verdict"] == "error"


@pytest.mark.parametrize("words", [("--json",), ("--json", "doctor"), ("nothing", "--json"), ("--json=yes",)])
def test_with_json_in_the_wrong_place_it_is_a_document_as_well(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = call(tmp_path, *words)
    assert (done.code, done.error["code"], done.err) == (2, "usage", "")
    assert done.document["command"] == ("doctor" if "doctor" in words else None)


def test_nothing_at_all_shows_the_help(tmp_path: Path) -> None:
    bare, asked = call(tmp_path), call(tmp_path, "--help")
    assert (bare.code, bare.out, bare.err) == (0, asked.out, "")


@pytest.mark.parametrize("words", [("migrate", "--help"), ("-h",)])
@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_help_fits_and_says_what_it_writes_an_example_and_the_exit_codes(
    words: tuple[str, ...], columns: str, tmp_path: Path
) -> None:
    done = call(tmp_path, *words, more={"COLUMNS": columns, "PYTHONIOENCODING": "ascii"})
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert done.out.isascii()
    copied = "  iahome-fix "  # a command stays in one line, and a word in one piece
    wrapped = [line for line in lines if not line.startswith(copied) and " " in line.strip()]
    assert max(len(line) for line in wrapped) <= min(int(columns), 100)
    for code in ("0", "1", "2", "3", "4", "130"):
        assert any(line.startswith(f"  {code} ") for line in lines)
    assert "Start here" in done.out or ("Writes: " in done.out and "Examples:" in done.out)
    assert any(line.startswith(copied) for line in lines)
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize("command", ["doctor", "check-stripe", "migrate", "backfill", "demo", "sandbox"])
def test_every_command_is_in_the_list_with_all_of_its_first_sentence(command: str, tmp_path: Path) -> None:
    listed = " ".join(call(tmp_path, "--help").out.split())
    page = call(tmp_path, command, "--help").out
    first = " ".join(page.split("\n\n")[1].split())
    assert f"{command} {first}" in listed
    assert "…" not in first
