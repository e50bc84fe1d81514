"""The documentation: what it links to is there, its commands and checks exist, and both languages agree."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from iahome_fix import i18n
from iahome_fix.checks.source.link import every_check
from iahome_fix.cli.app import app
from iahome_fix.model import Link
from tests.pages import DOCS, REPOSITORY, committed, folder_of, pages

COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
IDS = {check.id for check in every_check()}
FILES = sorted([REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *DOCS.rglob("*.md")])
OTHER_LANGUAGES = [language for language in i18n.LANGUAGES if language != i18n.SOURCE]
FOR_DEVELOPERS = {"architecture.md", "development.md", "glossary.md"}
"""What no operator reads: it is in English only."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ID = re.compile(rf"(?:{'|'.join(Link)})\.[a-z][a-z0-9-]*")


def name_of(file: Path) -> str:
    return file.relative_to(REPOSITORY).as_posix()


@cache
def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_pages_of_the_checks_are_what_the_checks_say(language: str) -> None:
    wanted, there = pages(language), committed(language)
    assert len(wanted) == len(IDS) + 1
    stale = {file for file in wanted.keys() | there.keys() if wanted.get(file) != there.get(file)}
    assert not stale, f"write them anew with `python -m tests.pages`: {sorted(map(name_of, stale))}"


@cache
def anchors(file: Path) -> frozenset[str]:
    """The places of a file that a link can name, as GitHub calls them."""
    plain = _FENCE.sub("", text_of(file))
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", plain, re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return frozenset(found)


def test_every_link_leads_somewhere() -> None:
    links = [(file, target) for file in FILES for target in links_of(file)]
    assert len(links) > 1_000
    assert [(name_of(file), target) for file, target in links if not leads(file, target)] == []


def links_of(file: Path) -> list[str]:
    """What a file links to, but for other sites."""
    found = re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", text_of(file)))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def leads(file: Path, target: str) -> bool:
    path, _hash, anchor = target.partition("#")
    there = (file.parent / path).resolve() if path else file
    return there.exists() and (not anchor or anchor in anchors(there))


def command_lines(text: str) -> Iterator[str]:
    """Every call of the tool: in blocks, and in the text where a whole command is quoted."""
    for _language, block in _FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield from re.findall(r"(?<![\w/.-])iahome-fix (?!=)[a-z][^|>&;#)]*", line)
    yield from re.findall(r"`(iahome-fix [a-z][^`]*)`", _FENCE.sub("", text).replace("\n", " "))


def nonsense(line: str) -> list[str]:
    """The words of a command line that the tool does not know."""
    _tool, *words = shlex.split(line.replace("…", "x"), comments=True)
    while words and words[0] == "--lang":
        words = words[2:]
    name, *rest = words
    if name == "help":
        return [word for word in rest if word not in (*COMMANDS, "exit-codes")]
    if name not in COMMANDS:
        return [name]
    known = {one for param in COMMANDS[name].params for one in (*param.opts, *param.secondary_opts)}
    wrong = [word for word in rest if word.startswith("-") and word.partition("=")[0] not in known]
    checked = [after for word, after in pairwise(rest) if word == "--only"]
    if name == "checks":
        checked += [word for word in rest if not word.startswith("-")]
    return wrong + [word for word in checked if word not in (*IDS, *Link, "ID", "LINK")]


def test_every_command_is_one_of_the_tool_with_options_that_it_has() -> None:
    lines = [(name_of(file), line) for file in FILES for line in command_lines(text_of(file))]
    assert len(lines) > 150
    assert [(file, line, wrong) for file, line in lines if (wrong := nonsense(line))] == []


def test_a_command_that_there_is_not_is_found() -> None:
    lines = "```sh\niahome-fix docter\niahome-fix doctor --onyl x\n```\n`iahome-fix checks data.nothing`"
    assert [nonsense(line) for line in command_lines(lines)] == [["docter"], ["--onyl"], ["data.nothing"]]


def test_every_check_that_is_named_exists() -> None:
    named = [
        (name_of(file), one) for file in FILES for one in re.findall(rf"`({_ID.pattern})`", text_of(file))
    ]
    assert named
    assert [one for one in named if one[1] not in IDS] == []


def test_every_variable_that_is_named_means_something() -> None:
    code = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "src").rglob("*.py")]
    known = {
        name
        for text in code
        for name in re.findall(r"\b(?:NEXT_PUBLIC|SUPABASE|STRIPE|IAHOME)_[A-Z_]+\b", text)
    }
    of_tests = {"IAHOME_TEST_DSN", "IAHOME_REQUIRE_CHROMIUM"}
    named = {
        (name_of(file), name)
        for file in FILES
        for name in re.findall(r"`\$?((?:NEXT_PUBLIC|SUPABASE|STRIPE|IAHOME)_[A-Z_]+)", text_of(file))
    }
    assert len(named) > 20
    assert {one for one in named if one[1] not in known | of_tests} == set()


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_what_an_operator_reads_is_there_in_every_language(language: str) -> None:
    wanted = {file.relative_to(DOCS) for file in DOCS.glob("*.md") if file.name not in FOR_DEVELOPERS}
    there = {file.relative_to(folder_of(language)) for file in folder_of(language).glob("*.md")}
    assert wanted - there == set()
    assert there - wanted <= {Path("README.md")}


README = REPOSITORY / "README.md"
TRANSLATED = [
    (file, language)
    for file in sorted(DOCS.glob("*.md"))
    for language in OTHER_LANGUAGES
    if (folder_of(language) / file.name).exists()
]


@pytest.mark.parametrize(("file", "language"), TRANSLATED, ids=lambda one: getattr(one, "name", one))
def test_a_translation_has_the_parts_and_the_commands_of_its_original(file: Path, language: str) -> None:
    original, translation = text_of(file), text_of(folder_of(language) / file.name)
    options = r"(?<![\w|-])(--(?!lang)[a-z-]+)"
    for form in (r"^(#+) ", r"^(```\w*)$", r"^(\|)", rf"`({_ID.pattern})`", options):
        found = [re.findall(form, text, re.MULTILINE) for text in (original, translation)]
        assert sorted(found[0]) == sorted(found[1]), form
    assert called(original) == called(translation)


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_the_tour_goes_by_the_same_commands(language: str) -> None:
    assert called(text_of(README)) == called(text_of(folder_of(language) / README.name))


def called(text: str) -> list[list[str]]:
    """The commands of a text, without their options."""
    return [shlex.split(line)[:2] for line in command_lines(text)]


def test_the_page_of_the_systems_names_all_that_is_asked() -> None:
    said = text_of(DOCS / "systems.md")
    queries = [path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "sql").rglob("*.sql"))]
    tables = {
        found
        for text in queries
        for found in re.findall(
            r"(?:from|join|into|update) ((?:public|auth|supabase_migrations)\.[a-z_]+)", text
        )
    }
    assert {"public.module_access", "auth.users"} <= tables
    systems = (REPOSITORY / "src" / "iahome_fix" / "systems").rglob("*.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in systems)
    paths = set(
        re.findall(r'"(/(?:v1|v2|analytics|database|network-bans|api-keys)/[a-z_/-]*[a-z])["/]', code)
    )
    assert {"/v1/events", "/database/query"} <= paths
    assert {one for one in tables | paths if one not in said} == set()


def test_french_signs_stand_behind_a_blank_that_does_not_break() -> None:
    loose = []
    for file in folder_of("fr").rglob("*.md"):
        prose = re.sub(r"`[^`\n]*`", "x", _FENCE.sub("", text_of(file)))
        loose += [(name_of(file), found) for found in re.findall(r".{0,20} [:;?!»](?=[\s*)])", prose)]
    assert loose == []
