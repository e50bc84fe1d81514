"""`help`, its topics and examples, the version, and what the shell completes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from iahome_fix import __version__
from iahome_fix.cli import completion
from iahome_fix.cli.app import app
from iahome_fix.cli.help_texts import EXIT_CODES, OF_EXIT_CODES, TEXTS
from tests.commands import as_process, call

COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
LINES = [(name, line) for name, text in TEXTS.items() for line in text.examples]


@pytest.mark.parametrize(
    ("words", "same_as"),
    [
        (("help",), ("--help",)),
        (("help", "doctor"), ("doctor", "--help")),
        (("--lang", "en", "help", "undo"), ("undo", "--help")),
    ],
)
def test_help_is_a_word_as_well(words: tuple[str, ...], same_as: tuple[str, ...], tmp_path: Path) -> None:
    said, expected = call(tmp_path, *words), call(tmp_path, *same_as)

    assert (said.code, said.out) == (0, expected.out)
    assert said.out.startswith("Usage: ")


def test_the_exit_codes_have_a_page_of_their_own(tmp_path: Path) -> None:
    done = call(tmp_path, "help", "exit-codes")

    assert done.code == 0
    assert all(re.search(rf"^  {code} ", done.out, re.MULTILINE) for code, _meaning in EXIT_CODES)
    assert all(line in done.out for line in OF_EXIT_CODES)


def test_help_about_nothing_that_there_is_names_what_comes_near(tmp_path: Path) -> None:
    done = call(tmp_path, "help", "docter")

    assert done.code == 2
    assert "doctor" in done.err


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_has_a_short_option(option: str, tmp_path: Path) -> None:
    assert call(tmp_path, option).out == f"iahome-fix {__version__}\n"


def test_every_command_has_examples() -> None:
    assert TEXTS.keys() == COMMANDS.keys()
    assert {name for name, text in TEXTS.items() if len(text.examples) < 2} <= {"demo", "sandbox"}


@pytest.mark.parametrize(("command", "line"), LINES)
def test_an_example_has_only_what_there_is(command: str, line: str) -> None:
    own = re.search(r"iahome-fix [^|>&;#]*", line)
    assert own is not None
    name, *words = shlex.split(own[0])[1:]
    assert name == command
    known = {one for param in COMMANDS[name].params for one in (*param.opts, *param.secondary_opts)}
    assert [word for word in words if word.startswith("-") and word not in known] == []
    assert len(line) <= 78, "on a terminal of 80 in one line"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_value_has_a_word_that_says_something(command: str) -> None:
    for param in COMMANDS[command].params:
        if not getattr(param, "is_flag", False):
            assert param.metavar or param.name in ("email", "folder"), param.opts


@pytest.mark.parametrize(
    ("complete", "typed", "found"),
    [
        (completion.checks_and_links, "sch", "schema"),
        (completion.checks, "schema.mo", "schema.modules"),
        (completion.languages, "f", "fr"),
        (completion.fail_on, "ne", "never"),
        (completion.formats, "", "junit"),
        (completion.profiles, "mod", "module_access"),
        (completion.roles, "", "anon"),
    ],
)
def test_values_are_completed(complete: Any, typed: str, found: str) -> None:
    words = complete(typed)

    assert found in words
    assert all(word.startswith(typed) for word in words)


def test_the_shell_is_given_the_values(tmp_path: Path) -> None:
    asked = {
        "_IAHOME_FIX_COMPLETE": "complete_bash",
        "COMP_WORDS": "iahome-fix doctor --fail-on ",
        "COMP_CWORD": "3",
    }
    assert set(as_process(tmp_path, more=asked).out.split()) == {"never", "fail", "unknown", "warn"}
