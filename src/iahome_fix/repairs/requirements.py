"""The target shape of `module_access`, one requirement per file of `sql/module_access/`.

A file holds a title, the reason, the check that reads it, the query that finds what is missing
(`-- detect`) and the idempotent statements that repair it (`-- repair`). The order of the files is the
order of the repair, and the whole may be pasted into an SQL editor.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from iahome_fix import sql
from iahome_fix.systems.database import Database

FOLDER = "module_access"
REFUSALS = "000_refusals"
DUPLICATES = "080_duplicates"
RELOAD = "900_reload"
_AGAINST_THE_BRIDGE = ("160_anon", "165_sequence_rights")


@dataclass(frozen=True)
class Requirement:
    """One statement about the schema: how it is found missing, and how it is repaired."""

    id: str
    title: str
    why: str
    check: str | None
    needs_table: bool
    detect: str
    repair: str


@dataclass(frozen=True)
class Gap:
    """One thing that a requirement found missing."""

    item: str
    detail: str


Survey = Mapping[str, tuple[Gap, ...]]


@cache
def requirements(*, anon_writes: bool = False) -> tuple[Requirement, ...]:
    """All requirements, in the order of their files.

    `anon_writes`: with the bridge for a webhook that writes with the public key, and without what it breaks.
    """
    files = list((sql.folder() / FOLDER).glob("*.sql"))
    if anon_writes:
        files = [path for path in files if path.stem not in _AGAINST_THE_BRIDGE]
        files += (sql.folder() / "bridge").glob("*.sql")
    return tuple(
        _parse(path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(files, key=lambda path: path.stem)
    )


def requirement(requirement_id: str) -> Requirement:
    """One requirement by its id; KeyError when there is none."""
    every = (*requirements(), *requirements(anon_writes=True))
    return {r.id: r for r in every}[requirement_id]


def survey(db: Database, *, anon_writes: bool = False) -> Survey:
    """What each requirement finds missing, read in one query. A missing table hides what is inside it."""
    table_is_there = bool(db.read(sql.load("checks/module_access_is_there"))[0]["found"])
    found: dict[str, list[Gap]] = {r.id: [] for r in requirements(anon_writes=anon_writes)}
    query = survey_query(table_is_there=table_is_there, anon_writes=anon_writes)
    for row in db.read(query, patient=True):
        found[row["requirement"]].append(Gap(str(row["item"]), str(row["detail"])))
    return {key: tuple(gaps) for key, gaps in found.items()}


def survey_query(*, table_is_there: bool, anon_writes: bool = False, without: Collection[str] = ()) -> str:
    """The query behind `survey`: rows of requirement, item, detail; `without` some requirements."""
    return "\nunion all\n".join(
        f"select '{r.id}' as requirement, d.item, d.detail from (\n{r.detect}\n) d"  # noqa: S608 - our own files
        for r in requirements(anon_writes=anon_writes)
        if r.detect and (table_is_there or not r.needs_table) and r.id not in without
    )


def _parse(requirement_id: str, text: str) -> Requirement:
    def header(name: str) -> str:
        match = re.search(rf"^-- {name}: (.+)$", text, re.MULTILINE)
        return match.group(1).strip() if match else ""

    head, _mark, repair = text.partition("\n-- repair\n")
    detect = head.partition("\n-- detect\n")[2]
    return Requirement(
        id=requirement_id,
        title=header("title"),
        why=header("why"),
        check=header("check") or None,
        needs_table=header("needs") == "table",
        detect=detect.strip().rstrip(";"),
        repair=repair.strip(),
    )
