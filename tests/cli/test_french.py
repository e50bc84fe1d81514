"""The commands in French, on a whole and broken IAHome: no English sentence, no line that is too wide."""

from __future__ import annotations

import io
import json
import re
import sys
from gettext import NullTranslations
from typing import TYPE_CHECKING

import pytest

from iahome_fix import i18n
from iahome_fix.cli.app import app
from iahome_fix.cli.asking import ask
from iahome_fix.output.screen import Screen
from tests.commands import Done, as_process, call

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.sandbox.house import House

CUSTOMER = "amelie.durand@example.test"
WIDTH = 80

_ENGLISH = re.compile(
    r"\b(the|which|has|have|was|were|this|these|its|their|does|did|are|of|they|it|nothing|no|to|by)\b"
)
_CODE = re.compile(
    r"`[^`]*`|\b[a-z]+\.[a-z][a-z-]*|--[a-z-]+|https?://\S+|\S+ = .*"
    r"|\b(?:select|alter|grant|create|revoke|drop|update)\b.*"
)
"""What is in English because it is code, or evidence as the document has it."""


def english(text: str) -> list[str]:
    """The lines that hold a word which French does not have, commands and SQL aside."""
    sentences = [_CODE.sub("", line) for line in text.splitlines() if not line.startswith("  iahome-fix ")]
    return [line for line in sentences if _ENGLISH.search(line)]


def too_wide(text: str) -> list[str]:
    """The lines that are wider than the screen, but for what is to be copied in one piece."""
    return [
        line
        for line in text.splitlines()
        if len(line) > WIDTH and "iahome-fix" not in line and "://" not in line
    ]


def french(folder: Path, *words: str) -> Done:
    done = call(folder, *words, more={"LC_ALL": "fr_FR.UTF-8", "LANGUAGE": ""})
    said = done.out + done.err
    assert english(said) == [], said
    assert too_wide(said) == [], said
    return done


def test_every_command_on_a_broken_iahome_speaks_french(house: House) -> None:
    env = ("--env-file", house.env_file.name)

    broken = french(house.folder, "doctor", "--verbose", *env)
    assert "EN PANNE : un module payé n'apparaît pas" in broken.lines
    assert "la table module_access n'existe pas" in " ".join(broken.out.split())
    assert "10 bloqués" in broken.out
    missing = french(house.folder, "explain", CUSTOMER, *env)
    assert missing.lines[0] == "MANQUE : a…d@e…e.test n'obtient pas Stable diffusion (15)"
    assert "9,90 €" in missing.out
    planned = french(house.folder, "migrate", "--dry-run", *env)
    assert "aucun index n'aide à chercher par user_id" in " ".join(planned.out.split())
    french(house.folder, "repair", "--dry-run", *env)
    french(house.folder, "check-stripe", "--verbose", *env)

    repaired = french(house.folder, "repair", "--yes", *env)
    assert "1 client a maintenant ce qu'il a payé (9,90 €)" in repaired.out
    [run] = re.findall(r"iahome-fix undo (\S+)", repaired.err)
    french(house.folder, "doctor", "--verbose", *env)
    french(house.folder, "explain", CUSTOMER, "--module", "8", *env)
    french(house.folder, "backfill", "--dry-run", "--list", *env)
    assert re.search(
        r"\d nov\. |\d déc\. |\d{4} à \d\d:\d\d UTC",
        french(house.folder, "reconcile", "--dry-run", "--list", *env).out,
    )
    french(house.folder, "verify", "--email", CUSTOMER, "--module", "3", "--dry-run", *env)
    assert "appliqué" in french(house.folder, "undo", *env).out
    assert "la RLS" not in french(house.folder, "undo", run, "--dry-run", *env).out


def test_ids_keys_and_exit_codes_are_the_same_in_every_language(house: House) -> None:
    words = ("migrate", "--dry-run", "--json", "--env-file", house.env_file.name)
    there, here = (call(house.folder, *words, "--lang", lang) for lang in ("en", "fr"))

    assert there.code == here.code
    assert _skeleton(there.document) == _skeleton(here.document)
    assert here.document["plan"][0]["title"] == "La table module_access existe"
    assert [step["sql"] for step in here.document["plan"]] == [step["sql"] for step in there.document["plan"]]


@pytest.mark.parametrize("command", ["", *(str(info.name) for info in app.registered_commands)])
def test_the_help_is_in_french(command: str, tmp_path: Path) -> None:
    done = french(tmp_path, *filter(None, [command]), "--help")
    assert done.lines[0].startswith("Usage : iahome-fix")
    assert "Codes de sortie :" in done.lines


def test_the_checks_are_documented_in_french(tmp_path: Path) -> None:
    french(tmp_path, "checks")
    french(tmp_path, "checks", "schema.grant-accepted")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "La commande 'nothing' n'existe pas."),
        (("doctor", "--nope"), "L'option --nope n'existe pas (options possibles : --no-input, --since)"),
        (("doctor", "--timeout", "x"), "Valeur incorrecte pour '--timeout' : la valeur doit être un nombre"),
        (
            ("doctor", "--timeout", "0.1"),
            "Valeur incorrecte pour '--timeout' : la valeur doit être au moins 0.5",
        ),
        (("explain",), "Il manque l'argument 'EMAIL'."),
        (("doctor", "too", "much"), "Argument(s) en trop (too much)"),
        (("doctor", "--env-file"), "L'option '--env-file' demande une valeur."),
    ],
)
def test_a_mistake_in_the_arguments_is_told_in_french(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = call(tmp_path, "--lang", "fr", *words)
    assert done.code == 2
    assert " ".join(done.err.split()).startswith(f"erreur : {said}")


def test_on_a_console_without_accents_french_is_readable(tmp_path: Path) -> None:
    done = as_process(tmp_path, "doctor", "--lang", "fr", more={"PYTHONIOENCODING": "ascii"})
    assert done.code == 2
    assert "n'est definie." in " ".join(done.err.split())
    assert done.err.isascii()
    assert "?" not in done.err


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("oui", True), ("O", True), ("yes", True), ("non", False), ("n", False), ("", False), ("si\noui", True)],
)
def test_a_question_takes_oui_and_non(typed: str, answer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    i18n.use_language("fr")
    try:
        assert ask(Screen(shown), "Annuler ceci ?") is answer
    finally:
        i18n.install(NullTranslations())
    assert shown.getvalue().startswith("Annuler ceci ? [o/N] : ")
    assert bool(re.search("veuillez r[ée]pondre par o ou n", shown.getvalue())) == ("si" in typed)


def _skeleton(value: object) -> object:
    """A document without its words: keys, numbers, truths, and texts that are ids."""
    if isinstance(value, dict):
        return {
            key: _skeleton(inner) for key, inner in value.items() if key not in ("started", "duration_ms")
        }
    if isinstance(value, list):
        return [_skeleton(inner) for inner in value]
    return json.dumps(value) if not isinstance(value, str) or " " not in value else "…"
