"""Begins a check, a requirement or a fault: `python -m tests.scaffold check data.new-id`.

    check LINK.NAME          a check, its query, and its test
    requirement 095_NAME     a requirement of module_access, and its test
    fault f70_NAME           an entry of the catalogue of faults, which is its own test

What is to be filled in says TODO, and the tests fail until it is. Nothing that exists is written over.
CONTRIBUTING.md says what else belongs to each.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from iahome_fix.model import Link

REPOSITORY = Path(__file__).parents[1]
_TEMPLATES = Path(__file__).parent / "scaffolds"
_WRONG_USE = 2


@dataclass(frozen=True)
class Kind:
    """What is begun: the form of its name, its files by their templates, and what is left to do by hand."""

    form: re.Pattern[str]
    files: Mapping[str, str]
    left: Sequence[str]


KINDS = {
    "check": Kind(
        re.compile(rf"(?P<link>{'|'.join(Link)})\.(?P<name>[a-z][a-z0-9]*(-[a-z0-9]+)*)"),
        {
            "check.py": "src/iahome_fix/checks/$link/$stem.py",
            "check.sql": "sql/checks/$stem.sql",
            "check_test.py": "tests/checks/by_hand/cases_$stem.py",
        },
        (
            "put it into CHECKS of its link's module (src/iahome_fix/checks/$link/link.py)",
            "put the columns of its query into src/iahome_fix/facts/shapes.py",
            "python -m pytest tests/checks/by_hand -k $id",
            "python -m tests.catalogues, and write the French of the sentences that it names",
            "python -m tests.pages",
        ),
    ),
    "requirement": Kind(
        re.compile(r"(?P<number>[0-9]{3})_(?P<name>[a-z][a-z0-9]*(_[a-z0-9]+)*)"),
        {
            "requirement.sql": "sql/module_access/$id.sql",
            "requirement_test.py": "tests/repairs/test_requirement_$name.py",
        },
        (
            "declare module_access/$id in the queries of the check that reads it, and ask it there",
            "python -m pytest tests/repairs/test_requirement_$name.py",
            "python -m tests.catalogues, and write the French of its title and why",
        ),
    ),
    "fault": Kind(
        re.compile(r"(?P<number>[a-z][0-9]{2})_(?P<name>[a-z][a-z0-9]*(_[a-z0-9]+)*)"),
        {"fault.py": "tests/faults/catalogue/$id.py"},
        ("python -m pytest tests/faults/test_faults.py -k $id",),
    ),
}


def begin(kind: str, name: str, root: Path = REPOSITORY) -> tuple[Path, ...]:
    """Write the files of a new thing below `root`.

    Raises ValueError for a kind or a name that is none, FileExistsError where one of the files is there.
    """
    words = _words(kind, name)
    files = {
        root / Template(place).substitute(words): Template(
            (_TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")
        ).substitute(words)
        for template, place in KINDS[kind].files.items()
    }
    for path in files:
        if path.exists():
            raise FileExistsError(f"{path.relative_to(root)} is there already")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(files)


def left(kind: str, name: str) -> tuple[str, ...]:
    """What is left to be done by hand, in order. Raises as `begin` does for a kind or a name."""
    words = _words(kind, name)
    return tuple(Template(step).substitute(words) for step in KINDS[kind].left)


def _words(kind: str, name: str) -> dict[str, str]:
    if kind not in KINDS:
        raise ValueError(f"{kind} is none of {', '.join(KINDS)}")
    match = KINDS[kind].form.fullmatch(name)
    if match is None:
        raise ValueError(f"{name} is no name of a {kind}")
    words = match.groupdict()
    return {
        **words,
        "id": name,
        "stem": words["name"].replace("-", "_"),
        "number": words.get("number", "").upper(),
    }


def main(arguments: Sequence[str]) -> int:
    """Begin what the arguments say; 2 for arguments that say nothing of the kind."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return _WRONG_USE
    kind, name = arguments
    try:
        files = begin(kind, name)
    except (ValueError, FileExistsError) as error:
        print(error, file=sys.stderr)
        return _WRONG_USE
    for path in files:
        print(f"wrote {path.relative_to(REPOSITORY)}")
    for step in left(kind, name):
        print(f"next: {step}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
