"""What a check means, read from where it is written: the docstring of its function, and the SQL it reads.

A docstring says what the check means, then, each once and in this order, `Found by:`, `Repair:` and `Never:`.
The sections are the messages that translators get, with all white space made single blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iahome_fix import sql
from iahome_fix.model import Check
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.schema import requirements

SECTIONS = ("Found by", "Repair", "Never")
_SHOWN_FOR = MODULE_ACCESS
"""The command `checks` reads no project: it shows what is asked of the guide's version of the app."""
_HEADING = re.compile(rf"(?:(?<=\s)|\A)({'|'.join(SECTIONS)}):\s")


@dataclass(frozen=True)
class Explanation:
    """The documentation of a check, in English; an absent section is empty."""

    meaning: str
    found_by: str
    repair: str
    never: str


@dataclass(frozen=True)
class Query:
    """One query that a check reads: its file, as it lies in the repository, and its text."""

    file: str
    sql: str


def explain(check: Check) -> Explanation:
    """The documentation of `check`. Raises ValueError for sections that are double or out of order."""
    meaning, *rest = _HEADING.split(" ".join(check.text.split()))
    names, texts = rest[::2], [text.strip() for text in rest[1::2]]
    if names != [name for name in SECTIONS if name in names]:
        raise ValueError(f"{check.id}: sections in this order, each once: {', '.join(SECTIONS)}")
    said = dict(zip(names, texts, strict=True))
    return Explanation(meaning.strip(), *(said.get(name, "") for name in SECTIONS))


def queries(check: Check) -> tuple[Query, ...]:
    """The queries that the check declares. A requirement of `module_access` is shown without its repair."""
    return tuple(Query(f"sql/{name}.sql", _text(name)) for name in check.queries)


def blocked_by(check: Check, among: Iterable[Check]) -> tuple[str, ...]:
    """The checks that are blocked while `check` fails, directly, in the order of `among`."""
    return tuple(other.id for other in among if check.id in (*other.needs, *other.after))


def messages(checks: Sequence[Check]) -> tuple[str, ...]:
    """All that a translator of the checks' documentation has to translate."""
    found: dict[str, None] = {}
    for check in checks:
        e = explain(check)
        found |= dict.fromkeys((check.title, e.meaning, e.found_by, e.repair, e.never))
    return tuple(found)


def _text(name: str) -> str:
    folder, _slash, stem = name.partition("/")
    if folder == requirements.FOLDER:
        return requirements.requirement(stem).detect
    return sql.load(name, _SHOWN_FOR).strip()
