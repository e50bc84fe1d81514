"""Wrapping and simpler characters: nothing is lost, nothing is too wide, commands stay in one piece."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iahome_fix.output.wrapping import commands_firm, firm, harmless, showable, split_command, wrap

WORDS = st.lists(st.text("abé…-/", min_size=1, max_size=30), max_size=30)


@given(WORDS, st.integers(5, 60), st.integers(0, 20))
def test_every_word_is_kept_in_order_and_no_line_is_too_wide(
    words: list[str], width: int, taken: int
) -> None:
    lines = wrap(" ".join(words), width, taken)
    assert " ".join(lines).split() == words
    for number, line in enumerate(lines):
        room = width - (taken if number == 0 else 0)
        assert len(line) <= room or " " not in line.strip()


def test_characters_of_two_cells_count_twice() -> None:
    assert wrap("漢字 漢字 ab", 7) == ["漢字", "漢字 ab"]


@given(st.text(max_size=60), st.sampled_from(["ascii", "cp1252", "latin-1", "utf-8"]))
def test_every_text_can_be_shown_in_every_character_set(text: str, encoding: str) -> None:
    text = text.encode("utf-8", "ignore").decode("utf-8")
    showable(text, encoding).encode(encoding)
    if encoding == "utf-8":
        assert showable(text, encoding) == text


def test_what_has_no_place_is_said_more_simply() -> None:
    assert showable("clé … → ≤ 9,90 €", "ascii") == "cle ... -> <= 9,90 EUR"
    assert showable("clé …", "cp1252") == "clé …"


@given(st.text(max_size=60))
def test_nothing_steers_a_terminal(text: str) -> None:
    cleaned = harmless(text)
    assert all(c == "\n" or c.isprintable() or ord(c) > 0x9F for c in cleaned)
    assert "\u202e" not in cleaned


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("run iahome-fix migrate --env-file a.env, then look", "iahome-fix migrate --env-file a.env"),
        ("see iahome-fix backfill --list --dry-run", "iahome-fix backfill --list --dry-run"),
        ("with iahome-fix doctor", "iahome-fix doctor"),
    ],
)
def test_a_command_in_a_sentence_stays_in_one_piece(text: str, whole: str) -> None:
    assert firm(whole) in commands_firm(text)
    assert any(whole in line for line in wrap(commands_firm(text), 8))


def test_a_command_at_the_end_of_a_hint_is_told_apart() -> None:
    assert split_command("first this: iahome-fix migrate --env-file 'a b.env'") == (
        "first this",
        "iahome-fix migrate --env-file 'a b.env'",
    )
    for sentence in ("iahome-fix doctor says which", "no command: nothing", "see: iahome"):
        assert split_command(sentence) == (sentence, None)
