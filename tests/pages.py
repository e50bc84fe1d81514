"""The pages of the checks, written anew: `python -m tests.pages`.

One reference and one page per check in each language, from the docstrings of the checks and the catalogues:
docs/checks.md and docs/checks/ in English, the same below docs/fr/ in French.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from gettext import NullTranslations
from pathlib import Path

from iahome_fix import i18n
from iahome_fix.checks.source.link import every_check, only_with
from iahome_fix.output.checks_markdown import PAGES, markdown, page

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"


def folder_of(language: str) -> Path:
    """Where the documentation of a language lies."""
    return DOCS if language == i18n.SOURCE else DOCS / language


def pages(language: str) -> Mapping[Path, str]:
    """Every page of the checks in a language, by its file."""
    folder, every, options = folder_of(language), every_check(), only_with()
    i18n.use_language(language)
    try:
        found = {folder / f"{PAGES}.md": markdown(every, every, options, _root(folder)) + "\n"}
        for check in every:
            file = folder / PAGES / f"{check.id}.md"
            found[file] = page(check, every, options.get(check.id), _root(file.parent)) + "\n"
    finally:
        i18n.install(NullTranslations())
    return found


def committed(language: str) -> Mapping[Path, str]:
    """The pages as they lie in the repository."""
    folder = folder_of(language)
    files = [folder / f"{PAGES}.md", *(folder / PAGES).glob("*")]
    return {file: file.read_text(encoding="utf-8") for file in files if file.exists()}


def _root(folder: Path) -> str:
    return Path(os.path.relpath(REPOSITORY, folder)).as_posix()


def main() -> None:
    """Write all of them, and remove the pages of checks that are gone."""
    for language in i18n.LANGUAGES:
        wanted, there = pages(language), committed(language)
        for file in there.keys() - wanted.keys():
            file.unlink()
        for file, text in wanted.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            if there.get(file) != text:
                file.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
