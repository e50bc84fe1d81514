"""The catalogues of translations, brought up to date: `python -m tests.catalogues`.

Collects every sentence that is shown to people (`messages`), puts the new ones into each `.po` of
`src/iahome_fix/locale`, takes those that are gone out, and compiles the `.mo`. A new sentence has no
translation yet: write it into the `.po` and run this again. A language is begun with
`python -m tests.catalogues de`.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from iahome_fix.i18n import DOMAIN, FOLDER

SOURCE = Path(__file__).parents[1] / "src" / "iahome_fix"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
_WIDTH = 110
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_LEFT_OUT = tuple(
    f'"{name}:'.encode()
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
"""What Babel writes into the head of a catalogue and nobody reads."""


def messages() -> Catalog:
    """Everything to translate: what is marked in the code, and what is written where people write it.

    Those are the documentation of the checks and the description of the commands (docstrings), and the
    titles and reasons in the heads of `sql/module_access/`.
    """
    found = Catalog(domain=DOMAIN, charset="utf-8")
    for file, _line, message, comments, context in extract_from_dir(
        SOURCE, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    ):
        found.add(message, None, [(f"src/iahome_fix/{file}", 0)], (), comments, context=context)
    for text, file in _written_elsewhere():
        found.add(text, None, [(file, 0)])
    return found


def _written_elsewhere() -> Iterator[tuple[str, str]]:
    from iahome_fix.checks.explanation import messages as of_checks
    from iahome_fix.checks.source.link import every_check
    from iahome_fix.schema.requirements import Shape, requirements

    for check in every_check():
        module = str(check.run.__module__).replace(".", "/")
        for text in filter(None, of_checks([check])):
            yield text, f"src/{module}.py"
    for anon_writes in (False, True):
        for requirement in requirements(Shape(anon_writes=anon_writes)):
            folder = "bridge" if anon_writes and "BRIDGE" in requirement.title else "module_access"
            yield requirement.title, f"sql/{folder}/{requirement.id}.sql"
            yield requirement.why, f"sql/{folder}/{requirement.id}.sql"
    yield from _of_commands()


def _of_commands() -> Iterator[tuple[str, str]]:
    import inspect

    from iahome_fix.cli.app import app

    for info in app.registered_commands:
        text = inspect.cleandoc((info.callback.__doc__ if info.callback else None) or "")
        for paragraph in text.split("\n\n"):
            if paragraph.strip():
                yield " ".join(paragraph.split()), f"src/iahome_fix/cli/{str(info.name).replace('-', '_')}.py"


def read(language: str) -> Catalog:
    """The catalogue of a language as it is; empty where there is none yet."""
    file = file_of(language)
    if not file.exists():
        return Catalog(language, DOMAIN, project="iahome-fix", charset="utf-8", fuzzy=False)
    with file.open("rb") as opened:
        return read_po(opened, locale=language, domain=DOMAIN, abort_invalid=True)


def updated(language: str) -> Catalog:
    """The catalogue of a language with every sentence that there is now, and no other; nothing guessed."""
    catalogue = read(language)
    catalogue.update(messages(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """The text of a `.po` file, by file; no line numbers and dates, which would change with every edit."""
    text = io.BytesIO()
    write_po(text, catalogue, width=_WIDTH, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    lines = text.getvalue().split(b"\n")
    return b"\n".join(line for line in lines if not line.startswith(_LEFT_OUT))


def as_mo(catalogue: Catalog) -> bytes:
    """The compiled catalogue, the same in every run."""
    catalogue.creation_date = catalogue.revision_date = _NO_DATE
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def untranslated(catalogue: Catalog) -> list[Message]:
    """The sentences that have no translation, or not in every grammatical number."""
    return [message for message in catalogue if message.id and not all(strings(message))]


def ids(message: Message) -> tuple[str, ...]:
    """The sentence in the source language, in its one or two grammatical numbers."""
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def strings(message: Message) -> tuple[str, ...]:
    """Its translation, in the grammatical numbers of the language; empty where there is none."""
    found = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return tuple(str(text or "") for text in found)


def file_of(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def languages() -> list[str]:
    """Those that have a catalogue."""
    return sorted(path.parents[1].name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def main(names: list[str]) -> None:
    """Bring the named catalogues, or all, up to date."""
    for language in names or languages():
        catalogue = updated(language)
        file = file_of(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(as_po(catalogue))
        file.with_suffix(".mo").write_bytes(as_mo(read(language)))
        missing = untranslated(catalogue)
        print(f"{file.relative_to(SOURCE)}: {len(catalogue)} sentences, {len(missing)} without a translation")
        for message in missing[:20]:
            print(f"  {ids(message)[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
