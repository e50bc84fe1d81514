"""The question, as a person at a terminal meets it: yes, no, no answer, Ctrl-C; and what a terminal shows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.cli.bad_support import env_file
from tests.cli.terminal_support import ESCAPE, terminal

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")

TABLES = "select count(*) from pg_class where relname = 'module_access'"
PROMPT = "[y/N]:"


@pytest.fixture
def project(make_database: MakeDatabase, tmp_path: Path) -> tuple[str, tuple[str, str, str]]:
    """A database without module_access, and the arguments of `migrate` for it."""
    dsn = make_database("since", "awkward")
    return dsn, ("migrate", "--env-file", str(env_file(tmp_path, SUPABASE_DB_URL=dsn)))


def count(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(TABLES).fetchone()
    assert row is not None
    return int(row[0])


Project = tuple[str, tuple[str, str, str]]


def test_the_plan_comes_before_the_question_and_yes_applies_it(project: Project, tmp_path: Path) -> None:
    dsn, words = project
    with terminal(tmp_path, *words) as screen:
        screen.see(PROMPT)
        before = screen.plain
        assert before.startswith("target:")
        assert before.index("plan:") < before.index("Apply these 11 steps")
        assert count(dsn) == 0
        screen.press("maybe\n")
        screen.see("please answer with y or n")
        screen.press("y\n")
        assert screen.end() == 0
        assert "applied:" in screen.plain
    assert count(dsn) == 1


@pytest.mark.parametrize(
    ("keys", "code", "words"),
    [
        ("n\n", 0, "nothing was applied"),
        ("\n", 0, "nothing was applied"),
        ("\x04", 2, "nothing was applied: nobody answered"),
        ("\x03", 130, "interrupted; nothing was written"),
    ],
)
def test_anything_but_yes_applies_nothing(
    keys: str, code: int, words: str, project: Project, tmp_path: Path
) -> None:
    dsn, arguments = project
    with terminal(tmp_path, *arguments) as screen:
        screen.see(PROMPT)
        screen.press(keys)
        assert screen.end() == code
        assert words in screen.plain
        if code == 2:
            assert f"iahome-fix {' '.join(arguments)} --yes\n" in screen.plain, "the command to copy"
    assert count(dsn) == 0


@pytest.mark.parametrize("option", ["--no-input", "--json"])
def test_with_these_nobody_is_asked(option: str, project: Project, tmp_path: Path) -> None:
    dsn, words = project
    with terminal(tmp_path, *words, option) as screen:
        assert screen.end() == 2
        assert PROMPT not in screen.plain
        assert "--yes" in screen.plain
    assert count(dsn) == 0


def test_nobody_is_asked_about_a_plan_that_went_into_a_file(project: Project, tmp_path: Path) -> None:
    dsn, words = project
    with (
        (tmp_path / "plan.txt").open("wb") as file,
        terminal(tmp_path, *words, stdout=file.fileno()) as screen,
    ):
        assert screen.end() == 2
        assert "there is nobody to ask" in screen.plain
    assert "plan:" in (tmp_path / "plan.txt").read_text(encoding="utf-8")
    assert count(dsn) == 0


def test_the_width_of_the_terminal_is_used_and_words_stay_whole(project: Project, tmp_path: Path) -> None:
    _dsn, words = project
    for columns in (40, 80, 200):
        with terminal(tmp_path, *words, "--dry-run", columns=columns) as screen:
            assert screen.end() == 0
            lines = screen.plain.splitlines()
        plan = lines[lines.index("plan: 11 steps") :]
        plan = plan[: next(number for number, line in enumerate(plan) if line.startswith("nothing was"))]
        for line in plan:
            assert len(line) <= min(columns, 100) or " " not in line.strip(), line
        assert max(len(line) for line in plan) > min(columns, 100) * 0.7
        assert any("module_access" in line for line in plan), "a name in one piece"
        assert lines[-1].strip() == f"iahome-fix {' '.join(words)}", (
            "a command in one line, whatever the width"
        )


@pytest.mark.parametrize(
    ("more", "options", "colour"),
    [
        ({}, (), True),
        ({"NO_COLOR": "1"}, (), False),
        ({"NO_COLOR": ""}, (), True),
        ({}, ("--no-color",), False),
        ({"TERM": "dumb"}, (), False),
    ],
)
def test_colour_only_where_it_is_wanted(
    more: dict[str, str], options: tuple[str, ...], colour: bool, project: Project, tmp_path: Path
) -> None:
    _dsn, words = project
    with terminal(tmp_path, *words, "--dry-run", *options, more=more) as screen:
        assert screen.end() == 0
        assert bool(ESCAPE.search(screen.text)) is colour
        assert "\x1b" not in ESCAPE.sub("", screen.text), "no other sequences either"
