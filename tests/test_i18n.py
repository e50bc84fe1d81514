"""Which language is spoken, and how it writes amounts, moments and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from gettext import NullTranslations
from pathlib import Path

import pytest

from iahome_fix import figures, i18n
from iahome_fix.checks.money import amounts
from iahome_fix.cli.lang import asked_for, lang_behind
from iahome_fix.i18n import N_, chosen, rendered
from iahome_fix.repairs.patience import NOT_KEPT, not_kept, refused
from iahome_fix.systems.database_errors import SqlError
from tests.commands import call

AT = datetime(2026, 11, 30, 14, 14, 9, tzinfo=UTC)


class French(NullTranslations):
    """A catalogue without sentences, whose language is French."""

    def info(self) -> dict[str, str]:
        return {"language": "fr"}

    def gettext(self, message: str) -> str:
        return {"{day} at {time} UTC": "{day} à {time} UTC", "no {what} here": "pas de {what} ici"}.get(
            message, message
        )


@pytest.fixture
def french() -> Iterator[None]:
    i18n.install(French())
    yield
    i18n.install(NullTranslations())


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "fr_CA@euro"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, "fr"),
        ({"LANG": "xx_YY.UTF-8"}, "en"),
        ({"LANG": "../../etc"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:fr:en"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "en:fr"}, "en"),
        ({"LANG": "C", "LANGUAGE": "fr"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "fr"}, "fr"),
    ],
)
def test_the_environment_chooses_the_language_as_gettext_does(environ: dict[str, str], expected: str) -> None:
    assert chosen(environ) == expected


def test_on_windows_the_user_interface_chooses_where_no_variable_does() -> None:
    assert chosen({}, windows="fr_FR") == "fr"
    assert chosen({"LANG": "en_US.UTF-8"}, windows="fr_FR") == "en"


@pytest.mark.parametrize(
    ("words", "behind"),
    [
        (["--lang", "fr", "doctor", "-q"], ["doctor", "--lang", "fr", "-q"]),
        (["--lang=fr", "doctor"], ["doctor", "--lang=fr"]),
        (["--lang", "fr", "--help"], ["--lang", "fr", "--help"]),
        (["--lang", "fr"], ["--lang", "fr"]),
        (["--lang"], ["--lang"]),
        (["doctor", "--lang", "fr"], ["doctor", "--lang", "fr"]),
    ],
)
def test_a_language_before_the_command_is_one_of_the_command(words: list[str], behind: list[str]) -> None:
    assert lang_behind(words) == behind


def test_of_two_languages_the_last_one_counts() -> None:
    assert asked_for(lang_behind(["--lang", "fr", "doctor", "--lang", "en"])) == "en"
    assert asked_for(["doctor", "--lang=fr"]) == "fr"
    assert asked_for(["doctor"]) is None


def test_an_unknown_language_before_the_command_is_told_like_one_behind_it(tmp_path: Path) -> None:
    before, behind = (
        call(tmp_path, *words) for words in (("--lang", "xx", "doctor"), ("doctor", "--lang=xx"))
    )

    assert before.code == behind.code == 2
    assert before.err == behind.err
    assert "en, fr" in before.err


def test_amounts_moments_and_numbers_in_english_are_those_of_commands() -> None:
    assert amounts({"eur": 990, "jpy": 1200}) == "9.90 EUR + 1200 JPY"
    assert (figures.minute(AT), figures.minute(AT, zone=True)) == ("2026-11-30 14:14", "2026-11-30 14:14 UTC")
    assert (figures.day(AT), figures.second(AT)) == ("2026-11-30", "2026-11-30 14:14:09")
    assert figures.number(12345) == "12,345"


@pytest.mark.usefixtures("french")
def test_amounts_moments_and_numbers_in_french() -> None:
    assert amounts({"eur": 990}) == "9,90\u00a0€"
    assert amounts({"jpy": 1200, "kwd": 1500}) == "1\u202f200\u00a0JPY + 1,500\u00a0KWD"
    assert figures.minute(AT) == figures.minute(AT, zone=True) == "30 nov. 2026 à 14:14 UTC"
    assert figures.minute(AT.astimezone(timezone(timedelta(hours=2)))) == "30 nov. 2026 à 14:14 UTC"
    assert figures.second(AT) == "30 nov. 2026 à 14:14:09 UTC"
    assert figures.number(12345) == "12\u202f345"
    first = AT.replace(month=9, day=1)
    assert (figures.day(first), figures.day_of_year(first)) == ("1er sept. 2026", "1er sept.")
    assert figures.day(AT.replace(day=11)) == "11 nov. 2026"


def test_what_the_tools_own_statements_raise_is_told_in_the_language() -> None:
    vanished = SqlError(NOT_KEPT, "3 accesses were written and are not there")
    strangers = SqlError("P0001", "module_access holds module ids that modules does not have: 7, 9")
    i18n.use_language("fr")
    try:
        told = (not_kept(vanished, "module_access").message, refused(strangers).message)
    finally:
        i18n.install(NullTranslations())
    assert "(3 accès ont été écrits et ne sont pas là)" in told[0]
    assert "des identifiants de modules que modules n'a pas\u00a0: 7, 9" in told[1]


@pytest.mark.usefixtures("french")
def test_what_was_put_together_elsewhere_is_told_in_the_language() -> None:
    templates = (N_("no {what} here"),)
    assert rendered("no column (a, b) here", templates) == "pas de column (a, b) ici"
    assert rendered("integer", templates) == "integer"


def test_the_next_command_keeps_a_language_that_was_asked_for_and_no_other(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("NEXT_PUBLIC_APP_URL=nope\n", encoding="utf-8")
    french = {"LC_ALL": "fr_FR.UTF-8", "LANGUAGE": ""}
    for words in (("doctor", "--only", "env"), ("doctor", "--only", "env", "--brief"), ("checks",)):
        asked = call(tmp_path, "--lang", "fr", *words)
        by_locale = call(tmp_path, *words, more=french)

        assert re.search(r"iahome-fix (doctor|checks|init)[^\n]* --lang fr", asked.out), words
        assert "--lang" not in by_locale.out, words
        assert asked.out.replace(" --lang fr", "") == by_locale.out
