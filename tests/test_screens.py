"""The screens of the README are what its commands say, in both languages, on a real IAHome."""

from __future__ import annotations

import re

import pytest

from tests.pages import folder_of
from tests.screens import FILES, Asked, is_true, renewed, run

SYSTEMS = ("Stripe", "site")
ASKING = ("doctor", "explain", "check-stripe", "migrate", "backfill", "reconcile", "repair", "verify", "undo")


@pytest.mark.postgrest
@pytest.mark.usefixtures("postgrest_binary")
@pytest.mark.parametrize("language", FILES)
def test_the_screens_are_what_the_commands_say(language: str) -> None:
    text = FILES[language].read_text(encoding="utf-8")
    assert text.count("```text\n$ iahome-fix ") > 8
    now, asked = run(language)
    assert now == text, f"make them anew with `python -m tests.screens {language}`, and look at them"
    assert said_to_be_asked(language) == {
        (command, system): asked.get((command, system), set()) for command in ASKING for system in SYSTEMS
    }


def said_to_be_asked(language: str) -> Asked:
    """What the page of the systems says: by which methods each command asks a system."""
    text = (folder_of(language) / "systems.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)[^|]*\| ([A-Z, –]+) \| ([A-Z, –]+) \|$", text, re.MULTILINE)
    return {
        (command, system): set(re.findall("[A-Z]+", methods))
        for command, *both in rows
        for system, methods in zip(SYSTEMS, both, strict=True)
    }


def test_what_is_left_out_may_be_anything_and_the_rest_may_not() -> None:
    said = "one\ntwo, which is\nlong\nthree\nfour\n"
    assert is_true("one\ntwo, which\nis long\nthree\nfour\n", said)
    assert is_true("one\n…\nfour\n", said)
    assert is_true("one\n…\n", said)
    assert not is_true("one\nfour\n", said)
    assert not is_true("one\n…\nfive\n", said)
    assert not is_true("one\n", said)


def test_a_screen_that_is_not_true_is_made_anew_with_as_many_lines() -> None:
    shown = "x\n\n```text\n$ iahome-fix doctor\nold\n…\nold\n```\n"
    asked: list[list[str]] = []

    def said(words: list[str]) -> str:
        asked.append(words)
        return "new in 20270101-010203-abcdef\n2\n3\nlast\n"

    made = renewed(shown, said)
    assert made == "x\n\n```text\n$ iahome-fix doctor\nnew in 20261123-124814-a5a770\n…\nlast\n```\n"
    assert asked == [["doctor"]]
    assert renewed(made, said) == made
