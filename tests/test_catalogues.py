"""The catalogues are complete, say the same as the source, and are compiled."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from iahome_fix.i18n import LANGUAGES, SOURCE
from tests import catalogues
from tests.catalogues import ids, strings

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

OTHERS = catalogues.languages()
UPDATE = "run: python -m tests.catalogues, translate what it names, and run it again"

_HOLE = re.compile(r"\{[^{}]*\}")
_FIXED = re.compile(r"`[^`]*`|--[a-z][a-z-]+|\b[A-Za-z]+_[A-Za-z_]+\b|\bpgrst\.\w+|https?://\w\S*")
"""What is typed, or named in code: it stays as it is in every language."""

_MAY_BE_SAID_IN_WORDS = {"service_role"}
_FIRM = "\u00a0"


@cache
def read(language: str) -> Catalog:
    return catalogues.read(language)


@cache
def source() -> Catalog:
    return catalogues.messages()


def sentences(language: str) -> list[Message]:
    return [message for message in read(language) if message.id]


def test_every_language_that_can_be_asked_for_has_a_catalogue() -> None:
    assert set(LANGUAGES) == {SOURCE, *OTHERS}
    assert "fr" in OTHERS


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_has_every_sentence_of_the_source_and_no_other(language: str) -> None:
    wanted = {ids(message) for message in source() if message.id}
    found = {ids(message) for message in sentences(language)}
    assert sorted(wanted - found) == [], UPDATE
    assert sorted(found - wanted) == [], UPDATE


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_has_a_translation(language: str) -> None:
    assert [ids(message)[0] for message in catalogues.untranslated(read(language))] == [], UPDATE
    assert [ids(message)[0] for message in sentences(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_typed_or_named_in_code_is_that_of_the_source(language: str) -> None:
    wrong = [
        (ids(message)[0], text)
        for message in sentences(language)
        for number, text in enumerate(strings(message))
        if not (
            _the_same(_HOLE, ids(message), text, number)
            and _the_same(_FIXED, ids(message), text, number)
            and _edges(ids(message)[0]) == _edges(text)
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    compiled = catalogues.file_of(language).with_suffix(".mo").read_bytes()
    assert compiled == catalogues.as_mo(read(language)), UPDATE


def test_in_french_a_blank_before_a_sign_is_one_at_which_no_line_ends() -> None:
    loose = re.compile(r" [:;?!»](?:$|[\s).,…])|« ")
    wrong = [text for message in sentences("fr") for text in strings(message) if loose.search(text)]
    assert wrong == []


def _the_same(pattern: re.Pattern[str], source: tuple[str, ...], text: str, number: int) -> bool:
    """Does the translation hold what the source holds? A singular may leave out what the plural counts."""
    found, allowed = set(pattern.findall(text)), {part for each in source for part in pattern.findall(each)}
    needed = set(pattern.findall(source[min(number, len(source) - 1)])) - _MAY_BE_SAID_IN_WORDS
    return needed <= found <= allowed | _MAY_BE_SAID_IN_WORDS


def _edges(text: str) -> tuple[bool, bool]:
    """Does it begin, or end, with a blank? A sign that asks for one before it has it of its own."""
    plain = text.removeprefix(_FIRM) if text[1:2] in (":", ";") else text
    return plain.startswith((" ", "\n")) and plain[1:2] not in (":", ";"), plain.endswith((" ", "\n"))
